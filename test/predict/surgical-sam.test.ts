import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LoadedSam, loadSam } from "../../src/index.js";
import { type CompiledSam, compileSam, graphNames } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import { logitsToProbability } from "../../src/predict/postprocess.js";
import { encoderInput, modelFrame, modelPicture } from "../../src/predict/preprocess.js";
import { drawnCheckpoint, drawnImage } from "../support/drawn.js";
import { writeDrawn } from "../support/drawn-file.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";
import { sharedTemporaryCache } from "../support/temporary.js";

const { "surgical-sam-small": shapes } = JSON.parse(readFileSync(goldenPath("autoprompt/autoprompt.json"), "utf8"));
const { pictures } = JSON.parse(readFileSync(goldenPath("autoprompt/surgical-sam-sizes.json"), "utf8")) as {
  readonly pictures: readonly { height: number; width: number }[];
};

describe("SurgicalSAM on pictures of odd sizes answers as its own code", () => {
  let golden: Golden;
  let path: string;
  let sam: LoadedSam;
  let graphs: CompiledSam;
  sharedTemporaryCache(async (cache) => {
    path = await writeDrawn("surgical-sam-small", cache, "surgical-sam.safetensors");
  });

  beforeAll(async () => {
    golden = await readGolden("autoprompt/surgical-sam-sizes.safetensors");
    graphs = compileSam(await Weights.load([drawnCheckpoint("surgical-sam", shapes.tensors)]));
    vi.stubEnv("SAMLAB_CACHE", dirname(path));
    sam = await loadSam(path, { device: "cpu" });
  });
  afterAll(() => sam?.dispose());

  it("as landscape, as portrait, and larger than the input", () => {
    const { imageSize } = sam.architecture;
    expect(pictures.some(({ height, width }) => width > height)).toBe(true);
    expect(pictures.some(({ height, width }) => width < height)).toBe(true);
    expect(pictures.some(({ width }) => width > imageSize)).toBe(true);
  });

  it.each(pictures.map(({ height, width }) => [`${height}x${width}`, height, width] as const))(
    "%s pixels: input, embedding, logits and predicted IoU of each class, and the classes of pixels",
    async (name, height, width) => {
      const image = drawnImage(`surgical-sam ${height} ${width}`, width, height);
      const embedding = await sam.embed(image);
      if (!(embedding instanceof StoredEmbedding)) throw new TypeError("no embedding");
      const outputs = await runGraph(graphs.decoder, { [graphNames.imageEmbedding]: embedding.tensor });
      const low = outputs[graphNames.lowResLogits].data as Float32Array;
      const side = sam.lowResSize;
      const frame = modelFrame(width, height, sam.architecture.imageSize, "sam");
      const plane = (n: number) => low.subarray(n * side * side, (n + 1) * side * side);
      const probability = new Float32Array(7 * width * height);
      for (let n = 0; n < 7; n++) probability.set(logitsToProbability(plane(n), side, frame), n * width * height);
      const expected = (what: string) => golden.get(`${name}.${what}`).data;
      const found = {
        input: misfit(thinned(encoderInput(modelPicture(image), sam.architecture).data), expected("input")),
        embedding: misfit(thinned(embedding.tensor.data as Float32Array), expected("embedding")),
        low: misfit(thinned(low), expected("low")),
        iou: misfit(outputs[graphNames.predictedIou].data as Float32Array, expected("iou")),
        logits: misfit(
          thinned(probability).map((share) => Math.log(share / (1 - share))),
          expected("logits"),
        ),
      };
      const segmented = await sam.segment(image, { embedding });
      const labels = [...segmented.data].filter((_, n) => n % 7 === 0);
      const wrong = labels.filter((label, n) => label !== expected("labels")[n]).length;
      if (process.env.SAMLAB_SHOW) console.log(name, found, { wrong, of: labels.length });
      for (const [what, share] of Object.entries(found)) expect(share, what).toBeLessThan(1e-3);
      expect(labels.length).toBe(expected("labels").length);
      // Of close calls a few may differ.
      expect(wrong / labels.length).toBeLessThan(1e-3);
      expect(new Set(labels).size).toBe(8);
      expect(segmented).toMatchObject({ width, height, kind: "classes" });
    },
  );
});
