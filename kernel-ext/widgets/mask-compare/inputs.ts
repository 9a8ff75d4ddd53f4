import { SamlabError, show } from "../../../src/core/errors.js";
import { relateGrids } from "../../../src/core/grid.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { FindMask } from "../../../src/evaluate/reopen.js";
import type { Volume } from "../../../src/io/image/volume.js";
import type { LabelImage } from "../../../src/io/mask/label-image.js";
import { MaskVolume, turnMask } from "../../../src/io/mask/mask-volume.js";
import { checkFilled } from "../../../src/metrics/mask-like.js";
import type { Sam } from "../../../src/predict/sam.js";
import type { SliceSource } from "../shared/slice-source.js";

/** A mask to compare, on the image's grid (values above 0 are inside), or a part of one. */
export type MaskInput = Mask2d | LabelImage | MaskVolume | MaskPart;

/** One label of a mask, or a mask known on some slices only. */
export interface MaskPart {
  /** On the image's grid. */
  readonly mask: LabelImage | MaskVolume;
  /** Default: every value above 0 is inside. */
  readonly label?: number;
  /**
   * The slices (from 0) that were predicted; all others are excluded from every score. Default all: a slice without a
   * mask then counts as an empty prediction.
   */
  readonly slices?: readonly number[];
}

/**
 * The prompts for each slice: the same for all slices, by slice number (from 0), or a function; `null` or undefined for
 * slices that should not be predicted. Coordinates are pixels of the slice as shown.
 */
export type SlicePrompts =
  | PromptSet
  | { readonly [slice: number]: PromptSet }
  | ((slice: number) => PromptSet | null | undefined);

/**
 * A model and its prompts, or a model that finds its classes without prompts. Masks are computed when their slice is
 * shown, or all at once with `predictAll`.
 */
export interface PredictorInput {
  /** The model. */
  readonly sam: Sam;
  /** The prompts for each slice. Leave them out for a model that finds classes (`sam.segment`). */
  readonly prompts?: SlicePrompts;
  /** Without prompts: the class to show, ignoring case. Default: all of the model's classes as one mask. */
  readonly className?: string;
}

/** A model and what it is asked on each slice: prompts, or to find a mask without; null or undefined for nothing. */
export interface Predictor {
  readonly sam: Sam;
  readonly ask: (slice: number) => PromptSet | FindMask | null | undefined;
}

/** A complete mask on the image's grid. */
export type WholeMask = MaskVolume | Mask2d;

export function isPredictor(input: MaskInput | PredictorInput | Predictor): input is PredictorInput | Predictor {
  return "sam" in input;
}

/** Checked by shape, not by class: a cell may hold a mask from another copy of the library. */
function isMaskVolume(mask: object): mask is MaskVolume {
  return mask instanceof MaskVolume || ("affine" in mask && "size" in mask);
}

function isPart(input: MaskInput): input is MaskPart {
  return "mask" in input;
}

/**
 * The slices on which a mask is known; null for all of them.
 * @throws {SamlabError} `argument-invalid` for slices of a 2D image, no slices, or slices that do not exist
 */
export function knownSlices(
  name: string,
  input: MaskInput,
  source: SliceSource,
  plane: Plane | null,
): ReadonlySet<number> | null {
  const slices = isPart(input) ? input.slices : undefined;
  if (slices === undefined) return null;
  if (plane === null || !Array.isArray(slices) || slices.length === 0) {
    throw new SamlabError("argument-invalid", `The mask ${show(name)} has ${show(slices)} as slices.`, {
      field: `${name}.slices`,
      value: slices,
      remedy: "Give the numbers of the volume's slices on which something was predicted, or leave slices out.",
    });
  }
  for (const slice of slices) source.place(slice, plane);
  return new Set(slices);
}

export function isVolumeMask(mask: WholeMask): mask is MaskVolume {
  return isMaskVolume(mask);
}

/**
 * The mask on the image's grid: a copy for a single label or differing axes, otherwise the input's own values.
 * @throws {SamlabError} `argument-invalid` if it is not a mask, `geometry-mismatch` for a mask on another grid; the
 * message names the mask
 */
export function wholeMask(name: string, input: MaskInput, source: SliceSource): WholeMask {
  if (typeof input !== "object" || input === null) throw noMask(name, input);
  const { mask, label } = isPart(input) ? input : { mask: input };
  if (typeof mask !== "object" || mask === null || !("data" in mask)) throw noMask(name, input);
  const { volume } = source;
  if (isMaskVolume(mask)) {
    if (!volume) throw mismatch(name, `is a volume of ${mask.size.join("×")} voxels, the image is a picture`);
    const placed = onVolumeGrid(name, mask, volume);
    return label === undefined ? placed : placed.only(label);
  }
  if (!("width" in mask)) throw noMask(name, input);
  if (volume) {
    const what = `is a picture's mask of ${mask.width}×${mask.height} pixels, the image is a volume`;
    throw mismatch(name, what, "Put it on its slice: emptyMask(volume).setSlice(index, plane, mask).");
  }
  const [{ width, height }] = source.subject.frames;
  if (mask.width !== width || mask.height !== height) {
    throw mismatch(name, `has ${mask.width}×${mask.height} pixels, the image ${width}×${height}`);
  }
  checkFilled(mask);
  const inside = (value: number) => (label === undefined ? value > 0 : value === label);
  return { width, height, data: Uint8Array.from(mask.data, (value) => Number(inside(value))) };
}

/** True for a mask of several labels, none of which was chosen: together they are one mask. */
export function hasSeveralLabels(input: MaskInput): boolean {
  const { mask, label } = isPart(input) ? input : { mask: input };
  return label === undefined && "labels" in mask && mask.labels.length > 1;
}

function onVolumeGrid(name: string, mask: MaskVolume, volume: Volume): MaskVolume {
  const { turn, shift } = relateGrids(mask, volume);
  if (turn) return turnMask(mask, turn, volume);
  if (mask.size.some((length, axis) => length !== volume.size[axis])) {
    throw mismatch(name, `has ${mask.size.join("×")} voxels, the image ${volume.size.join("×")}`);
  }
  throw mismatch(name, `lies elsewhere: its corners are up to ${shift.toFixed(1)} mm from the image's`);
}

function mismatch(
  name: string,
  what: string,
  remedy = "Compare masks of the same image; resample the mask onto its grid if it is not.",
): SamlabError {
  return new SamlabError("geometry-mismatch", `The mask ${show(name)} ${what}.`, { field: name, remedy });
}

function noMask(name: string, value: unknown): SamlabError {
  return new SamlabError("argument-invalid", `${show(name)} is neither a mask nor a predictor.`, {
    field: name,
    value,
    remedy: "Give a mask, { mask, label }, { sam, prompts }, or { sam, className }.",
  });
}
