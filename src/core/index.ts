/**
 * The part of samlab that does not need Node or a file system: masks, prompts, geometry, distances. Runs in browsers
 * and workers.
 *
 * @module samlab/core
 */
export { type Components, componentMask, connectedComponents } from "./components.js";
export { chamferDistance, type DistanceTransform, euclideanDistance } from "./distance-transform.js";
export { type ErrorCode, type ErrorDetails, isSamlabError, SamlabError } from "./errors.js";
export {
  type Affine,
  type AnatomicalLetter,
  affineSpacing,
  axisCodes,
  cornerShift,
  invertAffine,
  type Orientation,
  orientationOf,
  scalingAffine,
  toWorld,
  voxelVolume,
} from "./geometry.js";
export { type Grid, type GridRelation, type GridTurn, relateGrids, turnGrid } from "./grid.js";
export { type Mask2d, maskArea, maskBox, packMask, unpackMask } from "./mask.js";
export { centroidPixel, deepestPixel, deepestPixels, type Pixel } from "./pixels.js";
export { type Plane, type PlaneView, planes, planeView, sliceToVoxel, voxelToSlice } from "./plane.js";
export {
  type BoxPrompt,
  isEmptyPrompt,
  type PointPrompt,
  type PromptSet,
  type PromptSupport,
  type ScribblePrompt,
  validatePrompt,
} from "./prompt.js";
export { seededRandom } from "./random.js";
export { decodeRle, encodeRle, type Rle } from "./rle.js";
