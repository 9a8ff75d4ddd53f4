import { dirname } from "node:path";
import { didYouMean } from "../../core/did-you-mean.js";
import { isSamlabError, SamlabError, show } from "../../core/errors.js";
import { loadCase } from "../../datasets/case.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import { namedCases } from "../../datasets/samples.js";
import { finetune } from "../../finetune/finetune.js";
import { trainingSlices } from "../../finetune/slices.js";
import type { FinetuneOptions, FinetuneProgress, TrainingCase } from "../../finetune/types.js";
import { cacheFolder } from "../../io/files/cache-folder.js";
import { makeFolder } from "../../io/files/make-folder.js";
import type { Adapter } from "../../models/adapter.js";
import { defaultModel } from "../../predict/catalog.js";
import { loadSam } from "../../predict/load-sam.js";
import { type RecipeName, recipeNames } from "../../train/recipes.js";
import type { Schedule } from "../../train/schedule.js";
import { type Arguments, unknown } from "../arguments.js";
import { augmentHelp, augmentOption } from "../augment-option.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { checkpointFiles, deviceNames, modelOptions, modelOptionsOf } from "../model-options.js";
import { duration } from "../progress-line.js";
import { statusLine } from "../status-line.js";

const scheduleNames = ["constant", "cosine", "poly"] as const satisfies readonly Schedule["kind"][];

export const finetuneCommand: Command = {
  name: "finetune",
  usage: "MANIFEST --label NAME --out adapter.safetensors [options]",
  summary:
    "Trains a part of a model on the volumes and pictures of a data set (a manifest, `samples`, `sarcoma`, or `volumes`) and writes an adapter.",
  options: {
    label: { value: "NAME", help: "The object, by name or number; not needed where there is only one." },
    case: {
      value: "ID",
      help: "Train on this case (default: those whose split is train, or all where none is).",
      multiple: true,
    },
    "validation-case": {
      value: "ID",
      help: "Watch this case; the best weights on it are kept (default: those whose split is validation).",
      multiple: true,
    },
    slice: {
      value: "N",
      help: "Train on this axial slice only, from 0 (default: all with the object).",
      multiple: true,
    },
    "min-pixels": { value: "N", help: "Leave out slices with less of the object (default 50)." },
    model: { value: "NAME", help: `Name or checkpoint (default ${defaultModel}).` },
    ...modelOptions,
    recipe: { value: "NAME", help: `What is trained: ${recipeNames.join(", ")} (default maskDecoder).` },
    rank: { value: "N", help: "Of LoRA (default 4)." },
    steps: { value: "N", help: "Optimizer steps (default 120)." },
    lr: { value: "X", help: "Peak learning rate (default: the recipe's)." },
    schedule: { value: "KIND", help: `${scheduleNames.join(", ")} (default constant).` },
    warmup: { value: "N", help: "Steps until the peak (default 0)." },
    augment: { value: "KINDS", help: augmentHelp },
    patience: { value: "N", help: "End after so many validations without a better Dice." },
    "allow-same-patient": { help: "Allow validation on patients that are trained on, which says little about others." },
    seed: { value: "N", help: "Default 0." },
    "save-every": {
      value: "S",
      help: "Seconds between saves of a run, to go on from after it was stopped (default 15).",
    },
    device: { value: "NAME", help: "auto, cuda, webgpu or cpu." },
    out: { value: "FILE", help: "The adapter, .safetensors: only what was trained." },
    quiet: { help: "No progress." },
  },
  notes: [
    "Use the adapter with loadSam(model, { adapter: file }).",
    "To resume a stopped run, give the same command again.",
  ],
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const [manifest, ...more] = given.positionals;
  const out = given.text("out");
  if (manifest === undefined || more.length > 0 || out === undefined) {
    throw new SamlabError("argument-invalid", "finetune takes one manifest and --out.", {
      remedy: 'For example: samlab finetune manifest.json --label "white matter" --out adapter.safetensors',
    });
  }
  if (!out.endsWith(".safetensors")) {
    throw new SamlabError("argument-invalid", `--out must be a .safetensors file, not ${show(out)}.`, {
      field: "--out",
      value: out,
    });
  }
  await checkOutputs({ "--out": out }, checkpointFiles(given, given.text("model")));
  const options = optionsOf(given);
  const { signal } = console;
  const entries = await namedCases(manifest, signal);
  const { train, validation } = chosenCases(entries, given.texts("case"), given.texts("validation-case"));
  const slices = wholeNumbers(given.texts("slice"));
  const cases = await slicesOf(train, given, slices, given.texts("case").length > 0, console);
  const watched = await slicesOf(validation, given, [], given.texts("validation-case").length > 0, console);
  const device = given.choice("device", deviceNames);
  const sam = await loadSam(given.text("model") ?? defaultModel, {
    signal,
    ...(device && { device }),
    ...modelOptionsOf(given),
  });
  for (const note of sam.notes) console.err(`${note}\n`);
  const line = finetuneLine(console);
  try {
    const tuned = await finetune(sam, cases, {
      ...options,
      signal,
      ...(watched.length > 0 ? { validation: watched } : {}),
      ...(given.flag("allow-same-patient") ? { allowSamePatient: true } : {}),
      ...(given.flag("quiet") ? {} : { onProgress: line.show }),
    });
    line.end();
    await save(tuned.adapter, out, console);
    const { history, steps, bestStep, notes } = tuned;
    const best = history.validation.find(({ step }) => step === bestStep);
    const dice = best ? `, validation Dice ${best.dice.toFixed(3)}` : "";
    const images = new Set(cases.map(({ image }) => image)).size;
    const trained = images < cases.length ? `${images} slices with ${cases.length} objects` : `${images} slices`;
    console.out(`${trained}, ${steps} steps, those of step ${bestStep} kept${dice}\n`);
    for (const note of notes) console.err(`${note}\n`);
    console.err(`wrote ${out}\n`);
    await tuned.sam.dispose();
  } finally {
    line.end();
    await sam.dispose();
  }
  return exitCodes.ok;
}

