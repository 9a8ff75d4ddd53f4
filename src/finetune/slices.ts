import { appendTo } from "../core/append-to.js";
import { SamlabError } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { forEachInSlice, type Plane } from "../core/plane.js";
import type { ImageCase, LoadedCase } from "../datasets/case.js";
import type { LabelImage } from "../io/mask/label-image.js";
import { type MaskVolume, maskOnGrid } from "../io/mask/mask-volume.js";
import { background } from "../predict/segmentation.js";
import type { TrainingCase } from "./types.js";

/** Which slices of a case {@link trainingSlices} takes. */
export interface TrainingSliceOptions {
  /**
   * The object, by its name in the case's label map or its number. Not needed if there is only one. Where several
   * numbers have the name, as instances have, each is an object of its own, with a training case of its own. A list
   * gives truths with classes, each with all that has its name, numbered from 1 in its order, for training without
   * prompts.
   */
  readonly label?: string | number | readonly (string | number)[];
  /** Default `axial`. */
  readonly plane?: Plane;
  /** Slice indices. Default: every slice with at least `minPixels` of the object. */
  readonly slices?: readonly number[];
  /** Default 50, as SAM-SZU drops smaller objects. Does not apply to slices given by index. */
  readonly minPixels?: number;
}

/**
 * Slices of a volume with the true masks of one object, to train or validate on; a picture is one slice. Their patient
 * is the case's subject.
 * @throws {SamlabError} `argument-invalid` for an unknown label, or when no slice holds the object; `geometry-mismatch`
 * for a truth on a different grid
 */
export function trainingSlices(source: LoadedCase, options: TrainingSliceOptions = {}): TrainingCase[] {
  const { plane = "axial", minPixels = 50, label } = options;
  const classes = [label].flat().map((wanted) => numbersOf(source, wanted));
  const truths = Array.isArray(label) ? [classes] : classes.flat().map((number) => [[number]]);
  const about = facts(source, classes);
  if (source.kind === "image") {
    checkPicture(source, options);
    const cases = truthsOn(source.truth, truths, minPixels).map((truth) => ({ image: source.image, truth, ...about }));
    if (cases.length > 0) return cases;
    throw tooSmall(`${source.entry.id} has fewer than ${minPixels} pixels`, minPixels, about, "picture");
  }
  const { volume, entry } = source;
  const truth = maskOnGrid(source.truth, volume);
  const cut = (index: number, least: number): TrainingCase[] => {
    const found = truthsOn(labelsOn(truth, index, plane), truths, least);
    if (found.length === 0) return [];
    const image = volume.slice(index, plane);
    return found.map((one) => ({ image, truth: one, ...about }));
  };
  // A slice that was asked for is taken without the object too, but not once for each of many.
  if (options.slices) return options.slices.flatMap((index) => cut(index, truths.length > 1 ? 1 : 0));
  const cases = Array.from({ length: volume.view(plane).count }, (_, index) => cut(index, minPixels)).flat();
  if (cases.length > 0) return cases;
  throw tooSmall(`No ${plane} slice of ${entry.id} has ${minPixels} pixels`, minPixels, about, "plane");
}

function checkPicture({ entry }: ImageCase, options: TrainingSliceOptions): void {
  for (const field of ["plane", "slices"] as const) {
    if (options[field] === undefined) continue;
    throw new SamlabError("argument-invalid", `${entry.id} is a picture, without planes and slices.`, {
      field,
      value: options[field],
      remedy: `Leave ${field} out.`,
    });
  }
}

function tooSmall(what: string, minPixels: number, { classNames }: Facts, other: "picture" | "plane"): SamlabError {
  return new SamlabError("argument-invalid", `${what} of label ${classNames.slice(1).join(", ")}.`, {
    field: "minPixels",
    value: minPixels,
    remedy: `Lower minPixels, or choose another ${other} or label.`,
  });
}

/** The numbers of a picture or a slice, row-major. */
type Labels = Pick<LabelImage, "width" | "height" | "data">;

function labelsOn(truth: MaskVolume, index: number, plane: Plane): Labels {
  const view = truth.view(plane);
  const data = new Uint16Array(view.width * view.height);
  forEachInSlice(view, index, (pixel, voxel) => {
    data[pixel] = truth.data[voxel];
  });
  return { width: view.width, height: view.height, data };
}

/** The masks of those truths that have at least so many pixels, with the numbers of their classes from 1. */
function truthsOn(
  { width, height, data }: Labels,
  truths: readonly (readonly (readonly number[])[])[],
  least: number,
): Mask2d[] {
  const areas = new Uint32Array(65536);
  for (const label of data) areas[label]++;
  return truths
    .filter((classes) => classes.flat().reduce((sum, label) => sum + areas[label], 0) >= least)
    .map((classes) => {
      const becomes = new Uint8Array(65536);
      for (const [n, labels] of classes.entries()) for (const label of labels) becomes[label] = n + 1;
      return { width, height, data: Uint8Array.from(data, (label) => becomes[label]) };
    });
}

type Facts = ReturnType<typeof facts>;

const facts = ({ names, entry }: LoadedCase, classes: readonly (readonly number[])[]) => ({
  classNames: [background, ...classes.map(([label]) => names.get(label) ?? String(label))],
  patient: entry.subject,
});

/** The numbers of the object that is meant. */
function numbersOf({ names, entry }: LoadedCase, wanted: string | number | undefined): number[] {
  const known = new Map<string, number[]>();
  for (const [label, name] of names) appendTo(known, name, label);
  const only = known.size === 1 ? [...known.keys()][0] : undefined;
  const meant = wanted ?? only;
  const found = [...names].flatMap(([label, name]) => (label === meant || name === meant ? [label] : []));
  if (found.length > 0) return found;
  const listed = [...known].map(([name, labels]) => (labels.length > 1 ? name : `${labels[0]} (${name})`));
  const isEmpty = listed.length === 0;
  const lacks = wanted === undefined ? "several labels" : `no label ${JSON.stringify(wanted)}`;
  throw new SamlabError("argument-invalid", `${entry.id} has ${isEmpty ? "no object" : lacks}.`, {
    field: isEmpty ? "truth" : "label",
    value: wanted,
    remedy: isEmpty ? "Leave the case out." : `Use one of ${listed.join(", ")}.`,
  });
}
