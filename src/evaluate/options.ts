import { SamlabError, show } from "../core/errors.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";
import { type Manifest, type ManifestCase, type Split, splits } from "../datasets/manifest/types.js";
import { namedCases } from "../datasets/samples.js";
import { type DistanceDefinition, distanceDefinitions } from "../metrics/distance-definition.js";
import type { EmptyDistanceRule } from "../metrics/scores.js";
import type { Adapter } from "../models/adapter.js";
import { type AutomaskSettings, automaskSettings } from "../predict/automask/options.js";
import type { CheckpointOptions } from "../predict/model-files.js";
import type { Sam } from "../predict/sam.js";
import type { Sam3d } from "../predict/sam3d.js";
import type { Device } from "../runtime/provider.js";
import { maskPolicies } from "./choose-mask.js";
import { parseStrategy } from "./prompts/parse-strategy.js";
import type { EvaluationPreset } from "./prompts/presets.js";
import { viewOf } from "./run/preset-view.js";
import type { UnitSettings } from "./run/settings.js";
import type { Shard } from "./store/store-file.js";
import type { MaskPolicy, PromptStrategy } from "./types.js";
import { parseVolumeStrategy } from "./volume/volume-strategy.js";

/** One, or a list of them. */
export type OneOrMore<T> = T | readonly T[];

/** A model and the options that `loadSam` loads it with. At least one of `model` and `adapter` is required. */
export interface ModelToLoad extends CheckpointOptions {
  /** Name or path. Default: the model that the adapter was trained on. */
  readonly model?: string | undefined;
  /** An adapter made by fine-tuning, or the path of a saved one. */
  readonly adapter?: Adapter | string | undefined;
}

/**
 * A name from the catalog, a checkpoint's path, a loaded model (such as a fine-tuned one), or a model to load, such as
 * a base with an adapter. Models for volumes (`loadSam3d`) have rows for `volume` with the rule `volume` alone.
 */
export type EvaluatedModel = string | Sam | Sam3d | ModelToLoad;

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** One model or several. */
  readonly models: OneOrMore<EvaluatedModel>;
  /**
   * A manifest's path, a manifest, a list of cases, or the samples that come with samlab: the function `samples`, or
   * the name `samples`, `sarcoma`, or `volumes`.
   */
  readonly data: string | Manifest | readonly ManifestCase[] | (() => Promise<readonly ManifestCase[]>);
  /** Only the cases of this split, or of these splits. Default: all. */
  readonly split?: OneOrMore<Split> | undefined;
  /** Strategies by name (`box`, `points:1`, `clicks:9` …) or custom ones. Optional with a preset that names them. */
  readonly prompts?: OneOrMore<string | PromptStrategy> | undefined;
  /**
   * Strategies for volumes as a whole, by name: `propagate:box`, `propagate:click`, `propagate:box+corrections:3` …,
   * with a rule (`,laptop`) or with the first and last slice given (`,range`). Each object of each volume then has rows
   * with 3D scores, whose slice is −1. With `volume` and no `prompts`, slices have no rows.
   */
  readonly volume?: OneOrMore<string> | undefined;
  /**
   * A study's protocol, `samSzu()`, `mazurowski()` or `cvpr24Laptop()`: its prompts, policy, objects, window, unit, and
   * rule for empty masks. Other options override it.
   */
  readonly preset?: EvaluationPreset | undefined;
  /**
   * Which of the model's masks is scored. Each policy of a list gets its own rows. Default `first`. Everything mode
   * always uses `oracle`.
   */
  readonly policy?: OneOrMore<MaskPolicy> | undefined;
  /** What one object is. Default `auto`: instances if the truth has them, otherwise all of a label. */
  readonly per?: "auto" | "label" | "component" | "instance" | undefined;
  /** Least pixels of an object on a slice. Default: the manifest's rule. */
  readonly minPixels?: number | undefined;
  /** Definition of surface distances. Default `surface-distance`, or that of the preset's study. */
  readonly definition?: DistanceDefinition | undefined;
  /** In mm, or in pixels if the image has no spacing. Default 2. */
  readonly nsdTolerance?: number | undefined;
  /** Distances of empty predictions. Default `nan`. */
  readonly empty?: EmptyDistanceRule | undefined;
  /** Settings of everything mode that differ from segment-anything's. */
  readonly automask?: Partial<AutomaskSettings> | undefined;
  /** Seed of random prompts and of the bootstrap. Default 0. */
  readonly seed?: number | undefined;
  /** Default: as `loadSam`. */
  readonly device?: Device | undefined;
  /** Only this many cases, from the first. */
  readonly limit?: number | undefined;
  /** A file to which results are added as they come. A run that was stopped resumes from it. */
  readonly store?: string | undefined;
  /**
   * Worker processes. Default 1: this process. ONNX Runtime's threads are divided among them. `auto`: on the CPU, one
   * for each core, but no more than there are cases and 3 GB of free memory for each; otherwise 1.
   */
  readonly workers?: number | "auto" | undefined;
  /** `i/n`: the i-th of n shares of the cases, for array jobs. `mergeStores` merges their stores. */
  readonly shard?: string | undefined;
  /** Stops the run. Results in `store` stay, and the same call resumes from there. */
  readonly signal?: AbortSignal | undefined;
  /** Called as results come. */
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

