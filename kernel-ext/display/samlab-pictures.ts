import type { Mask2d } from "../../src/core/mask.js";
import { type Plane, type PlaneView, planes } from "../../src/core/plane.js";
import type { LoadedCase } from "../../src/datasets/case.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Volume } from "../../src/io/image/volume.js";
import type { LabelImage } from "../../src/io/mask/label-image.js";
import type { MaskVolume } from "../../src/io/mask/mask-volume.js";
import type { PredictionSource } from "../../src/predict/prediction-source.js";
import type { PromptEnsemble } from "../../src/predict/prompt-ensemble.js";
import type { Prediction } from "../../src/predict/sam.js";
import type { Segmentation } from "../../src/predict/segmentation.js";
import { palette } from "../../src/protocol/palette.js";
import type { SegmentedVolume } from "../../src/volume/types.js";
import {
  distinctColor,
  paintHeat,
  paintMask,
  parseColor,
  type Rgb,
  type SlicePixels,
  sliceRaster,
} from "../widgets/shared/raster.js";
import {
  type Picture,
  panelPicture,
  panelsPicture,
  type SlicePanel,
  sliceCaption,
} from "../widgets/shared/slice-panels.js";
import { SliceSource } from "../widgets/shared/slice-source.js";

/** Longer side of a single slice, in pixels. */
const longest = 480;
/** Maximum number of slices, and slices per row, for a volume with thick slices along one axis. */
const montage = { most: 8, columns: 4 } as const;
/** Background of a mask without an image. */
const gray = 64;
/** More objects than this would be indistinguishable. */
const mostObjects = 256;

/** The middle slices of the three planes, or several slices along the axis with thick slices. */
export function volumePicture(volume: Volume): Promise<Picture> {
  return gridPicture(volume, middleOf, (plane, index) => pixelsOf(volume.slice(index, plane)));
}

/** The slices where the mask is largest, on gray, each object in its own color. */
export function maskVolumePicture(mask: MaskVolume): Promise<Picture> {
  const largest = largestSlices(mask);
  return gridPicture(
    mask,
    largest,
    (plane) => graySlice(mask.view(plane)),
    objectsOf(mask, parseColor(palette.onlyTruth)),
  );
}

/** The volume with its mask, on the slices where the mask is largest. */
export function segmentedVolumePicture({ volume, mask }: SegmentedVolume): Promise<Picture> {
  return gridPicture(
    volume,
    largestSlices(mask),
    (plane, index) => pixelsOf(volume.slice(index, plane)),
    objectsOf(mask, parseColor(palette.zeroShot)),
  );
}

/** A case with its truth, on the slices where the truth is largest. */
export function casePicture(loaded: LoadedCase): Promise<Picture> {
  const truth = parseColor(palette.truth);
  if (loaded.kind === "image") {
    const masks = labelMasks(loaded.truth, truth);
    return panelPicture({ slice: pixelsOf(loaded.image), masks, caption: null }, longest);
  }
  const { volume, truth: mask } = loaded;
  return gridPicture(
    volume,
    largestSlices(mask),
    (plane, index) => pixelsOf(volume.slice(index, plane)),
    objectsOf(mask, truth),
  );
}

export function imagePicture(image: Image2d): Promise<Picture> {
  return panelPicture({ slice: pixelsOf(image), masks: [], caption: null }, longest);
}

export function maskPicture(mask: Mask2d): Promise<Picture> {
  return panelPicture(
    { slice: graySlice(mask), masks: [{ mask, color: parseColor(palette.onlyTruth) }], caption: null },
    longest,
  );
}

export function labelPicture(image: LabelImage): Promise<Picture> {
  const masks = labelMasks(image, parseColor(palette.onlyTruth));
  return panelPicture({ slice: graySlice(image), masks, caption: null }, longest);
}

/** The classes over the image, each always in the same color; on gray if the image is unknown. */
export function segmentationPicture(found: Segmentation, image: Image2d | undefined): Promise<Picture> {
  const masks = found.labels
    .slice(0, mostObjects)
    .map((label) => ({ mask: found.only(label), color: distinctColor(label - 1) }));
  return panelPicture({ slice: image ? pixelsOf(image) : graySlice(found), masks, caption: null }, longest);
}

/** The mask over its image with the prompts, or on gray if the image is unknown. */
export async function predictionPicture({ mask }: Prediction, source: PredictionSource | undefined): Promise<Picture> {
  if (!source) return maskPicture(mask);
  const masks = [{ mask, color: parseColor(palette.zeroShot) }];
  const { promptsOf } = await import("../widgets/slice-prompter/book.js");
  const prompts = promptsOf(source.prompt);
  return panelPicture({ slice: pixelsOf(source.image), masks, prompts, caption: null }, longest);
}

