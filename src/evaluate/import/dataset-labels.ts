import { SamlabError, show } from "../../core/errors.js";
import { type Fields, wrongField } from "./fields.js";

/**
 * A label map from the `labels` of a dataset.json, in either direction: `{ "1": "liver" }` (Decathlon, nnU-Net 1) or `{ "liver": 1 }` (nnU-Net 2).
 * Background (0) is left out. A region of several numbers becomes one object; regions that overlap are refused, as one truth cannot hold both.
 * @throws {SamlabError} `manifest-invalid`, `format-unsupported` (overlapping regions, an ignore label)
 */
export function datasetLabels(labels: Fields, file: string): Record<string, string> {
  const map: Record<string, string> = {};
  const nameOf = new Map<number, string>();
  for (const [key, value] of Object.entries(labels)) {
    const isNumbered = typeof value === "string" && /^[0-9]+$/.test(key);
    const name = isNumbered ? value : key;
    const numbers: readonly unknown[] = isNumbered ? [Number(key)] : Array.isArray(value) ? value : [value];
    const field = `labels.${key}`;
    if (numbers.length === 0 || !numbers.every(isLabel)) {
      throw wrongField(file, field, value, "must be a whole number from 0 to 65535, or a list of them");
    }
    if (name.trim() === "") throw wrongField(file, field, value, "must have a name");
    if (name === "ignore") throw ignored(file, value);
    const named = [...new Set(numbers.filter((number) => number !== 0))];
    if (named.length === 0) continue;
    for (const number of named) {
      const other = nameOf.get(number);
      if (other !== undefined) throw overlap(file, field, number, other, name);
      nameOf.set(number, name);
    }
    map[named.join("+")] = name;
  }
  if (nameOf.size === 0) throw wrongField(file, "labels", labels, "names nothing but background");
  return map;
}

const isLabel = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65535;

function overlap(file: string, field: string, number: number, one: string, other: string): SamlabError {
  return new SamlabError(
    "format-unsupported",
    `${file}: the number ${number} belongs to ${show(one)} and to ${show(other)}.`,
    { file, field, value: number, remedy: 'Import one region at a time: { labels: { "1+2+3": "whole tumour" } }.' },
  );
}

function ignored(file: string, value: unknown): SamlabError {
  return new SamlabError("format-unsupported", `${file} has an ignore label: voxels that no score may count.`, {
    file,
    field: "labels.ignore",
    value,
    remedy: "To count them as background, give the label map without it: { labels: { … } }.",
  });
}
