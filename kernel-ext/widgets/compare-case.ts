import { SamlabError } from "../../src/core/errors.js";
import type { Mask2d } from "../../src/core/mask.js";
import type { Plane } from "../../src/core/plane.js";
import { type ReopenOptions, type RowPlace, reopenRow } from "../../src/evaluate/reopen.js";
import type { Volume } from "../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../src/io/mask/mask-volume.js";
import type { Sam } from "../../src/predict/sam.js";
import { type CompareMasksOptions, compareMasks, type MasksToCompare } from "./compare-masks.js";
import type { MaskCompare } from "./mask-compare/mask-compare.js";

/** The data and models with which a row is opened again. */
export interface CompareCaseOptions extends ReopenOptions, Pick<CompareMasksOptions, "host" | "layout" | "agreement"> {
  /** The models by name. They are given the prompts of the row's strategy. */
  readonly models: { readonly [name: string]: Sam };
}

/**
 * The case of an evaluation's row in the mask comparison: on the row's slice, each model with the prompts that the row's strategy draws (of strategies
 * that click again and again, those of the first step), scored against the row's object. The window is the case's own.
 *
 * @example
 * const data = samples, models = { "lite-medsam": sam };
 * const chart = chartDice(rows, { open: (row) => compareCase(row, { data, models }) });
 * chart                                   // a click on a point opens its case below the chart
 * @throws {SamlabError} as `reopenRow` and `compareMasks`
 */
export async function compareCase(row: RowPlace, options: CompareCaseOptions): Promise<MaskCompare> {
  const { models, data, per, signal, ...more } = options;
  const { loaded, object, prompts } = await reopenRow(row, { data, per, signal });
  const predictors = Object.entries(models).map(([name, sam]) => {
    // A picture has the one slice 0, which rows call −1.
    return [name, { sam, prompts: (slice: number) => prompts(row.slice < 0 ? row.slice : slice, sam) }] as const;
  });
  const asked: MasksToCompare = Object.fromEntries(predictors);
  if (loaded.kind === "image") return compareMasks(loaded.image, { ...asked, truth: object.truth }, more);
  const { slice, plane, part } = row;
  if (plane === "")
    throw new SamlabError("argument-invalid", "The row of a volume names no plane.", { field: "plane" });
  const whole = { mask: loaded.truth, label: object.labelValue };
  const truth = part > 0 ? onSlice(loaded.volume, slice, plane, object.truth) : whole;
  return compareMasks(loaded.volume, { ...asked, truth }, { ...more, slice, plane });
}

function onSlice(volume: Volume, slice: number, plane: Plane, mask: Mask2d): MaskVolume {
  const truth = emptyMask(volume);
  truth.setSlice(slice, plane, mask);
  return truth;
}
