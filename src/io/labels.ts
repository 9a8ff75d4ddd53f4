import type { NumericArray } from "../core/dtype.js";
import { SamlabError, show } from "../core/errors.js";

/** Which values of a label file are the object. */
export interface LabelChoice {
  /** The object's number, or several that are taken together. */
  readonly label?: number | readonly number[] | undefined;
  /** For grey masks and probability maps: values at or above it are inside. */
  readonly threshold?: number | undefined;
}

/**
 * 1 where the values are the chosen object, 0 elsewhere.
 * @returns `null` when nothing was chosen
 * @throws {SamlabError} `argument-invalid` (both given, not a number)
 */
export function chooseLabels(data: NumericArray, choice: LabelChoice): Uint8Array | null {
  const { label, threshold } = choice;
  if (label !== undefined && threshold !== undefined) {
    throw new SamlabError("argument-invalid", "A mask is chosen by label or by threshold, not by both.", {
      field: "threshold",
      value: threshold,
    });
  }
  if (threshold !== undefined) {
    if (!Number.isFinite(threshold)) throw notANumber("threshold", threshold);
    return Uint8Array.from(data as ArrayLike<number>, (value) => (value >= threshold ? 1 : 0));
  }
  if (label === undefined) return null;
  const labels = typeof label === "number" ? [label] : label;
  if (labels.length === 0 || !labels.every(Number.isFinite)) throw notANumber("label", label);
  const [only] = labels;
  if (labels.length === 1) return Uint8Array.from(data as ArrayLike<number>, (value) => (value === only ? 1 : 0));
  const wanted = new Set(labels);
  return Uint8Array.from(data as ArrayLike<number>, (value) => (wanted.has(value) ? 1 : 0));
}

function notANumber(field: string, value: unknown): SamlabError {
  return new SamlabError("argument-invalid", `The ${field} ${show(value)} is not a number.`, { field, value });
}

/** The distinct values, ascending; stops after `limit` of them, so that a photograph is not listed whole. */
export function distinctValues(data: NumericArray, limit = 65536): number[] {
  const seen = new Set<number>();
  let last = Number.NaN;
  for (let n = 0; n < data.length && seen.size < limit; n++) {
    const value = data[n];
    if (value === last) continue;
    last = value;
    seen.add(value);
  }
  return [...seen].sort((a, b) => a - b);
}