/** Progress of a run. */
export interface EvaluationProgress {
  /** Cases that are finished. */
  readonly casesDone: number;
  /** Cases of this run. */
  readonly cases: number;
  /** Units (case × slice × model) finished by this run. */
  readonly units: number;
  /** Speed of this run. */
  readonly unitsPerSecond: number;
  /** Rows so far, including those of earlier runs. */
  readonly rows: number;
  /** Rows without scores so far. */
  readonly failures: number;
  /** Completed fraction of this run, 0 to 1; each case counts the same. */
  readonly fraction: number;
  /** NaN until known. */
  readonly secondsLeft: number;
  /** A message to show once; usually empty. */
  readonly note: string;
}

const optionNames: OptionNames<EvaluateOptions> = {
  models: true,
  data: true,
  split: true,
  prompts: true,
  volume: true,
  preset: true,
  policy: true,
  per: true,
  minPixels: true,
  definition: true,
  nsdTolerance: true,
  empty: true,
  automask: true,
  seed: true,
  device: true,
  limit: true,
  store: true,
  workers: true,
  shard: true,
  signal: true,
  onProgress: true,
};

/**
 * The checked settings, with defaults filled in.
 * @throws {SamlabError} `argument-invalid` naming the option
 */
export function settingsOf(options: EvaluateOptions): UnitSettings {
  checkOptionNames("evaluate", options, optionNames);
  const { preset, nsdTolerance = 2, seed = 0 } = options;
  const definition = options.definition ?? preset?.scores.definition ?? "surface-distance";
  const per = options.per ?? preset?.objects.per ?? "auto";
  const minPixels = options.minPixels ?? preset?.objects.minPixels ?? null;
  const empty = options.empty ?? (preset?.scores.emptyDistance.oneEmpty === 0 ? "szu" : "nan");
  oneOf("per", per, ["auto", "label", "component", "instance"]);
  oneOf("definition", definition, distanceDefinitions);
  oneOf("empty", empty, ["nan", "worst", "szu"]);
  if (minPixels !== null) whole("minPixels", minPixels, 1);
  whole("seed", seed, 0);
  if (!(nsdTolerance >= 0 && Number.isFinite(nsdTolerance))) {
    throw invalid("nsdTolerance", nsdTolerance, "Give a distance from 0.");
  }
  const prompts = list<string | PromptStrategy>(options.prompts ?? preset?.prompts ?? []);
  const volumeStrategies = list(options.volume ?? preset?.volume ?? []).map(parseVolumeStrategy);
  const strategies = prompts.map(strategyOf);
  const policies = list(options.policy ?? preset?.policy ?? "first");
  for (const policy of policies) oneOf("policy", policy, maskPolicies);
  if (strategies.length > 0 || volumeStrategies.length === 0) distinct("prompts", namesOf(strategies));
  if (volumeStrategies.length > 0) distinct("volume", namesOf(volumeStrategies));
  distinct("policy", policies);
  const automask = options.automask ?? {};
  automaskSettings(automask, "CPU");
  const view = viewOf(preset);
  const { nsdRule, overlaps } = preset?.scores ?? {};
  const rules = { per, definition, nsdTolerance, empty, minPixels, unit: view.unit, window: view.name };
  // Only if there is one: plans of earlier versions stay valid.
  const scoring = { ...rules, ...(nsdRule ? { nsdRule } : {}), ...(overlaps ? { overlaps } : {}) };
  return {
    strategies,
    policies,
    volumeStrategies,
    slicesOfVolumes: options.prompts !== undefined || !preset?.volume,
    isTimed: preset?.isTimed ?? false,
    scoring,
    automask,
    seed,
    window: view.window,
  };
}

