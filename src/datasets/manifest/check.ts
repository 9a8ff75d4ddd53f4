import { show } from "../../core/errors.js";
import { planes } from "../../core/plane.js";
import { orientationRules } from "../../io/formats/raster.js";
import { windowPresets } from "../../io/image/window.js";
import { manifestFormat, modalities, otherLabelRules, splits, truthOrigins } from "./types.js";

/** One thing wrong with a manifest: where (`cases[2] "brain1": truth.made`) and what. */
export interface ManifestProblem {
  readonly where: string;
  readonly field: string;
  readonly value: unknown;
  readonly what: string;
}

type Fields = Record<string, unknown>;
/** Describes what is wrong with a value, or returns `null`. Nested values report through `add` themselves. */
type Check = (value: unknown, add: (field: string, value: unknown, what: string) => void) => string | null;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text: Check = (value) => (typeof value === "string" && /\S/.test(value) ? null : "must be text");
const anyText: Check = (value) => (typeof value === "string" ? null : "must be text");
const flag: Check = (value) => (typeof value === "boolean" ? null : "must be true or false");
const count =
  (least: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least ? null : `must be a whole number from ${least}`;
const number: Check = (value) => (typeof value === "number" ? null : "must be a number");
const pattern =
  (expression: RegExp, what: string): Check =>
  (value) =>
    typeof value === "string" && expression.test(value) ? null : what;
const oneOf =
  (choices: readonly string[]): Check =>
  (value) =>
    choices.includes(value as string) ? null : `must be one of ${choices.join(", ")}`;

/** Fields of an object: each with its check; `required` ones must be present, unknown ones must not. */
const record =
  (fields: Record<string, Check>, required: readonly string[] = []): Check =>
  (value, add) => {
    if (!isObject(value)) return "must be an object";
    for (const name of required) if (value[name] === undefined) add(name, undefined, "is missing");
    for (const [name, entry] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!check) {
        add(name, entry, `is not a known field; the fields are ${Object.keys(fields).join(", ")}`);
        continue;
      }
      const what = check(entry, (inner, innerValue, innerWhat) => add(`${name}.${inner}`, innerValue, innerWhat));
      if (what) add(name, entry, what);
    }
    return null;
  };

