import ort from "onnxruntime-node";
import { ortNames, type Provider } from "./provider.js";
import type { Outputs, RunTensor } from "./tensor.js";

export function sessionOptions({
  provider,
  threads,
  planMemory,
}: {
  readonly provider: Provider;
  readonly threads: number;
  readonly planMemory: boolean;
}): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [ortNames[provider]],
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
    enableMemPattern: planMemory,
    logSeverityLevel: 4,
    // Threads that keep spinning after a run would take CPU time from the page that displays the result.
    extra: {
      session: { force_spinning_stop: "1" },
      // On the CPU the fused operator takes four times as long as the addition and the normalization.
      ...(provider === "CPU" ? { optimization: { disable_specified_optimizers: "SkipLayerNormFusion" } } : {}),
    },
  };
}

/** Runs a graph from plain tensors to plain tensors. */
export async function runGraph(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, RunTensor>>,
): Promise<{ outputs: Outputs; milliseconds: number }> {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]));
  const start = performance.now();
  const results = await session.run(inputs);
  const milliseconds = performance.now() - start;
  const outputs: Record<string, RunTensor> = {};
  for (const [name, tensor] of Object.entries(results)) outputs[name] = await plain(tensor);
  return { outputs, milliseconds };
}

/** A copy that is not tied to ONNX Runtime. */
export async function plain(tensor: ort.Tensor): Promise<RunTensor> {
  return { type: tensor.type, dims: tensor.dims, data: await tensor.getData() } as RunTensor;
}

export function toOrt(tensor: RunTensor): ort.Tensor {
  return new ort.Tensor(tensor.type, tensor.data, tensor.dims);
}
