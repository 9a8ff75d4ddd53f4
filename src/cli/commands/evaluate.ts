import { rm } from "node:fs/promises";
import { isSamlabError, SamlabError } from "../../core/errors.js";
import { splits } from "../../datasets/manifest/types.js";
import { maskPolicies } from "../../evaluate/choose-mask.js";
import { evaluate } from "../../evaluate/evaluate.js";
import type { EvaluateOptions } from "../../evaluate/options.js";
import { strategyNames } from "../../evaluate/prompts/parse-strategy.js";
import { cvpr24Laptop, type EvaluationPreset, mazurowski, samSzu } from "../../evaluate/prompts/presets.js";
import { checkRowsPath } from "../../evaluate/result/evaluation-result.js";
import { volumeModifiers, volumeStrategyNames } from "../../evaluate/volume/volume-strategy.js";
import { distanceDefinitions } from "../../metrics/distance-definition.js";
import { defaultModel } from "../../predict/catalog.js";
import type { Arguments } from "../arguments.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import {
  adaptedModel,
  adapterOptionsOf,
  checkpointFiles,
  deviceNames,
  modelOptions,
  modelsToLoad,
} from "../model-options.js";
import { progressLine } from "../progress-line.js";
import { reportResult } from "../report.js";

const presets = { samSzu: () => samSzu(), mazurowski: () => mazurowski(), cvpr24Laptop: () => cvpr24Laptop() };
const presetNames = ["samSzu", "mazurowski", "cvpr24Laptop"] as const;

export const evaluateCommand: Command = {
  name: "evaluate",
  usage: "MANIFEST --model M --prompt P [options]",
  summary:
    "Scores models on a data set (a manifest, `samples`, `sarcoma`, or `volumes`): a row for each case, slice, object, prompt and model.",
  options: {
    model: { value: "NAME", help: `Name or checkpoint (default ${defaultModel}).`, multiple: true },
    ...modelOptions,
    adapter: {
      value: "FILE",
      help: "A fine-tuned model: its adapter, on the model it was trained on, or BASE=FILE where that lies elsewhere.",
      multiple: true,
    },
    prompt: { value: "STRATEGY", help: "How to prompt (default box); see below.", multiple: true },
    volume: {
      value: "STRATEGY",
      help: "How to go through volumes as a whole, scored in 3D; alone, slices have no rows. See below.",
      multiple: true,
    },
    policy: { value: "NAME", help: "Which mask is scored: first (default), predicted-iou, oracle.", multiple: true },
    preset: { value: "NAME", help: "A study's protocol: samSzu, mazurowski or cvpr24Laptop." },
    out: { value: "FILE", help: "Rows, as .csv, .arrow, .json or .ndjson." },
    json: { value: "FILE", help: "Summary, as JSON." },
    store: {
      value: "FILE",
      help: "Where results are kept as they come (default beside --out, until nothing is left to do or failed).",
    },
    workers: {
      value: "N",
      help: "Worker processes (default 1); auto: on the CPU one for each core, as memory and cases allow.",
    },
    shard: { value: "I/N", help: "Only the I-th of N shares of the cases; needs --store. samlab merge joins them." },
    seed: { value: "N", help: "Of random prompts and of the intervals (default 0)." },
    device: { value: "NAME", help: "auto, cuda, webgpu or cpu." },
    per: { value: "KIND", help: "What one object is: label, component or instance." },
    definition: {
      value: "NAME",
      help: "Of distances: surface-distance, medpy, monai (default: of the preset, else surface-distance).",
    },
    tolerance: { value: "MM", help: "Of NSD (default 2)." },
    empty: { value: "RULE", help: "Distances of empty predictions: nan (default), worst, szu." },
    split: { value: "NAME", help: "Only cases for this: train, validation or test.", multiple: true },
    limit: { value: "N", help: "Only the first N cases." },
    quiet: { help: "Show notes but no progress." },
  },
  notes: [
    `Strategies:\n${Object.entries(strategyNames)
      .map(([name, meaning]) => `  ${name.padEnd(28)}${meaning}`)
      .join("\n")}`,
    `Strategies for volumes:\n${Object.entries(volumeStrategyNames)
      .map(([name, meaning]) => `  ${name.padEnd(28)}${meaning}`)
      .join("\n")}\n  After it: ${volumeModifiers}.`,
    "To compare a fine-tuned model with its base: --model lite-medsam --adapter white-matter.safetensors --split test.",
    "To resume a stopped run, give the same command again. As an array job: --shard 3/10 --store part3.ndjson.",
  ],
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const [manifest, ...more] = given.positionals;
  if (manifest === undefined || more.length > 0) {
    throw new SamlabError("argument-invalid", `evaluate takes one manifest, not ${given.positionals.length}.`, {
      field: "MANIFEST",
      remedy: "For example: samlab evaluate manifest.json --model lite-medsam-clicks --prompt box",
    });
  }
  const [out, json, shard] = ["out", "json", "shard"].map(given.text);
  if (out !== undefined) checkRowsPath(out);
  const adapters = given.texts("adapter").map(adaptedModel);
  const checkpoints = [...given.texts("model"), ...adapters.map(({ model }) => model)];
  await checkOutputs({ "--out": out, "--json": json, "--store": given.text("store") }, [
    manifest,
    ...checkpoints.flatMap((model) => checkpointFiles(given, model)),
    ...adapters.flatMap(({ adapter }) => (typeof adapter === "string" ? [adapter] : [])),
  ]);
  if (shard !== undefined && given.text("store") === undefined) {
    throw new SamlabError(
      "argument-invalid",
      "--shard needs --store: the shares' stores are what samlab merge joins.",
      {
        field: "--store",
      },
    );
  }
  const store = given.text("store") ?? (out === undefined ? undefined : `${out}.store.ndjson`);
  const line = progressLine(console);
  const finished = await evaluate({
    ...optionsOf(given, manifest),
    ...(store === undefined ? {} : { store }),
    signal: console.signal,
    onProgress: (progress) => {
      if (progress.note !== "" || !given.flag("quiet")) line.show(progress);
    },
  }).catch((error: unknown) => {
    line.end();
    if (isSamlabError(error, "canceled") && store !== undefined) {
      console.err(`Finished work is kept in ${store}: give the same command again to resume.\n`);
    }
    throw error;
  });
  line.end();
  await reportResult(finished, { out, json }, console);
  if (finished.failures.length > 0) {
    if (store !== undefined) {
      console.err(`Finished work is kept in ${store}: give the same command again to try only what failed.\n`);
    }
    return exitCodes.someFailed;
  }
  // A temporary store is not needed once all rows are written.
  if (store !== undefined && given.text("store") === undefined) await rm(store, { force: true });
  return exitCodes.ok;
}