const sha256 = pattern(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");

/** Keys of a label map: a whole number, several taken together, or a threshold. */
export const labelKey = /^(?:[1-9][0-9]{0,4}(?:\+[1-9][0-9]{0,4})*|>=[0-9]+(?:\.[0-9]+)?)$/;

const labels: Check = (value, add) => {
  if (!isObject(value) || Object.keys(value).length === 0) return 'must be an object such as { "1": "tumor" }';
  for (const [key, name] of Object.entries(value)) {
    if (!labelKey.test(key)) {
      add(key, name, "must be a whole number from 1 (`1`), several together (`1+2`) or a threshold (`>=128`)");
    }
    const what = text(name, add);
    if (what) add(key, name, what);
  }
  return null;
};

const slices: Check = (value) => {
  if (!Array.isArray(value))
    return (
      oneOf(["truth", "largest", "all"])(value, () => undefined) &&
      "must be truth, largest, all or a list of slice numbers"
    );
  const whole = value.every((entry) => Number.isInteger(entry) && entry >= 0);
  return whole && value.length > 0 && new Set(value).size === value.length
    ? null
    : "must list different whole numbers from 0";
};

const slicing = record({ plane: oneOf(planes), slices, minPixels: count(1) });

const window: Check = (value, add) => {
  const presets = ["auto", ...Object.keys(windowPresets)];
  if (typeof value === "string") return oneOf(presets)(value, add);
  if (!isObject(value)) return "must be a preset's name or an object";
  if ("percentiles" in value) {
    const pair: Check = (entry) =>
      Array.isArray(entry) && entry.length === 2 && entry.every((percent) => percent >= 0 && percent <= 100)
        ? null
        : "must be two numbers from 0 to 100";
    return record({ percentiles: pair, ignoreZero: flag })(value, add);
  }
  const positive: Check = (entry) => (typeof entry === "number" && entry > 0 ? null : "must be a number above 0");
  return "width" in value || "level" in value
    ? record({ width: positive, level: number }, ["width", "level"])(value, add)
    : record({ low: number, high: number }, ["low", "high"])(value, add);
};

const shared = {
  modality: oneOf(modalities),
  labels,
  otherLabels: oneOf(otherLabelRules),
  slicing,
  license: text,
  source: text,
  split: oneOf(splits),
};
const fileFields = { path: text, sha256, frame: count(0) };

const caseFields = {
  id: pattern(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be letters, digits, dots, dashes and underscores"),
  title: text,
  subject: text,
  image: record({ ...fileFields, window, orientation: oneOf(orientationRules) }, ["path"]),
  truth: record({ ...fileFields, made: oneOf(truthOrigins), note: anyText, instances: flag }, ["path", "made"]),
  notes: anyText,
  ...shared,
};

/** Fields a case must have, itself or through the defaults. */
const caseNeeds = ["id", "image", "truth"];
const sharedNeeds = ["modality", "labels", "license", "split"];

/**
 * Everything wrong with a manifest, in the order of the file; empty when it is good. The JSON Schema beside the samples
 * says the same.
 */
export function manifestProblems(json: unknown): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const adder = (where: string) => (field: string, value: unknown, what: string) => {
    problems.push({ where: where ? `${where}: ${field}` : field, field, value, what });
  };
  if (!isObject(json)) return [{ where: "the file", field: "", value: json, what: "must be a JSON object" }];
  const format: Check = (value) => (value === manifestFormat ? null : `must be ${show(manifestFormat)}`);
  const cases: Check = (value) =>
    Array.isArray(value) && value.length > 0 ? null : "must be a list of at least one case";
  const top = { $schema: anyText, format, name: text, description: anyText, defaults: record(shared), cases };
  record(top, ["format", "name", "cases"])(json, adder(""));
  const defaults = isObject(json.defaults) ? json.defaults : {};
  const entries = Array.isArray(json.cases) ? json.cases : [];
  entries.forEach((entry: unknown, n) => {
    const add = adder(`cases[${n}]${isObject(entry) && typeof entry.id === "string" ? ` ${show(entry.id)}` : ""}`);
    const needs = [...caseNeeds, ...sharedNeeds.filter((name) => defaults[name] === undefined)];
    const what = record(caseFields, needs)(entry, add);
    if (what) add("entry", entry, what);
    if (isObject(entry)) checkTogether({ ...defaults, ...entry }, add);
  });
  const firstOf = new Map<unknown, number>();
  entries.forEach((entry: unknown, n) => {
    const id = isObject(entry) ? entry.id : undefined;
    const first = firstOf.get(id);
    if (first === undefined) firstOf.set(id, n);
    else if (id !== undefined) adder(`cases[${n}]`)("id", id, `is that of cases[${first}] already`);
  });
  checkSubjects(
    entries.map((entry: unknown) => (isObject(entry) ? { ...defaults, ...entry } : {})),
    adder,
  );
  return problems;
}

/** Checks that JSON Schema cannot express well: consistency between fields. */
function checkTogether(entry: Fields, add: (field: string, value: unknown, what: string) => void): void {
  if (!isObject(entry.labels)) return;
  const keys = Object.keys(entry.labels);
  const thresholds = keys.filter((key) => key.startsWith(">="));
  if (thresholds.length > 0 && keys.length > 1) {
    add("labels", entry.labels, "may hold whole numbers or one threshold, not both");
  }
  const numbers = keys.flatMap((key) => (key.startsWith(">=") ? [] : key.split("+")));
  const twice = numbers.find((label, n) => numbers.indexOf(label) < n);
  if (twice !== undefined) {
    add(
      "labels",
      entry.labels,
      `may name the number ${twice} once; make a case of its own for each overlapping region`,
    );
  }
  const large = numbers.find((label) => Number(label) > 65535);
  if (large !== undefined) add("labels", entry.labels, `may hold numbers up to 65535, not ${large}`);
  if (isObject(entry.truth) && entry.truth.instances === true && !(keys.length === 1 && keys[0] === ">=1")) {
    add("labels", entry.labels, 'must be { ">=1": name } where truth.instances is true');
  }
  const { image } = entry;
  if (isObject(image) && isObject(image.window) && typeof image.window.low === "number") {
    if (!(image.window.low < (image.window.high as number)))
      add("image.window", image.window, "must have low below high");
  }
  if (isObject(image) && isObject(image.window) && Array.isArray(image.window.percentiles)) {
    const [low, high] = image.window.percentiles;
    if (!(low < high)) add("image.window.percentiles", image.window.percentiles, "must ascend");
  }
}

/** One patient in two splits would let a model be tested on what it was trained on. */
function checkSubjects(
  entries: readonly Fields[],
  adder: (where: string) => (field: string, value: unknown, what: string) => void,
): void {
  const splitOf = new Map<unknown, unknown>();
  entries.forEach(({ subject, split, id }, n) => {
    if (typeof subject !== "string") return;
    const known = splitOf.get(subject);
    if (known === undefined) splitOf.set(subject, split);
    else if (known !== split) {
      adder(`cases[${n}] ${show(id)}`)(
        "subject",
        subject,
        `is in the split ${show(known)} already, so it cannot be in ${show(split)}`,
      );
    }
  });
}
