import { posix } from "node:path";
import { show } from "../../core/errors.js";
import type { Case, ManifestJson } from "./generated/manifest-json.js";
import { shapeProblems } from "./shape.js";

/** One thing wrong with a manifest: where (`cases[2] "brain1": truth.made`) and what. */
export interface ManifestProblem {
  readonly where: string;
  readonly field: string;
  readonly value: unknown;
  readonly what: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Add = (field: string, value: unknown, what: string) => void;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A case's fields with the defaults: what the schema asks for, and what either may give. */
export type CompleteCase = Case & Required<Pick<Case, (typeof sharedNeeds)[number]>>;

/** Fields a case must have, itself or through the defaults. */
const sharedNeeds = ["modality", "labels", "license", "split"] as const;

/** Everything wrong with a manifest, in the order of the file; empty when it is good. */
export async function manifestProblems(json: unknown): Promise<ManifestProblem[]> {
  const found: (ManifestProblem & { readonly n: number })[] = [];
  const given: readonly unknown[] = isObject(json) && Array.isArray(json.cases) ? json.cases : [];
  const adder =
    (n: number): Add =>
    (field, value, what) => {
      const entry = given[n];
      const id = isObject(entry) && typeof entry.id === "string" ? ` ${show(entry.id)}` : "";
      const where = n < 0 ? field || "the file" : `cases[${n}]${id}: ${field}`;
      found.push({ n, where, field, value, what });
    };
  const shape = await shapeProblems(json);
  for (const { path, value, what } of shape) {
    const isInCase = path[0] === "cases" && path.length > 1;
    const add = adder(isInCase ? Number(path[1]) : -1);
    if (isInCase) add(fieldOf(given[Number(path[1])], path.slice(2)) || "entry", value, what);
    else add(fieldOf(json, path), value, what);
  }
  // The checks between fields take the shape for granted: that of the file here, that of each case there.
  const isFileSound = shape.every(({ path }) => path[0] !== "defaults" && path.length > (path[0] === "cases" ? 1 : 0));
  if (isFileSound) {
    const faulty = new Set(found.map(({ n }) => n));
    checkConsistency(json as ManifestJson, faulty, adder);
  }
  return found.sort((a, b) => a.n - b.n).map(({ n, ...problem }) => problem);
}

/** `slicing.slices[1]`, `labels.1`: numbers are indices where a list is. */
function fieldOf(from: unknown, path: readonly string[]): string {
  let [text, value] = ["", from];
  for (const step of path) {
    text += Array.isArray(value) ? `[${step}]` : text === "" ? step : `.${step}`;
    value = (value as Fields | undefined)?.[step];
  }
  return text;
}

/** What JSON Schema cannot express well: consistency between fields and between cases. */
function checkConsistency(
  { defaults = {}, cases }: ManifestJson,
  faulty: ReadonlySet<number>,
  adder: (n: number) => Add,
) {
  const firstOf = new Map<string, number>();
  const splitOf = new Map<string, string>();
  const splitOfFile = new Map<string, string>();
  cases.forEach((entry, n) => {
    if (!isObject(entry)) return;
    const add = adder(n);
    const complete = { ...defaults, ...entry };
    const missing = sharedNeeds.filter((name) => complete[name] === undefined);
    for (const name of missing) add(name, undefined, "is missing");
    const first = firstOf.get(entry.id);
    if (first !== undefined) add("id", entry.id, `is that of cases[${first}] already`);
    else if (entry.id !== undefined) firstOf.set(entry.id, n);
    if (missing.length > 0 || faulty.has(n)) return;
    const { subject, split, image } = complete as CompleteCase;
    checkLabels(complete as CompleteCase, add);
    checkWindow(complete.image, add);
    for (const [what, id] of [
      ["path", posix.normalize(image.path)],
      ["sha256", image.sha256],
    ] as const) {
      if (id === undefined) continue;
      const other = splitOfFile.get(id) ?? split;
      splitOfFile.set(id, other);
      if (other !== split) {
        add(`image.${what}`, id, `is in the split ${show(other)} already, so it cannot be in ${show(split)}`);
      }
    }
    if (subject === undefined) return;
    // One patient in two splits would let a model be tested on what it was trained on.
    const known = splitOf.get(subject) ?? split;
    splitOf.set(subject, known);
    if (known !== split) {
      add("subject", subject, `is in the split ${show(known)} already, so it cannot be in ${show(split)}`);
    }
  });
}

function checkLabels({ labels, truth }: CompleteCase, add: Add): void {
  const keys = Object.keys(labels);
  const wrong = (what: string) => add("labels", labels, what);
  if (keys.some((key) => key.startsWith(">=")) && keys.length > 1) {
    wrong("may hold whole numbers or one threshold, not both");
  }
  const numbers = keys.flatMap((key) => (key.startsWith(">=") ? [] : key.split("+")));
  const twice = numbers.find((label, n) => numbers.indexOf(label) < n);
  if (twice !== undefined) {
    wrong(`may name the number ${twice} once; make a case of its own for each overlapping region`);
  }
  const large = numbers.find((label) => Number(label) > 65535);
  if (large !== undefined) wrong(`may hold numbers up to 65535, not ${large}`);
  if (truth.instances && !(keys.length === 1 && keys[0] === ">=1")) {
    wrong('must be { ">=1": name } where truth.instances is true');
  }
}

function checkWindow({ window }: Case["image"], add: Add): void {
  if (typeof window !== "object") return;
  if ("low" in window && !(window.low < window.high)) add("image.window", window, "must have low below high");
  if ("percentiles" in window) {
    const [low, high] = window.percentiles;
    if (!(low < high)) add("image.window.percentiles", window.percentiles, "must ascend");
  }
}
