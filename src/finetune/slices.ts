import { SamlabError } from "../core/errors.js";
import { type Mask2d, maskArea } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { ImageCase, LoadedCase } from "../datasets/case.js";
import { maskOnGrid } from "../io/mask/mask-volume.js";
import { background } from "../predict/segmentation.js";
import type { TrainingCase } from "./types.js";

/** Which slices of a case {@link trainingSlices} takes. */
export interface TrainingSliceOptions {
  /**
   * The object, by its name in the case's label map or its number. Not needed if there is only one. A list gives truths
   * with classes, numbered from 1 in its order, for training without prompts.
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
  const { plane = "axial", minPixels = 50 } = options;
  const labels = [options.label].flat().map((wanted) => labelOf(source, wanted));
  if (source.kind === "image") return [pictureCase(source, labels, options)];
  const { volume, entry } = source;
  const truth = maskOnGrid(source.truth, volume);
  const truthAt = (index: number) => numbered(labels.map((label) => truth.slice(index, plane, { label })));
  const about = facts(source, labels);
  const cut = (index: number): TrainingCase => ({ image: volume.slice(index, plane), truth: truthAt(index), ...about });
  if (options.slices) return options.slices.map(cut);
  const cases: TrainingCase[] = [];
  for (let index = 0; index < volume.view(plane).count; index++) {
    if (maskArea(truthAt(index)) >= minPixels) cases.push(cut(index));
  }
  if (cases.length > 0) return cases;
  throw new SamlabError(
    "argument-invalid",
    `No ${plane} slice of ${entry.id} has ${minPixels} pixels of label ${labels.join(", ")}.`,
    {
      field: "minPixels",
      value: minPixels,
      remedy: "Lower minPixels, or choose another plane or label.",
    },
  );
}

function pictureCase(source: ImageCase, labels: readonly number[], options: TrainingSliceOptions): TrainingCase {
  for (const field of ["plane", "slices"] as const) {
    if (options[field] === undefined) continue;
    throw new SamlabError("argument-invalid", `${source.entry.id} is a picture, without planes and slices.`, {
      field,
      value: options[field],
      remedy: `Leave ${field} out.`,
    });
  }
  const truth = numbered(labels.map((label) => source.truth.only(label)));
  const { minPixels = 50 } = options;
  if (maskArea(truth) < minPixels) {
    throw new SamlabError(
      "argument-invalid",
      `${source.entry.id} has fewer than ${minPixels} pixels of label ${labels.join(", ")}.`,
      { field: "minPixels", value: minPixels, remedy: "Lower minPixels, or choose another picture or label." },
    );
  }
  return { image: source.image, truth, ...facts(source, labels) };
}

/** One mask of several objects, numbered from 1. Changes the first. */
function numbered([first, ...others]: readonly Mask2d[]): Mask2d {
  others.forEach(({ data }, n) => {
    for (let at = 0; at < data.length; at++) if (data[at] !== 0) first.data[at] = n + 2;
  });
  return first;
}

const facts = ({ names, entry }: LoadedCase, labels: readonly number[]) => ({
  classNames: [background, ...labels.map((label) => names.get(label) ?? String(label))],
  patient: entry.subject,
});

function labelOf({ names, entry }: LoadedCase, wanted: string | number | undefined): number {
  const known = [...names].map(([number, name]) => `${number} (${name})`).join(", ");
  const found = [...names].find(([number, name]) => number === wanted || name === wanted);
  if (found) return found[0];
  const [only, ...others] = names.keys();
  if (wanted === undefined && others.length === 0) return only;
  throw new SamlabError(
    "argument-invalid",
    wanted === undefined ? `${entry.id} has several labels.` : `${entry.id} has no label ${JSON.stringify(wanted)}.`,
    { field: "label", value: wanted, remedy: `Use one of ${known}.` },
  );
}
