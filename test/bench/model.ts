import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bytesView } from "../../src/core/dtype.js";
import { sampleCase } from "../../src/datasets/samples.js";
import { graphNames } from "../../src/models/compile.js";
import { catalog } from "../../src/predict/catalog.js";
import { compiledModel } from "../../src/predict/compiled-model.js";
import { modelFrame, modelInput, modelPicture } from "../../src/predict/preprocess.js";
import { exactWeightType } from "../../src/runtime/int8.js";
import { dropTensor, holdTensor, Session } from "../../src/runtime/session.js";
import { differenceTo, printRows } from "./figures.js";
import { pauseMs, startPeer } from "./peer.js";

/** Rounds in which each engine has one turn, so that a busy machine hits all alike. */
const rounds = { encoder: 12, decoder: 40, row: 10 };
/** Runs of a row of prompts, one right after the other: everything mode, and volumes of many objects. */
const rowLength = 10;

/**
 * Image encoder and mask decoder of LiteMedSAM against PyTorch and against plain torch.onnx.export graphs in Python's
 * ONNX Runtime: same weights, same input, same threads, alternating.
 */
export async function benchModel(root: string, python: string, wheel: string): Promise<void> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  await mkdir(join(folder, "weights"));
  const entry = catalog.find(({ name }) => name === "lite-medsam");
  if (!entry) throw new Error("the catalog has no lite-medsam");
  const sample = await sampleCase("brain1");
  if (sample.kind !== "volume") throw new Error("brain1 is a volume");
  const picture = modelPicture(sample.volume.slice(12));
  const input = modelInput(picture, modelFrame(picture.width, picture.height, 256), "lite-medsam");
  await writeFile(join(folder, "input.f32"), bytesView(input));
  try {
    const peer = await startPeer(python, [
      join(root, "test", "bench", "model_peer.py"),
      wheel,
      folder,
      String(threads),
    ]);
    const whole = { checkpoint: entry.checkpoint(), sha256: entry.sha256 };
    const model = await compiledModel(whole, null, {});
    const encoder = await Session.create(model.encoder, "CPU");
    const int8 = (await exactWeightType())
      ? await Session.create((await compiledModel({ ...whole, isInt8: true }, null, {})).encoder, "CPU")
      : null;
    const projection = await Session.create(model.projection!, "CPU");
    const decoder = await Session.create(model.promptDecoder!, "CPU");
    const image = { [graphNames.image]: { type: "float32", dims: [1, 3, 256, 256], data: input } } as const;
    const timed = async <T>(work: () => Promise<T>): Promise<[number, T]> => {
      await setTimeout(pauseMs);
      const start = performance.now();
      const result = await work();
      return [performance.now() - start, result];
    };
    const theirs = async (op: "encoder" | "decoder", engine: "torch" | "ort") => {
      await setTimeout(pauseMs);
      return (await peer.ask({ op, engine })).ms;
    };
    const { outputs } = await encoder.run(image);
    const embedding = outputs[graphNames.imageEmbedding];
    const held = { [graphNames.imageEmbedding]: await holdTensor(embedding) };
    const prompt = {
      ...projection.runHeld(held).held,
      [graphNames.pointCoords]: { type: "float32", dims: [1, 2, 2], data: Float32Array.of(70, 80, 150, 160) },
      [graphNames.pointLabels]: { type: "int32", dims: [1, 2], data: Int32Array.of(2, 3) },
    } as const;
    const decoded = await decoder.run(prompt);

    for (const op of ["encoder", "decoder"] as const) {
      const ours = () => (op === "encoder" ? encoder.run(image) : decoder.run(prompt));
      const runs: Record<"ours" | "int8" | "torch" | "ort", number[]> = { ours: [], int8: [], torch: [], ort: [] };
      for (let round = -2; round < rounds[op]; round++) {
        const results = {
          ours: (await timed(ours))[0],
          torch: await theirs(op, "torch"),
          ort: await theirs(op, "ort"),
          int8: op === "encoder" && int8 ? (await timed(() => int8.run(image)))[0] : Number.NaN,
        };
        // The first two rounds warm up.
        if (round < 0) continue;
        for (const engine of ["ours", "int8", "torch", "ort"] as const) runs[engine].push(results[engine]);
      }
      printRows(`LiteMedSAM ${op}, ${threads} threads`, [
        { what: "samlab (onnxruntime-node, compiled here)", runs: runs.ours },
        { what: `PyTorch ${peer.versions.torch}`, runs: runs.torch, ...(op === "decoder" ? { goal: 0.4 } : {}) },
        {
          what: `torch.onnx.export in ONNX Runtime ${peer.versions.onnxruntime}`,
          runs: runs.ort,
          ...(op === "encoder" && !int8 ? { goal: 0.6 } : {}),
        },
      ]);
      if (op === "encoder" && int8) {
        printRows(`LiteMedSAM encoder with precision int8, ${threads} threads`, [
          { what: "samlab (onnxruntime-node, compiled here)", runs: runs.int8 },
          {
            what: `torch.onnx.export in ONNX Runtime ${peer.versions.onnxruntime}, float32`,
            runs: runs.ort,
            goal: 0.6,
          },
        ]);
      }
    }
    const inRow: Record<"ours" | "torch" | "ort", number[]> = { ours: [], torch: [], ort: [] };
    const perPrompt = async (turn: () => Promise<number>) => {
      await setTimeout(pauseMs);
      let sum = 0;
      for (let n = 0; n < rowLength; n++) sum += await turn();
      return sum / rowLength;
    };
    for (let round = -1; round < rounds.row; round++) {
      const results = {
        ours: await perPrompt(async () => {
          const start = performance.now();
          await decoder.run(prompt);
          return performance.now() - start;
        }),
        torch: await perPrompt(async () => (await peer.ask({ op: "decoder", engine: "torch" })).ms),
        ort: await perPrompt(async () => (await peer.ask({ op: "decoder", engine: "ort" })).ms),
      };
      if (round < 0) continue;
      for (const engine of ["ours", "torch", "ort"] as const) inRow[engine].push(results[engine]);
    }
    printRows(`LiteMedSAM decoder, ${threads} threads, ${rowLength} prompts in a row, each`, [
      { what: "samlab (onnxruntime-node, compiled here)", runs: inRow.ours },
      { what: `PyTorch ${peer.versions.torch}`, runs: inRow.torch, goal: 0.4 },
      { what: `torch.onnx.export in ONNX Runtime ${peer.versions.onnxruntime}`, runs: inRow.ort },
    ]);
    const once: number[] = [];
    for (let round = 0; round < 20; round++) {
      const { held: references, done } = projection.runHeld(held);
      once.push(await done);
      await Promise.all(Object.values(references).map(dropTensor));
    }
    printRows("Image side of the decoder, once per image", [{ what: "samlab", runs: once }]);
    console.log(
      `  largest difference to PyTorch, all values: embedding ${await differenceTo(join(folder, "embedding.f32"), embedding.data)},`,
    );
    console.log(
      `  logits of the four masks ${await differenceTo(join(folder, "logits.f32"), decoded.outputs[graphNames.lowResLogits].data)}`,
    );
    peer.end();
    await Promise.all([encoder.release(), int8?.release(), projection.release(), decoder.release()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
