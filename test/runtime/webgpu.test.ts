import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Value } from "../../src/onnx/graph.js";
import { serializeModel } from "../../src/onnx/serialize.js";
import { built } from "../support/built.js";
import { maxDifference } from "../support/golden.js";
import { saySkipped } from "../support/skipped.js";
import { swiftShaderEnvironment } from "../support/swiftshader.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();
const environment = swiftShaderEnvironment();
if (!environment) saySkipped("WebGPU: no Chromium with SwiftShader was found");

/** Deterministic numbers around 0. */
const weights = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, n) => Math.sin(n * 0.7 + seed) * 0.3);

/** A transformer block as the encoders have it: norm, fused attention, convolution, MLP with GELU. */
function block(b: GraphBuilder, x: Value, seed: number): Value {
  const [tokens, channels] = [16, 8];
  const gemm = (y: Value, outputs: number, s: number) =>
    b.op("Gemm", [y, b.constant(weights(outputs * (y.dims[1] as number), s), [outputs, y.dims[1] as number])], {
      transB: 1,
    });
  const norm = b.op(
    "LayerNormalization",
    [x, b.constant(weights(channels, seed), [channels]), b.constant(weights(channels, seed + 1), [channels])],
    {
      axis: -1,
    },
  );
  const [q, k, v] = [2, 3, 4].map((s) => b.reshape(gemm(norm, channels, seed + s), [1, tokens, channels]));
  // Half of the queries attends with a bias, as by rows in global blocks.
  const bias = b.constant(weights(2 * 8 * tokens, seed + 8), [1, 2, 8, tokens]);
  const halves = [null, bias].map((table, n) =>
    b.op("com.microsoft.MultiHeadAttention", [b.slice(q, 1, 8 * n, 8 * n + 8), k, v, null, null, table], {
      num_heads: 2,
    }),
  );
  const attended = b.op("Concat", halves, { axis: 1 });
  const sum = b.op("Add", [x, b.reshape(attended, [tokens, channels])]);
  const picture = b.reshape(b.transpose(sum, [1, 0]), [1, channels, 4, 4]);
  const local = b.op("Conv", [picture, b.constant(weights(channels * 9, seed + 5), [channels, 1, 3, 3])], {
    kernel_shape: [3, 3],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    group: channels,
  });
  const mixed = b.transpose(b.reshape(local, [channels, tokens]), [1, 0]);
  return b.op("Add", [mixed, gemm(b.op("Gelu", [gemm(mixed, 16, seed + 6)]), channels, seed + 7)]);
}

/** Runs a model with one input `x` [16, 8] on a provider and prints its output, in a process of its own. */
const program = `
import { Session } from ${JSON.stringify(built("src", "runtime", "session.js"))};
const [path, provider] = process.argv.slice(2);
const session = await Session.create({ path }, provider);
const data = Float32Array.from({ length: 128 }, (_, n) => Math.cos(n));
const { outputs } = await session.run({ x: { type: "float32", dims: [16, 8], data } });
console.log(JSON.stringify([...outputs.y.data]));
`;

it.skipIf(!environment && process.env.CI !== "true")(
  "the WebGPU provider gives the CPU's numbers for two small blocks",
  async () => {
    const place = await folder();
    const b = new GraphBuilder("blocks");
    b.output("y", block(b, block(b, b.input("x", "float32", [16, 8]), 1), 20));
    await writeFile(join(place, "blocks.onnx"), serializeModel(b.build()).model);
    await writeFile(join(place, "run.mjs"), program);
    const run = async (provider: string): Promise<number[]> => {
      const args = [join(place, "run.mjs"), join(place, "blocks.onnx"), provider];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: environment ?? process.env,
        timeout: 110_000,
      });
      return JSON.parse(stdout);
    };
    const [cpu, gpu] = [await run("CPU"), await run("WebGPU")];
    expect(Math.max(...cpu.map(Math.abs))).toBeGreaterThan(0.1);
    expect(maxDifference(gpu, cpu)).toBeLessThan(1e-5);
  },
  120_000,
);
