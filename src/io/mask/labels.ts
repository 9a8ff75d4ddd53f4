import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";

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
  const broken = labels.find((number) => !Number.isInteger(number));
  if (broken !== undefined) {
    throw new SamlabError("argument-invalid", `${show(broken)} is no label: labels are whole numbers.`, {
      field: "label",
      value: broken,
      remedy: "For a probability map or a grey mask give a threshold.",
    });
  }
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

/** Rounding of a scale factor leaves labels this far from whole numbers, and no further. */
const almostWhole = 0.01;

/**
 * Labels as whole numbers: the data themselves where they are, a rounded copy and a note where every value is within 0.01 of one (as programs leave
 * them that store floats with a scale factor).
 * @throws {SamlabError} `format-invalid` listing the values that are no labels
 */
export function wholeNumbers(data: NumericArray, source: string): { data: NumericArray; note: string | null } {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return { data, note: null };
  let isWhole = true;
  const far = new Set<number>();
  const near = new Set<number>();
  for (let n = 0; n < data.length; n++) {
    const value = data[n];
    const distance = Math.abs(value - Math.round(value));
    if (distance === 0) continue;
    isWhole = false;
    if (distance > almostWhole) far.add(value);
    else if (near.size < 5) near.add(value);
    if (far.size === 8) break;
  }
  if (isWhole) return { data, note: null };
  if (far.size === 0) {
    const note = `Labels were rounded to whole numbers (they were ${[...near].join(", ")}${near.size === 5 ? ", …" : ""}).`;
    return { data: data.map(Math.round), note };
  }
  const values = [...far].sort((a, b) => a - b);
  throw new SamlabError("format-invalid", `${source} holds ${listed(values, 8)}, which are no labels.`, {
    file: source,
    field: "voxels",
    value: values,
    remedy: "For a probability map or a grey mask give a threshold, e.g. { threshold: 0.5 }.",
  });
}

const listed = (values: readonly number[], most: number) =>
  `${values.slice(0, most).join(", ")}${values.length >= most ? ", …" : ""}`;

/**
 * Whole numbers as labels: bytes, or 16 bits where one is above 255.
 * @throws {SamlabError} `format-invalid` (below 0), `format-unsupported` (above 65535)
 */
export function storedLabels(data: NumericArray, source: string): Uint8Array | Uint16Array {
  if (data instanceof Uint8Array) return data;
  let most = 0;
  for (let n = 0; n < data.length; n++) {
    if (data[n] < 0) {
      throw new SamlabError("format-invalid", `${source} holds ${data[n]}, which is no label.`, {
        file: source,
        field: "voxels",
        value: data[n],
        remedy: "Labels are whole numbers from 0; for a grey mask give a threshold, e.g. { threshold: 0.5 }.",
      });
    }
    if (data[n] > most) most = data[n];
  }
  if (most > 65535) {
    throw new SamlabError("format-unsupported", `${source} has the label ${most}; a mask holds 1 to 65535.`, {
      file: source,
      field: "label",
      value: most,
      remedy: `Load one object: { label: ${most} }.`,
    });
  }
  return most > 255 ? Uint16Array.from(data as ArrayLike<number>) : Uint8Array.from(data as ArrayLike<number>);
}
