import { SamlabError, show } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import type { PromptSet } from "../core/prompt.js";
import { seededRandom } from "../core/random.js";
import { type LoadedCase, loadCase } from "../datasets/case.js";
import type { Image2d } from "../io/image/image.js";
import { automaticMasks } from "../predict/automask/automatic-masks.js";
import type { Sam, WorkOptions } from "../predict/sam.js";
import { objectsOf } from "./objects.js";
import { casesOf, type EvaluateOptions } from "./options.js";
import { parseStrategy } from "./prompts/parse-strategy.js";
import { classesOf, resultOf } from "./run/class-answers.js";
import { bestOf } from "./run/everything-answers.js";
import { hashOfData } from "./run/open-case.js";
import { objectKind } from "./run/rows.js";
import { cutSlice, isWholeVolume } from "./run/slices.js";
import type { EvaluationObject, EvaluationRow, PromptStrategy } from "./types.js";

/** The columns that identify a row's object. Without `dataHash`, or if it is empty, the files are not checked. */
export type RowPlace = Pick<EvaluationRow, "case" | "label" | "part" | "plane" | "slice" | "strategy" | "seed"> &
  Partial<Pick<EvaluationRow, "dataHash">>;

/** The options of `evaluate` that determine cases, objects, and the masks of everything mode. */
export type ReopenOptions = Pick<EvaluateOptions, "data" | "per" | "automask" | "signal">;

/** Finds an object's mask on a slice without prompts. */
export type FindMask = (image: Image2d, options: WorkOptions) => Promise<Mask2d>;

/** A row's case with its pixels, and what its strategy asks. */
export interface ReopenedRow {
  readonly loaded: LoadedCase;
  readonly object: EvaluationObject;
  /**
   * What the strategy asks of a model about the object on a slice: the prompts of its first step, drawn as `evaluate`
   * draws them, or what `evaluate` compares without prompts, the class of the object's name or the automatic mask
   * nearest to it. `null` if there is no such object; a class is looked for on every slice. An object that is a part
   * of its label is asked for on the row's slice only, since each slice numbers parts separately.
   */
  ask(slice: number, sam: Sam): PromptSet | FindMask | null;
}

/**
 * Loads the case of an evaluation's row again.
 * @throws {SamlabError} `argument-invalid` if the data have no such case or object, or the row is of a whole volume;
 * `hash-mismatch` if the case's files are not those that the row is of; as `loadCase`
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
  const cases = await casesOf({ ...options, models: [] });
  const entry = cases.find(({ id }) => id === row.case);
  if (!entry) throw missing("case", row.case, "Give the data that were evaluated.");
  if (row.dataHash && (await hashOfData(entry, options.signal)) !== row.dataHash) {
    throw new SamlabError("hash-mismatch", `The files of case ${show(entry.id)} are not those that the row is of.`, {
      field: "dataHash",
      value: row.dataHash,
      remedy: "Give the data that were evaluated, unchanged.",
    });
  }
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
    ask(slice, sam) {
      if (row.part > 0 && slice !== row.slice) return null;
      if (strategy.asks === "nothing") return findClass(object, sam, options.automask);
      const wanted = slice === row.slice ? object : objectOn(slice);
      if (!wanted) return null;
      return strategy.asks === "everything"
        ? findNearest(wanted, sam, options.automask)
        : firstPrompts(wanted, strategy, row, slice, sam);
    },
  };
}

function findClass(object: EvaluationObject, sam: Sam, automask: ReopenOptions["automask"]): FindMask {
  return async (image, options) => {
    const result = resultOf(object, await classesOf(sam, image, { ...options, ...(automask ? { automask } : {}) }));
    if ("failure" in result) throw new SamlabError("argument-invalid", result.failure);
    return result.mask;
  };
}

function findNearest({ truth }: EvaluationObject, sam: Sam, automask: ReopenOptions["automask"]): FindMask {
  return async (image, options) => bestOf(await automaticMasks(sam, image, { ...automask, ...options }), truth).mask;
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
