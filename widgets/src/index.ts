export { DiceChartModel, DiceChartView } from "./dice-chart/view.js";
export { MaskCompareModel, MaskCompareView } from "./mask-compare/view.js";
export { OwnWidgetModel } from "./own-widget/model.js";
export { OwnWidgetView } from "./own-widget/view.js";
export { ProgressModel, ProgressView } from "./progress/view.js";
export { SlicePrompterModel, SlicePrompterView } from "./slice-prompter/view.js";
export { TrainingModel, TrainingView } from "./training/view.js";