/** Saves the adapter to the cache if it cannot be written to its path, so that the training is not lost. */
async function save(adapter: Adapter, out: string, { signal, err }: Console): Promise<void> {
  try {
    await adapter.save(out, { signal });
  } catch (error) {
    if (isSamlabError(error, "canceled")) throw error;
    const spare = cacheFolder("adapters", `${adapter.hash.slice(0, 16)}.safetensors`);
    const isKept = await makeFolder(dirname(spare))
      .then(() => adapter.save(spare, { signal }))
      .then(
        () => true,
        () => false,
      );
    if (isKept) err(`The adapter is in ${spare}: move it where you want it.\n`);
    throw error;
  }
}

function optionsOf(given: Arguments): FinetuneOptions {
  const recipe = given.choice<RecipeName>("recipe", recipeNames);
  const kind = given.choice("schedule", scheduleNames);
  const warmup = given.number("warmup");
  const numbers = {
    rank: given.number("rank"),
    steps: given.number("steps"),
    learningRate: given.number("lr"),
    patience: given.number("patience"),
    seed: given.number("seed"),
    saveEvery: given.number("save-every"),
  };
  const augment = given.text("augment");
  return {
    ...(augment === undefined ? {} : { augment: augmentOption(augment) }),
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(recipe ? { recipe } : {}),
    ...(kind || warmup !== undefined ? { schedule: { kind: kind ?? "constant", ...(warmup && { warmup }) } } : {}),
  };
}

/** Training and validation cases, which are disjoint; if none are named, those of the manifest's splits. */
function chosenCases(entries: readonly ManifestCase[], training: readonly string[], watched: readonly string[]) {
  const find = (id: string) => {
    const entry = entries.find((candidate) => candidate.id === id);
    if (entry) return entry;
    throw unknown(
      id,
      entries.map((candidate) => candidate.id),
      "case",
    );
  };
  const both = training.find((id) => watched.includes(id));
  if (both !== undefined) {
    throw new SamlabError("argument-invalid", `${show(both)} is in both training and validation.`, {
      field: "--validation-case",
      value: both,
      remedy: "Split by case.",
    });
  }
  const isSplit = entries.some(({ split }) => split === "train");
  const own = isSplit ? entries.filter(({ split }) => split === "train") : entries;
  const train = training.length > 0 ? training.map(find) : own.filter(({ id }) => !watched.includes(id));
  const isNamed = training.length > 0 || watched.length > 0;
  const validation = isSplit && !isNamed ? entries.filter(({ split }) => split === "validation") : watched.map(find);
  return { train, validation };
}

