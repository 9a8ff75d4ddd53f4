import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";

/** Which values of a label file belong to the object. */
export interface LabelChoice {
  /** The object's label, or several labels that are merged. */
  readonly label?: number | readonly number[] | undefined;
  /** For grayscale masks and probability maps: values at or above it are inside. */
  readonly threshold?: number | undefined;
}

/**
 * 1 where the values are the chosen object, 0 elsewhere.
 * @returns `null` when neither is given
 * @throws {SamlabError} `argument-invalid` (both given, not a number, a label below 1)
 */
export function chooseLabels(data: NumericArray, choice: LabelChoice): Uint8Array | null {
  const { label, threshold } = choice;
  if (label !== undefined && threshold !== undefined) {
    throw new SamlabError("argument-invalid", "A mask is chosen by label or by threshold, not by both.", {
      field: "threshold",
      value: threshold,
      remedy: "Leave one of them out.",
    });
  }
  if (threshold !== undefined) {
    if (!Number.isFinite(threshold)) throw notANumber("threshold", threshold);
    return Uint8Array.from(data as ArrayLike<number>, (value) => (value >= threshold ? 1 : 0));
  }
  if (label === undefined) return null;
  const labels = [label].flat();
  if (labels.length === 0 || !labels.every(Number.isFinite)) throw notANumber("label", label);
  const broken = labels.find((number) => !Number.isInteger(number));
  if (broken !== undefined) {
    throw new SamlabError("argument-invalid", `${show(broken)} is not a label: labels are whole numbers.`, {
      field: "label",
      value: broken,
      remedy: "For a probability map or a gray mask give a threshold.",
    });
  }
  const outside = labels.find((number) => number < 1);
  if (outside !== undefined) {
    throw new SamlabError("argument-invalid", `${show(outside)} is not the label of an object.`, {
      field: "label",
      value: outside,
      remedy: "Labels start at 1; 0 is the background.",
    });
  }
  const [only] = labels;
  if (labels.length === 1) return Uint8Array.from(data as ArrayLike<number>, (value) => (value === only ? 1 : 0));
  const wanted = new Set(labels);
  return Uint8Array.from(data as ArrayLike<number>, (value) => (wanted.has(value) ? 1 : 0));
}

/** A note on chosen labels that no value has: not an error, since an object may be missing from one of many files. */
export function absentNote(data: NumericArray, { label = [] }: LabelChoice): string | null {
  const absent = [label].flat().filter((number) => !data.includes(number));
  if (absent.length === 0) return null;
  const values = distinctValues(data, 12).filter((value) => value !== 0);
  const known = values.length === 0 ? "no label" : listed(values, 11);
  return `No voxel has the label ${absent.join(" or ")}; the file has ${known}.`;
}

function notANumber(field: string, value: unknown): SamlabError {
  return new SamlabError("argument-invalid", `The ${field} ${show(value)} is not a number.`, { field, value });
}

/** The distinct values, ascending; stops after `limit` of them, for images with many values such as photographs. */
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

/** Maximum distance of a label from an integer, due to rounding of a scale factor. */
const almostWhole = 0.01;

/**
 * Labels as integers: the data themselves if they are integers; a rounded copy and a note if every value is within 0.01
 * of an integer (from programs that store floats with a scale factor).
 * @throws {SamlabError} `format-invalid` listing the invalid values
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
  throw new SamlabError("format-invalid", `${source} holds ${listed(values, 8)}, which are not labels.`, {
    file: source,
    field: "voxels",
    value: values,
    remedy: "For a probability map or a gray mask give a threshold, e.g. { threshold: 0.5 }.",
  });
}

const listed = (values: readonly number[], most: number) =>
  `${values.slice(0, most).join(", ")}${values.length >= most ? ", …" : ""}`;

/**
 * Stores integers as labels: bytes, or 16 bits if any is above 255.
 * @throws {SamlabError} `format-invalid` (below 0), `format-unsupported` (above 65535)
 */
export function storedLabels(data: NumericArray, source: string): Uint8Array | Uint16Array {
  if (data instanceof Uint8Array) return data;
  let most = 0;
  for (let n = 0; n < data.length; n++) {
    if (data[n] < 0) {
      throw new SamlabError("format-invalid", `${source} holds ${data[n]}, which is not a label.`, {
        file: source,
        field: "voxels",
        value: data[n],
        remedy: "Labels are whole numbers from 0; for a gray mask give a threshold, e.g. { threshold: 0.5 }.",
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
