import { SamlabError } from "../core/errors.js";
import { maskArea } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { VolumeCase } from "../datasets/case.js";
import { maskOnGrid } from "../io/mask/mask-volume.js";
import type { TrainingCase } from "./types.js";

/** Which slices of a case {@link trainingSlices} takes. */
export interface TrainingSliceOptions {
  /** The object, by its name in the case's label map or its number. Not needed if there is only one. */
  readonly label?: string | number;
  /** Default `axial`. */
  readonly plane?: Plane;
  /** Slice indices. Default: every slice with at least `minPixels` of the object. */
  readonly slices?: readonly number[];
  /** Default 50, as SAM-SZU drops smaller objects. Does not apply to slices given by index. */
  readonly minPixels?: number;
}

/**
 * Slices of a volume with the true masks of one object, to train or validate on. Their patient is the case's subject.
 * @throws {SamlabError} `argument-invalid` for an unknown label, or when no slice holds the object; `geometry-mismatch`
 * for a truth on a different grid
 */
export function trainingSlices(source: VolumeCase, options: TrainingSliceOptions = {}): TrainingCase[] {
  const { plane = "axial", minPixels = 50 } = options;
  const label = labelOf(source, options.label);
  const { volume, entry } = source;
  const { subject: patient } = entry;
  const truth = maskOnGrid(source.truth, volume);
  const cut = (index: number): TrainingCase => ({
    image: volume.slice(index, plane),
    truth: truth.slice(index, plane, { label }),
    patient,
  });
  if (options.slices) return options.slices.map(cut);
  const cases: TrainingCase[] = [];
  for (let index = 0; index < volume.view(plane).count; index++) {
    const mask = truth.slice(index, plane, { label });
    if (maskArea(mask) >= minPixels) cases.push({ image: volume.slice(index, plane), truth: mask, patient });
  }
  if (cases.length > 0) return cases;
  throw new SamlabError(
    "argument-invalid",
    `No ${plane} slice of ${entry.id} has ${minPixels} pixels of label ${label}.`,
    {
      field: "minPixels",
      value: minPixels,
    },
  );
}

function labelOf({ names, entry }: VolumeCase, wanted: string | number | undefined): number {
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
