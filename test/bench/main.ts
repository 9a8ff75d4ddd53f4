import { writeFile } from "node:fs/promises";
import { benchEvaluate } from "./evaluate.js";
import { benchEverything } from "./everything.js";
import { asJson, beginBenchmark, hasFigures, machine, table } from "./figures.js";
import { benchKernel } from "./kernel.js";
import { benchMetrics } from "./metrics.js";
import { benchModel } from "./model.js";
import { endPeers } from "./peer.js";
import { benchPropagation } from "./propagation.js";
import { benchTrain } from "./train.js";
import { benchVitB } from "./vit-b.js";
import { benchVolume } from "./volume.js";

export interface BenchSettings {
  readonly root: string;
  /** The Python of the benchmark's own environment (test/bench/requirements.txt). */
  readonly python: string;
  /** The wheel that holds LiteMedSAM. */
  readonly wheel: string;
}

/** The benchmarks whose peers are Python's. */
const withPython: ReadonlySet<string> = new Set([
  "model",
  "vit-b",
  "everything",
  "train",
  "metrics",
  "evaluate",
  "kernel",
]);

/** The benchmarks by name; each measures its peer in the same run. */
const benchmarks: Readonly<Record<string, (settings: BenchSettings) => Promise<void>>> = {
  model: ({ root, python, wheel }) => benchModel(root, python, wheel),
  "vit-b": ({ root, python }) => benchVitB(root, python),
  everything: ({ root, python, wheel }) => benchEverything(root, python, wheel),
  train: ({ root, python, wheel }) => benchTrain(root, python, wheel),
  metrics: ({ root, python }) => benchMetrics(root, python),
  evaluate: ({ root, python, wheel }) => benchEvaluate(root, python, wheel),
  kernel: ({ root, python }) => benchKernel(root, python),
  clicks: async () => (await import("./browser.js")).benchClicks(),
  ahead: async () => (await import("./browser.js")).benchLookAhead(),
  large: async () => (await import("./large-volume.js")).benchLargeVolume(),
  volume: () => benchVolume(),
  propagation: () => benchPropagation(),
  looks: async () => (await import("./looks.js")).makeLooks(),
};

export const benchmarkNames = Object.keys(benchmarks);

/** Run when none is named: all that measure, and need no data from elsewhere. */
export const usualNames = benchmarkNames.filter((name) => name !== "looks" && name !== "propagation");

export const needsPython = (names: readonly string[]) => names.some((name) => withPython.has(name));

/**
 * Runs benchmarks one after the other, then prints one table of their figures.
 * @param json a file for the figures
 */
export async function runBenchmarks(names: readonly string[], settings: BenchSettings, json?: string): Promise<void> {
  try {
    for (const name of names) {
      beginBenchmark(name);
      await benchmarks[name](settings);
      // After each, so that a later one that fails does not lose them.
      if (json !== undefined) await writeFile(json, asJson());
    }
  } finally {
    endPeers();
  }
  if (hasFigures()) console.log(`\n${table()}\n\n${machine()}`);
}
