/**
 * samlab: Segment Anything for medical images, on ONNX Runtime, without Python.
 *
 * @example
 * import { loadSam, loadVolume, saveMask } from "samlab";
 * const volume = await loadVolume("ct.nii.gz");
 * const sam = await loadSam();
 * await sam.setImage(volume.slice(60));
 * const { mask } = await sam.predict({ box: [88, 60, 130, 104] });
 * await saveMask("mask.png", mask);
 *
 * @module samlab
 */
import "./sam-methods.js";

export { autoSam } from "./autoprompt/auto-sam.js";
export {
  type BoxProposalsOptions,
  type BoxProposer,
  boxProposals,
  type ProposeBoxesOptions,
  proposeBoxes,
} from "./autoprompt/box-proposals.js";
export { type DeSamOptions, deSam } from "./autoprompt/de-sam.js";
export { densePrompt } from "./autoprompt/dense-prompt.js";
export { type SurgicalSamOptions, surgicalSam } from "./autoprompt/surgical-sam.js";
export type { AutoPromptOptions } from "./autoprompt/types.js";
export type { Float32Tensor } from "./checkpoint/write-safetensors.js";
export type { Dtype, NumericArray, NumericDtype, TypedArrayOf } from "./core/dtype.js";
export { type ErrorCode, type ErrorDetails, isSamlabError, SamlabError } from "./core/errors.js";
export type { Affine, AnatomicalLetter } from "./core/geometry.js";
export type { Grid } from "./core/grid.js";
export { type Mask2d, maskArea, maskBox } from "./core/mask.js";
export type { Plane, PlaneView } from "./core/plane.js";
export type { BoxPrompt, PointPrompt, PromptSet, PromptSupport, ScribblePrompt } from "./core/prompt.js";
export { type ImageCase, type LoadedCase, loadCase, type VolumeCase } from "./datasets/case.js";
export { importManifest } from "./datasets/import/import-manifest.js";
export type { ImportedManifest, ImportFormat, ImportOptions } from "./datasets/import/types.js";
export { readManifest } from "./datasets/manifest/read.js";
export type {
  Manifest,
  ManifestCase,
  ManifestFile,
  Modality,
  OtherLabels,
  SlicingRule,
  Split,
  TruthOrigin,
} from "./datasets/manifest/types.js";
export { type ManifestContent, saveManifest } from "./datasets/manifest/write.js";
export { type SampleSet, sampleCase, sampleImage, samples, sampleVolume } from "./datasets/samples.js";
export { evaluate } from "./evaluate/evaluate.js";
export type { ObjectOptions } from "./evaluate/objects.js";
export type {
  EvaluatedModel,
  EvaluateOptions,
  EvaluationProgress,
  ModelToLoad,
  OneOrMore,
} from "./evaluate/options.js";
export type { EvaluationPlan, ModelIdentity, PlannedCase, ScoringRules } from "./evaluate/plan.js";
export {
  type PromptSensitivity,
  promptSensitivity,
  type SensitivityCurve,
  type SensitivityKind,
  type SensitivityOptions,
  type SensitivityPoint,
  sensitivityCurves,
} from "./evaluate/prompt-sensitivity.js";
export {
  cvpr24Laptop,
  type EvaluationPreset,
  type MazurowskiPresetOptions,
  mazurowski,
  type SamSzuOptions,
  type ScoreRule,
  samSzu,
} from "./evaluate/prompts/presets.js";
export { EvaluationResult } from "./evaluate/result/evaluation-result.js";
export type { ModelTest } from "./evaluate/result/model-tests.js";
export { readRows } from "./evaluate/result/read-rows.js";
export {
  type EvaluationSummary,
  type OverallMean,
  type SummaryGroup,
  type SummaryOptions,
  summarize,
} from "./evaluate/result/summary.js";
export { mergeStores } from "./evaluate/store/merge.js";
export type {
  EvaluationObject,
  EvaluationRow,
  MaskPolicy,
  Metric,
  PromptRun,
  PromptStep,
  PromptStrategy,
  RowScores,
  StepResult,
  StrategyContext,
} from "./evaluate/types.js";
export type { WrittenFile } from "./export/written-file.js";
export type { AugmentOptions } from "./finetune/augment/options.js";
export { type TrainingSliceOptions, trainingSlices } from "./finetune/slices.js";
export type {
  FineTuned,
  FinetuneHistory,
  FinetuneOptions,
  FinetuneProgress,
  TrainingCase,
} from "./finetune/types.js";
export type { SeriesOptions } from "./io/dicom/volume.js";
export type { OrientationRule } from "./io/formats/raster.js";
export type { Image2d, IntensityWindow, SliceImage } from "./io/image/image.js";
export { type ImageOptions, type LoadOptions, loadImage, loadVolume, type VolumeOptions } from "./io/image/load.js";
export type { NonFinite } from "./io/image/non-finite.js";
export { Volume, type VolumeInit } from "./io/image/volume.js";
export { applyWindow, resolveWindow, type WindowPreset, type WindowSpec, windowPresets } from "./io/image/window.js";
export type { LabelImage } from "./io/mask/label-image.js";
export type { LabelChoice } from "./io/mask/labels.js";
export { loadMask, type MaskReadOptions } from "./io/mask/mask-file.js";
export { type SaveMaskOptions, saveMask } from "./io/mask/mask-save.js";
export { emptyMask, MaskVolume, type MaskVolumeInit } from "./io/mask/mask-volume.js";
export type { NiftiForm } from "./io/nifti/form.js";
export { describeObject, type IntensityImage, type ObjectDescription } from "./metrics/descriptors.js";
export { type DistanceDefinition, distanceDefinitions } from "./metrics/distance-definition.js";
export type { EmptyRule } from "./metrics/empty.js";
export type { MaskLike, MaskLike2d, MaskLike3d } from "./metrics/mask-like.js";
export { dice, iou, type OverlapOptions } from "./metrics/overlap.js";
export {
  assd,
  averageSurfaceDistance,
  type EmptyDistanceRule,
  hausdorff,
  hd95,
  type MaskScores,
  maskScores,
  nsd,
  precision,
  recall,
  type ScoreOptions,
  scoreDescriptions,
  volumeDifference,
} from "./metrics/scores.js";
export { Adapter, type AdapterMetadata } from "./models/adapter.js";
export type { Architecture } from "./models/architecture.js";
export type { DeSamMode } from "./models/de-sam-mode.js";
export type { Preprocessing } from "./models/preprocessing.js";
export { type AutoMask, automaticMasks } from "./predict/automask/automatic-masks.js";
export type { AutomaskOptions, AutomaskSettings } from "./predict/automask/options.js";
export type { BoxProposal } from "./predict/box-proposals.js";
export { type CatalogEntry, catalog, defaultModel } from "./predict/catalog.js";
export type { EmbedOptions } from "./predict/embed-image.js";
export { type DownloadedModel, type GetModelOptions, getModel } from "./predict/get-model.js";
export type { UnpublishedWeights } from "./predict/known-checkpoints.js";
export { type LoadSamOptions, loadSam } from "./predict/load-sam.js";
export { type LoadSam3dOptions, loadSam3d } from "./predict/load-sam3d.js";
export type { LoadedSam } from "./predict/loaded-sam.js";
export type { LoadedSam3d } from "./predict/loaded-sam3d.js";
export { type EnsembleOptions, type PromptEnsemble, promptEnsemble } from "./predict/prompt-ensemble.js";
export type { RectifyOptions } from "./predict/rectify-mask.js";
export type {
  EncodeOptions,
  ImageEmbedding,
  MaskCandidate,
  MaskQuality,
  ObjectMemory,
  Prediction,
  PredictOptions,
  RunInfo,
  Sam,
  SegmentOptions,
  WorkOptions,
} from "./predict/sam.js";
export type {
  EmbedVolumeOptions,
  PredictVolumeOptions,
  Sam3d,
  VolumeEmbedding,
  VolumePrediction,
  Voxel,
  VoxelPoint,
} from "./predict/sam3d.js";
export { Segmentation, type SegmentationInfo, type SegmentationInit } from "./predict/segmentation.js";
export { type DeviceReport, devices } from "./runtime/devices.js";
export type { EmbeddingPrecision } from "./runtime/embedding-folder.js";
export type { Device, Provider } from "./runtime/provider.js";
export { type LossName, type LossWeights, publishedLosses } from "./train/losses.js";
export { type AdamW, adamW, type Optimizer, type Sgd, sgd } from "./train/optimizer.js";
export type { PromptMix } from "./train/prompt-drawing.js";
export { type RecipeName, recipeNames } from "./train/recipes.js";
export type { Schedule } from "./train/schedule.js";
export { type CleanOptions, cleanMask } from "./volume/clean-mask.js";
export { type Precomputed, type PrecomputeOptions, precompute } from "./volume/precompute.js";
export { segmentVolume } from "./volume/segment-volume.js";
export {
  type PropagationRule,
  propagationRules,
  type SegmentedSlice,
  type SegmentedVolume,
  type SegmentVolumeOptions,
  type SlicePrompt,
  type SliceRange,
  type StopRule,
  type VolumeWork,
} from "./volume/types.js";
