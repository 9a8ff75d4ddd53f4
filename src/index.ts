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
 * @module
 */
export { type ErrorCode, isSamlabError, SamlabError } from "./core/errors.js";
export type { Affine } from "./core/geometry.js";
export { type Mask2d, maskArea, maskBox } from "./core/mask.js";
export type { Plane, PlaneView } from "./core/plane.js";
export type { BoxPrompt, PointPrompt, PromptSet, PromptSupport } from "./core/prompt.js";
export type { ImageCase, LoadedCase, VolumeCase } from "./io/case.js";
export type { Image2d, IntensityWindow, SliceImage } from "./io/image.js";
export { loadImage, loadVolume, type VolumeOptions } from "./io/load.js";
export { loadMask, saveMask } from "./io/mask-file.js";
export { emptyMask, MaskVolume } from "./io/mask-volume.js";
export { sampleCase, sampleImage, samples, sampleVolume } from "./io/samples.js";
export { Volume } from "./io/volume.js";
export { applyWindow, resolveWindow, type WindowSpec, windowPresets } from "./io/window.js";
export { dice, iou, type OverlapOptions } from "./metrics/overlap.js";
export { type CatalogEntry, catalog, defaultModel } from "./predict/catalog.js";
export { type LoadSamOptions, loadSam } from "./predict/load-sam.js";
export type { LoadedSam } from "./predict/loaded-sam.js";
export type {
  ImageEmbedding,
  MaskCandidate,
  Prediction,
  PredictOptions,
  RunInfo,
  Sam,
  WorkOptions,
} from "./predict/sam.js";
export { type DeviceReport, devices } from "./runtime/devices.js";
export type { Device, Provider } from "./runtime/provider.js";