/** The image with the mean mask's border and the uncertainty as a heat map. */
export async function ensemblePicture({ image, mask, uncertainty }: PromptEnsemble): Promise<Picture> {
  const raster = sliceRaster(pixelsOf(image), longest);
  paintMask(raster, mask, parseColor(palette.zeroShot), 0);
  paintHeat(raster, uncertainty, image.width, parseColor(palette.exclude));
  const { width, height, data } = raster;
  const { encodePng } = await import("../../src/io/formats/raster.js");
  return { png: await encodePng(width, height, data), width, height };
}

interface Grid {
  view(plane: Plane): PlaneView;
}

type Masks = (plane: Plane, index: number) => SlicePanel["masks"];

function gridPicture(
  grid: Grid,
  indexOf: (view: PlaneView) => number,
  pixels: (plane: Plane, index: number) => SlicePixels,
  masks: Masks = () => [],
): Promise<Picture> {
  const views = planes.map((plane) => grid.view(plane));
  const panel = (view: PlaneView, index: number): SlicePanel => ({
    slice: pixels(view.plane, index),
    masks: masks(view.plane, index),
    caption: sliceCaption(view, index),
  });
  const thick = views.find(isThick);
  if (!thick)
    return panelsPicture(
      views.map((view) => panel(view, indexOf(view))),
      views.length,
    );
  const shown = Math.min(montage.most, thick.count);
  const columns = Math.min(montage.columns, shown);
  // Evenly spaced, and including the slice with the largest mask.
  const indices = Array.from({ length: shown }, (_, n) => Math.floor(((n + 0.5) * thick.count) / shown));
  const wanted = indexOf(thick);
  const nearest = indices.reduce(
    (best, index, n) => (Math.abs(index - wanted) < Math.abs(indices[best]! - wanted) ? n : best),
    0,
  );
  indices[nearest] = wanted;
  return panelsPicture(
    indices.map((index) => panel(thick, index)),
    columns,
  );
}

/** True if a volume has few slices along this plane, or is so thin that the other planes are narrow strips. */
function isThick({ width, height, count, spacing }: PlaneView): boolean {
  const inPlane = Math.max(width * spacing[0], height * spacing[1]);
  return count < 24 || count * spacing[2] < 0.35 * inPlane;
}

function middleOf({ count }: PlaneView): number {
  return Math.floor(count / 2);
}

/** Finds the slice with the most mask voxels along a plane; the middle one for an empty mask. */
function largestSlices(mask: MaskVolume): (view: PlaneView) => number {
  const [nx, ny, nz] = mask.size;
  const counts = [new Uint32Array(nx), new Uint32Array(ny), new Uint32Array(nz)] as const;
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (mask.data[at] === 0) continue;
        counts[0][i]!++;
        counts[1][j]!++;
        counts[2][k]!++;
      }
    }
  }
  return (view) => {
    const along = counts[view.axis[2]]!;
    let best = -1;
    for (let n = 0; n < along.length; n++) if (along[n]! > 0 && (best < 0 || along[n]! > along[best]!)) best = n;
    if (best < 0) return middleOf(view);
    return view.direction[2] === 1 ? best : view.count - 1 - best;
  };
}

function objectsOf(mask: MaskVolume, single: Rgb): Masks {
  const labels = mask.labels.slice(0, mostObjects);
  return (plane, index) =>
    labels.map((label, n) => ({
      mask: mask.slice(index, plane, { label }),
      color: labels.length === 1 ? single : distinctColor(n),
    }));
}

function labelMasks(image: LabelImage, single: Rgb): SlicePanel["masks"] {
  const labels = image.labels.slice(0, mostObjects);
  return labels.map((label, n) => ({
    mask: image.only(label),
    color: labels.length === 1 ? single : distinctColor(n),
  }));
}

/** The pixels of an image or volume slice, with its window. */
function pixelsOf(image: Image2d): SlicePixels {
  const source = new SliceSource(image);
  const frame = source.subject.frames[0]!;
  return {
    frame,
    format: source.subject.format,
    samples: source.samples({ plane: frame.plane, index: 0 }),
    window: image.window,
  };
}

function graySlice(grid: { readonly width: number; readonly height: number } | PlaneView): SlicePixels {
  const { width, height } = grid;
  const isView = "letters" in grid;
  return {
    frame: {
      plane: null,
      width,
      height,
      count: 1,
      spacing: isView ? grid.spacing : [1, 1, 1],
      axis: [0, 1, 2],
      direction: [1, 1, 1],
      letters: isView ? grid.letters : null,
    },
    format: { type: "uint8", slope: 1, intercept: 0 },
    samples: new Uint8Array(width * height).fill(gray),
    window: null,
  };
}
