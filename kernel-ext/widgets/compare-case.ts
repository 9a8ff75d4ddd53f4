import { SamlabError } from "../../src/core/errors.js";
import type { Mask2d } from "../../src/core/mask.js";
import type { Plane } from "../../src/core/plane.js";
import { type ReopenOptions, type RowPlace, reopenRow } from "../../src/evaluate/reopen.js";
import type { Volume } from "../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../src/io/mask/mask-volume.js";
import type { Sam } from "../../src/predict/sam.js";
import { type CompareMasksOptions, compareAny } from "./compare-masks.js";
import type { MaskCompare } from "./mask-compare/mask-compare.js";

/** Data and models needed to reopen a row. */
export interface CompareCaseOptions extends ReopenOptions, Pick<CompareMasksOptions, "host" | "layout" | "agreement"> {
  /** Models by name. Each is asked as the row's strategy says. */
  readonly models: { readonly [name: string]: Sam };
}

/**
 * Opens the case behind an evaluation row in the mask comparison: on the row's slice, each model gets the prompts of
 * the row's strategy (for iterative strategies, those of the first step) and is scored against the row's object. With
 * `none` the mask is the class of the object's name, with `everything` the automatic mask nearest to the object. The
 * window is the case's default.
 *
 * @example
 * const data = samples, models = { "lite-medsam": sam };
 * const chart = chartDice(rows, { open: (row) => compareCase(row, { data, models }) });
 * chart                                   // clicking a point opens its case below the chart
 * @throws {SamlabError} `argument-invalid` for a row of a whole volume, or a case or object that the data do not have;
 * `hash-mismatch` for a case whose files are not those that the row is of; as `loadCase` and `compareMasks`
 */
export async function compareCase(row: RowPlace, options: CompareCaseOptions): Promise<MaskCompare> {
  const { models, data, per, automask, signal, ...more } = options;
  const { loaded, object, ask } = await reopenRow(row, { data, per, automask, signal });
  const predictors = Object.entries(models).map(([name, sam]) => {
    // A 2D image has only slice 0; rows store -1 for it.
    return [name, { sam, ask: (slice: number) => ask(row.slice < 0 ? row.slice : slice, sam) }] as const;
  });
  const asked = Object.fromEntries(predictors);
  if (loaded.kind === "image") return compareAny(loaded.image, { ...asked, truth: object.truth }, more);
  const { slice, plane, part } = row;
  if (plane === "")
    throw new SamlabError("argument-invalid", "The row of a volume names no plane.", { field: "plane" });
  const whole = { mask: loaded.truth, label: object.labelValue };
  const truth = part > 0 ? onSlice(loaded.volume, slice, plane, object.truth) : whole;
  return compareAny(loaded.volume, { ...asked, truth }, { ...more, slice, plane });
}

function onSlice(volume: Volume, slice: number, plane: Plane, mask: Mask2d): MaskVolume {
  const truth = emptyMask(volume);
  truth.setSlice(slice, plane, mask);
  return truth;
}
