import { SamlabError, show } from "../../../src/core/errors.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { FindMask } from "../../../src/evaluate/reopen.js";
import { labelOfClass } from "../../../src/predict/segmentation.js";
import type { Predictor, PredictorInput, SlicePrompts } from "./inputs.js";

/**
 * What a predictor is asked on each slice.
 * @throws {SamlabError} `argument-invalid` if prompts are neither an object nor a function, or missing for a model
 * without classes; for a class that the model does not have, or a prompt for a slice that is not there
 * @param count number of slices
 */
export function predictorOf(name: string, input: PredictorInput | Predictor, count: number): Predictor {
  const { sam } = input;
  if (typeof sam?.embed !== "function" || typeof sam.predict !== "function") throw lacks(name, "sam", "its model");
  if ("ask" in input) return input;
  const { prompts, className } = input;
  if (prompts === undefined) {
    if (!sam.classNames?.length) throw lacks(name, "prompts", "its prompts");
    const find = findClasses(name, input);
    return { sam, ask: () => find };
  }
  if (className !== undefined) {
    throw new SamlabError("argument-invalid", `The predictor ${show(name)} has prompts and a class.`, {
      field: `${name}.className`,
      value: className,
      remedy: "Give { sam, prompts }, or { sam, className } for a class that the model finds without prompts.",
    });
  }
  if (typeof prompts !== "function" && (typeof prompts !== "object" || prompts === null)) {
    throw lacks(name, "prompts", "its prompts");
  }
  if (typeof prompts !== "function" && !isPromptSet(prompts)) checkSlices(name, Object.keys(prompts), count);
  return { sam, ask: (slice) => promptsOf(prompts, slice) };
}

function findClasses(name: string, { sam, className }: PredictorInput): FindMask {
  const names = sam.classNames ?? [];
  const label = className === undefined ? 0 : labelOfClass(names, className);
  if (label < 0) {
    throw new SamlabError("argument-invalid", `The model of ${show(name)} has no class ${show(className)}.`, {
      field: `${name}.className`,
      value: className,
      remedy: `Use ${names.slice(1).join(", ")}.`,
    });
  }
  return async (image, options) => {
    const found = await sam.segment!(image, options);
    if (label > 0) return found.only(label);
    const { width, height, data } = found;
    return { width, height, data: Uint8Array.from(data, (value) => Number(value > 0)) };
  };
}

const promptFields = ["points", "box", "scribbles", "maskInput"];

function promptsOf(prompts: SlicePrompts, index: number): PromptSet | null {
  if (typeof prompts === "function") return prompts(index) ?? null;
  if (isPromptSet(prompts)) return prompts;
  return prompts[index] ?? null;
}

function checkSlices(name: string, given: readonly string[], count: number): void {
  const other = given.find(
    (slice) => !(Number.isInteger(Number(slice)) && Number(slice) >= 0 && Number(slice) < count),
  );
  if (other === undefined) return;
  throw new SamlabError("argument-invalid", `The predictor ${show(name)} has a prompt for slice ${other}.`, {
    field: `${name}.prompts`,
    value: other,
    remedy: `Slices are numbered 0 to ${count - 1}.`,
  });
}

function isPromptSet(prompts: Exclude<SlicePrompts, (...args: never[]) => unknown>): prompts is PromptSet {
  return promptFields.some((field) => field in prompts);
}

function lacks(name: string, field: string, what: string): SamlabError {
  return new SamlabError("argument-invalid", `The predictor ${show(name)} lacks ${what}.`, {
    field: `${name}.${field}`,
    remedy:
      "Give { sam, prompts }: a loaded model, and its prompts by slice number or as a function of it. " +
      "Only a model with classes needs no prompts.",
  });
}
