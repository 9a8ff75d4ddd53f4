export { DiceChartModel } from "./dice-chart/model.js";
export { DiceChartView } from "./dice-chart/view.js";
export { MaskCompareModel } from "./mask-compare/model.js";
export { MaskCompareView } from "./mask-compare/view.js";
export { SlicePrompterModel } from "./slice-prompter/model.js";
export { SlicePrompterView } from "./slice-prompter/view.js";
export { TrainingModel } from "./training/model.js";
export { TrainingView } from "./training/view.js";
