import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { FineTuned } from "../../src/finetune/types.js";
import { modelFrame, modelInput, modelPicture } from "../../src/predict/preprocess.js";
import { Session } from "../../src/runtime/session.js";
import type { RunTensor } from "../../src/runtime/tensor.js";
import { maxDifference } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
let tuned: FineTuned;
let here: string;
beforeAll(async () => {
  tuned = await tinyTuned();
});
afterAll(() => tuned.sam.dispose());
beforeEach(async () => {
  here = await folder();
});

it("writes two graphs that give the model's own numbers when they are fed as documented", async () => {
  const out = join(here, "new", "onnx");
  const files = await tuned.sam.exportOnnx(out);
  expect(files.map(({ path }) => path)).toEqual([join(out, "encoder.onnx"), join(out, "decoder.onnx")]);
  const { image } = tinyCase();
  await tuned.sam.setImage(image);
  const expected = await tuned.sam.predict({ box: [4, 3, 18, 12] }, { multimask: true });

  const { imageSize, preprocessing } = tuned.sam.architecture;
  const frame = modelFrame(image.width, image.height, imageSize);
  const run = async (name: string, feeds: Record<string, RunTensor>) => {
    const session = await Session.create({ path: join(out, `${name}.onnx`) }, "CPU");
    const { outputs } = await session.run(feeds);
    await session.release();
    return outputs;
  };
  const input = modelInput(modelPicture(image), frame, preprocessing);
  const encoded = await run("encoder", { image: { type: "float32", dims: [1, 3, imageSize, imageSize], data: input } });
  const scale = imageSize / image.width;
  const side = tuned.sam.lowResSize;
  const decoded = await run("decoder", {
    image_embedding: encoded.image_embedding,
    point_coords: { type: "float32", dims: [1, 2, 2], data: Float32Array.from([4, 3, 18, 12], (at) => at * scale) },
    point_labels: { type: "int32", dims: [1, 2], data: Int32Array.of(2, 3) },
    mask_input: { type: "float32", dims: [0, 1, side, side], data: new Float32Array(0) },
    has_mask: { type: "bool", dims: [], data: Uint8Array.of(0) },
  });
  expect(decoded.low_res_logits.dims).toEqual([1, 4, side, side]);
  // Not the same bits: predict() computes the image side of the decoder apart, once for each image.
  const all = [expected, ...expected.candidates];
  const logits = Float32Array.from(all.flatMap(({ lowResLogits }) => [...lowResLogits]));
  const largest = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(maxDifference(decoded.low_res_logits.data as Float32Array, logits) / largest).toBeLessThan(1e-5);
  const ious = Float32Array.from(all, ({ predictedIou }) => predictedIou);
  expect(maxDifference(decoded.predicted_iou.data as Float32Array, ious)).toBeLessThan(1e-5);
});

it("says in both files how they were made", async () => {
  await tuned.sam.exportOnnx(here);
  for (const part of ["encoder", "decoder"]) {
    const text = await readFile(join(here, `${part}.onnx`), "latin1");
    for (const value of [tuned.sam.hash, tuned.adapter.hash, "samlab.part", "samlab.prepare", "Pillow's bilinear"]) {
      expect(text).toContain(value);
    }
  }
});