/** Options from JSON are not type-checked. */
function strategyOf(prompt: string | PromptStrategy): PromptStrategy {
  if (typeof prompt === "string") return parseStrategy(prompt);
  if (typeof prompt?.name === "string" && asked.has(prompt.asks) && typeof prompt.start === "function") return prompt;
  const remedy = "Give a strategy's name, such as box or clicks:5, or an object with name, asks, firstMask, and start.";
  throw invalid("prompts", prompt, remedy);
}

const asked: ReadonlySet<unknown> = new Set<PromptStrategy["asks"]>(["prompts", "everything", "nothing"]);

const namesOf = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

/** The cases to evaluate. @throws {SamlabError} as `readManifest`; `argument-invalid` */
export async function casesOf({ data, split, limit, signal }: EvaluateOptions): Promise<readonly ManifestCase[]> {
  if (limit !== undefined) whole("limit", limit, 1);
  const wanted = split === undefined ? splits : list(split);
  for (const one of wanted) oneOf("split", one, splits);
  const all = await readCases(data, signal);
  const cases = all.filter((entry) => wanted.includes(entry.split));
  if (cases.length === 0 && all.length > 0) {
    const there = splits.filter((one) => all.some((entry) => entry.split === one));
    throw invalid("split", split, `No case is of that split; there are cases of ${there.join(" and ")}.`);
  }
  distinct(
    "data",
    cases.map(({ id }) => id),
  );
  return limit === undefined ? cases : cases.slice(0, limit);
}

async function readCases(
  data: EvaluateOptions["data"],
  signal: AbortSignal | undefined,
): Promise<readonly ManifestCase[]> {
  if (typeof data === "string") return namedCases(data, signal);
  if (typeof data === "function") return data();
  return "cases" in data ? data.cases : data;
}

/** @throws {SamlabError} `argument-invalid` */
export function parseShard(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, count: 1 };
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index >= 1 && index <= count) return { index, count };
  throw invalid("shard", text, "Give i/n with i from 1 to n, e.g. 3/10.");
}

/** Turns one or more items into a list. @throws {SamlabError} `argument-invalid` when there is nothing in it */
export function list<T>(items: OneOrMore<T>): readonly T[] {
  return Array.isArray(items) ? items : [items as T];
}

export function whole(field: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw invalid(field, value, `Give a whole number from ${least}.`);
}

export function distinct(field: string, names: readonly string[]): void {
  if (names.length === 0) throw invalid(field, names, "Give at least one.");
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw invalid(field, twice, "It is listed twice: give each once.");
}

function oneOf(field: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw invalid(field, value, `Use ${choices.join(", ")}.`);
}

function invalid(field: string, value: unknown, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", `${field} cannot be ${show(value)}.`, { field, value, remedy });
}
