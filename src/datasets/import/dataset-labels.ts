import { SamlabError } from "../../core/errors.js";
import { type Fields, wrongField } from "./fields.js";
import type { CaseDraft } from "./types.js";

interface Region {
  readonly name: string;
  readonly numbers: readonly number[];
}

/** Names by numbers: `{ "1": "liver", "2+3": "tumor" }`. */
export type LabelMap = Readonly<Record<string, string>>;

/**
 * The label maps of a dataset.json's `labels`, in either direction: `{ "1": "liver" }` (Decathlon, nnU-Net 1) or
 * `{ "liver": 1 }` (nnU-Net 2). Background (0) is left out. A region of several numbers becomes one object. Regions
 * that share numbers (whole tumor 1, 2 and 3; core 2 and 3) go into separate label maps, as few as possible, since one
 * truth cannot hold both.
 * @throws {SamlabError} `manifest-invalid`, `format-unsupported` (an ignore label)
 */
export function datasetLabels(labels: Fields, file: string): readonly LabelMap[] {
  const groups: Region[][] = [];
  for (const region of regionsOf(labels, file)) {
    const shares = (group: readonly Region[]) =>
      group.some(({ numbers }) => numbers.some((number) => region.numbers.includes(number)));
    const group = groups.find((one) => !shares(one));
    if (group) group.push(region);
    else groups.push([region]);
  }
  if (groups.length === 0) throw wrongField(file, "labels", labels, "names nothing but background");
  return groups.map((group) => Object.fromEntries(group.map(({ numbers, name }) => [numbers.join("+"), name])));
}

function regionsOf(labels: Fields, file: string): Region[] {
  const regions: Region[] = [];
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
    if (named.length > 0) regions.push({ name, numbers: named });
  }
  return regions;
}

/**
 * The case once for each label map. With several, what one of them does not name is background in its case, and all are
 * of one subject.
 * @param maps `null` when the options say what the labels are
 */
export function withLabels(draft: CaseDraft, maps: readonly LabelMap[] | null): CaseDraft[] {
  if (maps === null || maps.length === 1) return [{ ...draft, labels: maps?.[0] ?? null }];
  return maps.map((labels) => ({
    ...draft,
    id: `${draft.id}-${Object.values(labels).join("-")}`,
    labels,
    subject: draft.subject ?? draft.id,
    otherLabels: "background",
  }));
}

const isLabel = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65535;

function ignored(file: string, value: unknown): SamlabError {
  return new SamlabError("format-unsupported", `${file} has an ignore label: voxels that no score may count.`, {
    file,
    field: "labels.ignore",
    value,
    remedy: "To count them as background, give the label map without it: { labels: { … } }.",
  });
}
