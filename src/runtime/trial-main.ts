/**
 * Tries the execution providers named on the command line with a small graph, in a separate process: a broken GPU
 * driver may crash or hang it, not the notebook's kernel. Prints one JSON line per provider.
 */

import ort from "onnxruntime-node";
import { messageOf } from "../core/errors.js";
import { loadCuda } from "./cuda.js";
import { ortNames, type Provider } from "./provider.js";
import { longEnough, type TrialResult, trialFlops, trialInput, trialModel, trialSides } from "./trial.js";

ort.env.logLevel = "fatal";

async function attempt(provider: Provider): Promise<TrialResult> {
  let gflops: number | null = null;
  let row: number[] = [];
  try {
    const problem = provider === "CUDA" ? loadCuda() : "";
    if (problem) return { provider, gflops, row, error: problem };
    for (const side of trialSides) {
      const options = { executionProviders: [ortNames[provider]], logSeverityLevel: 4 } as const;
      const session = await ort.InferenceSession.create(trialModel(side), options);
      const feeds = { x: new ort.Tensor("float32", trialInput(side), [side, side]) };
      // The first run compiles shaders and allocates.
      await session.run(feeds);
      const start = performance.now();
      const { y } = await session.run(feeds);
      const values = (await y.getData()) as Float32Array;
      const milliseconds = performance.now() - start;
      if (row.length === 0) row = [...values];
      gflops = trialFlops(side) / milliseconds / 1e6;
      if (milliseconds > longEnough) break;
    }
    return { provider, gflops, row, error: "" };
  } catch (error) {
    return { provider, gflops, row, error: messageOf(error) };
  }
}

for (const provider of process.argv.slice(2)) {
  process.stdout.write(`${JSON.stringify(await attempt(provider as Provider))}\n`);
}