function presetOf(given: Arguments): EvaluationPreset | undefined {
  const name = given.choice("preset", presetNames);
  return name === undefined ? undefined : presets[name]();
}

function optionsOf(given: Arguments, data: string): EvaluateOptions {
  const preset = presetOf(given);
  const [prompts, volume] = [given.texts("prompt"), given.texts("volume")];
  const policies = given.choices("policy", maskPolicies);
  const wanted = given.choices("split", splits);
  const adapters = given.texts("adapter").map((text) => ({ ...adaptedModel(text), ...adapterOptionsOf(given) }));
  const named = given.texts("model");
  const models = modelsToLoad(named.length + adapters.length > 0 ? named : [defaultModel], given, adapters.length);
  return {
    data,
    models: [...models, ...adapters],
    preset,
    prompts: prompts.length > 0 ? prompts : preset || volume.length > 0 ? undefined : ["box"],
    volume: volume.length > 0 ? volume : undefined,
    policy: policies.length > 0 ? policies : undefined,
    per: given.choice("per", ["label", "component", "instance"]),
    definition: given.choice("definition", distanceDefinitions),
    nsdTolerance: given.number("tolerance"),
    empty: given.choice("empty", ["nan", "worst", "szu"]),
    seed: given.number("seed"),
    device: given.choice("device", deviceNames),
    split: wanted.length > 0 ? wanted : undefined,
    limit: given.number("limit"),
    workers: given.text("workers") === "auto" ? "auto" : given.number("workers"),
    shard: given.text("shard"),
  };
}
