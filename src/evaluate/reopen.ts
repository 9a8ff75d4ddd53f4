import { SamlabError, show } from "../core/errors.js";
import type { PromptSet } from "../core/prompt.js";
import { seededRandom } from "../core/random.js";
import { type LoadedCase, loadCase } from "../datasets/case.js";
import type { Sam } from "../predict/sam.js";
import { objectsOf } from "./objects.js";
import { casesOf, type EvaluateOptions } from "./options.js";
import { parseStrategy } from "./prompts/parse-strategy.js";
import { objectKind } from "./run/rows.js";
import { cutSlice, isWholeVolume } from "./run/slices.js";
import type { EvaluationObject, EvaluationRow, PromptStrategy } from "./types.js";

/** The columns that identify a row's object. */
export type RowPlace = Pick<EvaluationRow, "case" | "label" | "part" | "plane" | "slice" | "strategy" | "seed">;

/** The options of `evaluate` that determine cases and objects. */
export type ReopenOptions = Pick<EvaluateOptions, "data" | "per" | "signal">;

/** A row's case with its pixels, and the prompts of its strategy. */
export interface ReopenedRow {
  readonly loaded: LoadedCase;
  readonly object: EvaluationObject;
  /**
   * The prompts of the strategy's first step for the object on a slice, drawn as `evaluate` draws them; `null` if there
   * is no such object. An object that is a part of its label has prompts on the row's slice only, since each slice
   * numbers parts separately.
   */
  prompts(slice: number, sam: Sam): PromptSet | null;
}

/**
 * Loads the case of an evaluation's row again.
 * @throws {SamlabError} `argument-invalid` if the data have no such case or object, or the strategy has no prompts
 * (everything, none); as `loadCase`
 */
export async function reopenRow(row: RowPlace, options: ReopenOptions): Promise<ReopenedRow> {
  if (isWholeVolume(row)) {
    throw missing(
      "slice",
      row.slice,
      `Segment it again as its strategy ${row.strategy} says: segmentVolume(sam, volume, …).`,
    );
  }
  const strategy = parseStrategy(row.strategy);
  if (strategy.asks !== "prompts") throw missing("prompt", row.strategy, "It uses no prompts.");
  const cases = await casesOf({ ...options, models: [] });
  const entry = cases.find(({ id }) => id === row.case);
  if (!entry) throw missing("case", row.case, "Give the data that were evaluated.");
  const loaded = await loadCase(entry, options.signal ? { signal: options.signal } : {});
  const per = objectKind(loaded, options.per ?? "auto");
  const objectOn = (slice: number): EvaluationObject | undefined => {
    const { truth } = cutSlice(loaded, { plane: row.plane, slice, labels: null });
    const objects = objectsOf(truth, loaded.names, { per, minPixels: entry.slicing.minPixels });
    return objects.find(({ label, part }) => label === row.label && part === row.part);
  };
  const object = objectOn(row.slice);
  if (!object) throw missing("object", row.label, `Look at slice ${row.slice} of ${row.case}, and at the option per.`);
  return {
    loaded,
    object,
    prompts(slice, sam) {
      if (row.part > 0 && slice !== row.slice) return null;
      const wanted = slice === row.slice ? object : objectOn(slice);
      return wanted ? firstPrompts(wanted, strategy, row, slice, sam) : null;
    },
  };
}

function firstPrompts(
  object: EvaluationObject,
  strategy: PromptStrategy,
  row: RowPlace,
  slice: number,
  sam: Sam,
): PromptSet | null {
  const random = seededRandom(row.case, slice, object.label, object.part, strategy.name, row.seed);
  const step = strategy
    .start(object, { random, lowResSize: sam.lowResSize, takesScribbles: sam.prompts.scribbles === true })
    .next(null);
  return step?.prompts[0] ?? null;
}

function missing(what: string, value: string | number, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", `There is no ${what} ${show(value)} to open again.`, {
    field: what,
    value,
    remedy,
  });
}
