/**
 * Exports of `import … from "samlab"` in a notebook: the library, and the functions that need a kernel.
 *
 * @example
 * import { loadSam, loadVolume, promptSlices } from "samlab";
 * const w = promptSlices(await loadSam(), await loadVolume("ct.nii.gz"));
 * w
 *
 * @module samlab/notebook
 */

export type { RowPlace } from "../src/evaluate/reopen.js";
export * from "../src/index.js";
export type { Comm, CommHost, CommMessage, Json, JsonObject } from "./comm/comm.js";
export { type CommHandler, type OpenCommOptions, onComm, openComm } from "./comm/public.js";
export type { MimeBundle } from "./context.js";
export { clearOutput, type DisplayHandle, type DisplayOptions, display } from "./display/public.js";
export { type Progress, type ProgressOptions, progress } from "./progress/public.js";
export { type InputOptions, input } from "./stdin/public.js";
export { type CompareCaseOptions, compareCase } from "./widgets/compare-case.js";
export { type CompareMasksOptions, compareMasks, type MasksToCompare } from "./widgets/compare-masks.js";
export {
  type MazurowskiOptions,
  mazurowskiAnchors,
  type PublishedAnchor,
} from "./widgets/dice-chart/anchors.js";
export type { OpenRow } from "./widgets/dice-chart/case-opener.js";
export type { RowSource } from "./widgets/dice-chart/chart-data.js";
export {
  type ChartDiceOptions,
  type ChartPromptsOptions,
  chartDice,
  chartPrompts,
} from "./widgets/dice-chart/chart-dice.js";
export type { ChartMean, DiceChart } from "./widgets/dice-chart/dice-chart.js";
export type { RowKind } from "./widgets/dice-chart/groups.js";
export { chartSensitivity, type SensitivityChart } from "./widgets/dice-chart/sensitivity-chart.js";
export type { DrawnStudy } from "./widgets/dice-chart/sensitivity-picture.js";
export type { ColorField } from "./widgets/dice-chart/series.js";
export { type DrawMasksOptions, drawMasks } from "./widgets/draw-masks.js";
export type { MaskInput, MaskPart, PredictorInput, SlicePrompts } from "./widgets/mask-compare/inputs.js";
export type { MaskCompare, NamedScores } from "./widgets/mask-compare/mask-compare.js";
export { OwnWidget, type WidgetOptions, widget } from "./widgets/own-widget/own-widget.js";
export { type PromptSlicesOptions, promptSlices } from "./widgets/prompt-slices.js";
export type { GivenWindow } from "./widgets/shared/given-window.js";
export { type ShownTraining, showFinetune, showTraining, type WatchedOptions } from "./widgets/show-training.js";
export type { SlicePromptSet } from "./widgets/slice-prompter/book.js";
export type {
  FreehandOptions,
  PlaceOptions,
  PromptObject,
  PropagateOptions,
  SlicePrediction,
  SliceReport,
} from "./widgets/slice-prompter/public-types.js";
export type { SavedObject, SaveObjectsOptions } from "./widgets/slice-prompter/save-objects.js";
export type { SlicePrompter } from "./widgets/slice-prompter/slice-prompter.js";
