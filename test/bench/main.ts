import { benchKernel } from "./kernel.js";
import { benchModel } from "./model.js";

export interface BenchSettings {
  readonly root: string;
  /** The Python of the benchmark's own environment (test/bench/requirements.txt). */
  readonly python: string;
  /** The wheel that holds LiteMedSAM. */
  readonly wheel: string;
}

/** The benchmarks by name; each measures its peer in the same run. */
const benchmarks: Readonly<Record<string, (settings: BenchSettings) => Promise<void>>> = {
  model: ({ root, python, wheel }) => benchModel(root, python, wheel),
  kernel: ({ root, python }) => benchKernel(root, python),
  browser: async ({ root }) => (await import("./browser.js")).benchBrowser(root),
};

export const benchmarkNames = Object.keys(benchmarks);

export async function runBenchmarks(names: readonly string[], settings: BenchSettings): Promise<void> {
  for (const name of names) await benchmarks[name](settings);
}
