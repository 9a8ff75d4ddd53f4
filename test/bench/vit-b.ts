import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bytesView } from "../../src/core/dtype.js";
import { sampleCase } from "../../src/datasets/samples.js";
import { graphNames } from "../../src/models/compile.js";
import { compiledModel } from "../../src/predict/compiled-model.js";
import { modelFrame, modelInput, modelPicture } from "../../src/predict/preprocess.js";
import { exactWeightType } from "../../src/runtime/int8.js";
import { Session } from "../../src/runtime/session.js";
import { differenceTo, printRows } from "./figures.js";
import { pauseMs, startPeer } from "./peer.js";

/** In each round, every engine has one turn. */
const rounds = 4;

/** The image encoder of SAM's ViT-B at 1024 × 1024 with random weights, against PyTorch, ONNX Runtime, and OpenVINO. */
export async function benchVitB(root: string, python: string): Promise<void> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), "samlab-bench-"));
  const { SAMLAB_CACHE } = process.env;
  try {
    const sample = await sampleCase("brain1");
    if (sample.kind !== "volume") throw new Error("brain1 is a volume");
    const picture = modelPicture(sample.volume.slice(12));
    const input = modelInput(picture, modelFrame(picture.width, picture.height, 1024), "sam");
    await writeFile(join(folder, "input.f32"), bytesView(input));
    const peer = await startPeer(python, [join(root, "test", "bench", "vit_b_peer.py"), folder, String(threads)]);
    // Nobody wants this model again.
    process.env.SAMLAB_CACHE = folder;
    const checkpoint = join(folder, "vit-b.pth");
    const start = async (isInt8: boolean) =>
      Session.create((await compiledModel({ checkpoint, ...(isInt8 ? { isInt8 } : {}) }, null, {})).encoder, "CPU");
    const float32 = await start(false);
    const int8 = (await exactWeightType()) ? await start(true) : null;
    const image = { [graphNames.image]: { type: "float32", dims: [1, 3, 1024, 1024], data: input } } as const;
    const { outputs } = await float32.run(image);
    const run = async (session: Session) => {
      const begin = performance.now();
      await session.run(image);
      return performance.now() - begin;
    };
    const engines = {
      float32: () => run(float32),
      torch: async () => (await peer.ask({ engine: "torch" })).ms,
      int8: () => (int8 ? run(int8) : Promise.resolve(Number.NaN)),
      ort: async () => (await peer.ask({ engine: "ort" })).ms,
      openvino: async () => (await peer.ask({ engine: "openvino" })).ms,
    };
    const names = Object.keys(engines) as (keyof typeof engines)[];
    const runs: Record<keyof typeof engines, number[]> = { float32: [], torch: [], int8: [], ort: [], openvino: [] };
    for (let round = -1; round < rounds; round++) {
      for (const name of names) {
        await setTimeout(pauseMs);
        const ms = await engines[name]();
        // The first round warms up.
        if (round >= 0) runs[name].push(ms);
      }
    }
    const { torch, onnxruntime, openvino } = peer.versions;
    const [release] = String(openvino).split("-");
    const others = [
      { what: `torch.onnx.export in ONNX Runtime ${onnxruntime}, float32`, runs: runs.ort },
      { what: `torch.onnx.export in OpenVINO ${release}, float32`, runs: runs.openvino },
    ];
    printRows(`ViT-B encoder, 1024 × 1024, random weights, ${threads} threads`, [
      { what: "samlab (onnxruntime-node, compiled here)", runs: runs.float32 },
      { what: `PyTorch ${torch}`, runs: runs.torch },
      ...others,
    ]);
    if (int8) {
      printRows(`ViT-B encoder with precision int8, ${threads} threads`, [
        { what: "samlab (onnxruntime-node, compiled here)", runs: runs.int8 },
        ...others,
      ]);
    }
    const difference = await differenceTo(join(folder, "embedding.f32"), outputs[graphNames.imageEmbedding].data);
    console.log(`  largest difference to PyTorch, all values: embedding ${difference}`);
    peer.end();
    await Promise.all([float32.release(), int8?.release()]);
  } finally {
    if (SAMLAB_CACHE === undefined) delete process.env.SAMLAB_CACHE;
    else process.env.SAMLAB_CACHE = SAMLAB_CACHE;
    await rm(folder, { recursive: true, force: true });
  }
}