/**
 * The slices of cases with the object, and pictures. A note tells of each case that is left out.
 * @param areNamed whether the cases were chosen by name: then each must have the label
 * @throws {SamlabError} `argument-invalid` where no case has the object
 */
async function slicesOf(
  entries: readonly ManifestCase[],
  given: Arguments,
  slices: readonly number[],
  areNamed: boolean,
  { signal, err }: Console,
): Promise<TrainingCase[]> {
  const label = given.text("label");
  const minPixels = given.number("min-pixels");
  if (minPixels !== undefined && !(Number.isInteger(minPixels) && minPixels > 0)) {
    throw new SamlabError("argument-invalid", `--min-pixels takes a whole number from 1, not ${minPixels}.`, {
      field: "--min-pixels",
      value: minPixels,
    });
  }
  const cases: TrainingCase[] = [];
  const names = new Set<string>();
  const leftOut: { readonly id: string; readonly error: SamlabError }[] = [];
  for (const entry of entries) {
    const loaded = await loadCase(entry, { signal });
    for (const name of loaded.names.values()) names.add(name);
    // A numeric label is used as a number unless a label has that name.
    const isNumber = label !== undefined && ![...loaded.names.values()].includes(label) && /^\d+$/.test(label);
    const count = loaded.kind === "volume" ? loaded.volume.view().count : Number.POSITIVE_INFINITY;
    const there = slices.filter((slice) => slice < count);
    if (there.length > 0 && there.length < slices.length) {
      const missing = slices.filter((slice) => slice >= count);
      err(`${entry.id} has no slice ${missing.join(", ")}: its slices are 0 to ${count - 1}.\n`);
    }
    try {
      cases.push(
        ...trainingSlices(loaded, {
          ...(label === undefined ? {} : { label: isNumber ? Number(label) : label }),
          ...(minPixels === undefined ? {} : { minPixels }),
          ...(slices.length > 0 ? { slices: there.length > 0 ? there : slices } : {}),
        }),
      );
    } catch (error) {
      if (!isSamlabError(error, "argument-invalid")) throw error;
      const why = whyLeftOut(error, label, areNamed);
      if (why === null) throw error;
      leftOut.push({ id: entry.id, error });
      err(`${entry.id} is left out: ${why}.\n`);
    }
  }
  if (cases.length > 0 || leftOut.length === 0) return cases;
  const fields = new Set(leftOut.map(({ error }) => error.field));
  if (fields.has("minPixels")) {
    const small = leftOut.flatMap(({ id, error }) => (error.field === "minPixels" ? [id] : []));
    throw new SamlabError("argument-invalid", `No slice of ${small.join(", ")} has enough of the object.`, {
      field: "--min-pixels",
      value: minPixels,
      remedy: "Lower --min-pixels, or choose another --label.",
    });
  }
  if (label === undefined || !fields.has("label")) throw leftOut[0].error;
  const known = [...names];
  throw new SamlabError("argument-invalid", `No case has the label ${show(label)}.${didYouMean(label, known)}`, {
    field: "--label",
    value: label,
    remedy: `Use one of ${known.join(", ")}.`,
  });
}

/** Why a case is left out; `null` for an error that ends the command. */
function whyLeftOut({ field, value }: SamlabError, label: string | undefined, areNamed: boolean): string | null {
  if (field === "truth") return "it has no object";
  if (field === "index") return `it has no slice ${value}`;
  if (field === "minPixels") return `it nowhere shows ${value} pixels of the object`;
  if (areNamed) return null;
  if (field === "slices") return "it is a picture, without slices";
  return field === "label" && label !== undefined ? `it has no label ${show(label)}` : null;
}

function wholeNumbers(texts: readonly string[]): number[] {
  return texts.map((text) => {
    if (/^\d+$/.test(text)) return Number(text);
    throw new SamlabError("argument-invalid", `--slice needs a whole number from 0, not ${show(text)}.`, {
      field: "--slice",
      value: text,
    });
  });
}

/** Reports training progress; validations are always reported. */
function finetuneLine(console: Console): { show(progress: FinetuneProgress): void; end(): void } {
  const line = statusLine(console);
  return {
    show({ phase, note, secondsLeft }) {
      const isRoutine = phase === "training" || phase === "embedding";
      line.show(secondsLeft > 0 ? `${note}, ${duration(secondsLeft)} left` : note, isRoutine);
    },
    end: line.end,
  };
}
