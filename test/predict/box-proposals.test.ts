import { describe, expect, it } from "vitest";
import type { PromptSet } from "../../src/core/prompt.js";
import type { Image2d } from "../../src/io/image/image.js";
import {
  classScores,
  meanEmbedding,
  type Proposer,
  proposedBoxes,
  segmentByBoxes,
} from "../../src/predict/box-proposals.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import { modelFrame } from "../../src/predict/preprocess.js";
import type { ImageEmbedding, Prediction, PredictOptions, Sam } from "../../src/predict/sam.js";

const info = { provider: "CPU", milliseconds: 0 };

/** Two channels on a grid of 2×2 cells, in a model's frame of 4×4 pixels. */
function embeddingOf(width: number, height: number, channels: readonly (readonly number[])[]): StoredEmbedding {
  const data = Float32Array.from(channels.flat());
  return new StoredEmbedding(
    "",
    modelFrame(width, height, 4),
    { type: "float32", dims: [1, 2, 2, 2], data },
    false,
    info,
    "",
  );
}

const maskOf = (width: number, height: number, values: readonly number[]) => ({
  width,
  height,
  data: Uint8Array.from(values),
});

describe("the mean embedding of a mask", () => {
  const wide = embeddingOf(4, 2, [
    [1, 5, 100, 100],
    [0, 8, 100, 100],
  ]);

  it("weighs each cell by the mask's pixels in it, and does not see the padding", () => {
    const mask = maskOf(4, 2, [1, 1, 0, 0, 0, 1, 1, 0]);
    expect([...meanEmbedding(wide, mask)!]).toEqual([2, 2]);
  });

  it("is that of one class, or null where there is none", () => {
    const labels = maskOf(4, 2, [0, 0, 2, 2, 1, 1, 2, 2]);
    expect([...meanEmbedding(wide, labels, 2)!]).toEqual([5, 8]);
    expect([...meanEmbedding(wide, labels, 0)!]).toEqual([1, 0]);
    expect(meanEmbedding(wide, labels, 3)).toBeNull();
  });
});

it("a class scores by its cosine relative to the center, less the highest of the other classes", () => {
  const rows = [
    [-1, 0],
    [1, 0],
    [0, 2],
  ];
  const prototypes = { center: Float32Array.of(10, 10), classes: rows.map((row) => Float32Array.from(row)) };
  const [first, second] = classScores([13, 14], prototypes);
  expect(first).toBeCloseTo(0.6 - 0.8);
  expect(second).toBeCloseTo(0.8 - 0.6);
  expect(classScores([10, 10], prototypes)).toEqual([0, 0]);
});

/** Answers a point with its quarter of a 4×4 picture, and a box with the box and one column more on its right. */
class QuarterSam implements Sam {
  readonly name = "quarters";
  readonly prompts = { points: true, box: true, mask: false, note: "" };
  readonly hash = "";
  readonly provider = "CPU";
  readonly lowResSize = 4;
  /** Rated from left to right, from top to bottom. */
  readonly ratings = [0.5, 0.75, 0.25, 0.5];

  async embed(): Promise<ImageEmbedding> {
    return embeddingOf(4, 4, [
      [1, 0, -1, 0.6],
      [0, 1, 0, 0.8],
    ]);
  }

  setImage(): Promise<ImageEmbedding> {
    return this.embed();
  }

  async predict(prompt: PromptSet, options?: PredictOptions): Promise<Prediction> {
    const [prediction] = await this.predictBatch([prompt], options);
    return prediction;
  }

  async predictBatch(prompts: readonly PromptSet[], _options?: PredictOptions): Promise<Prediction[]> {
    return prompts.map(({ points, box }) => {
      const [x, y] = points ? [points[0].x < 2 ? 0 : 2, points[0].y < 2 ? 0 : 2] : [box![0], box![1]];
      const [right, bottom] = points ? [x + 1, y + 1] : [box![2] + 1, box![3]];
      const inside = (n: number) => n % 4 >= x && n % 4 <= right && n >> 2 >= y && n >> 2 <= bottom;
      const lowResLogits = Float32Array.from({ length: 16 }, (_, n) => (inside(n) ? 9 : -9));
      const mask = maskOf(
        4,
        4,
        [...lowResLogits].map((logit) => (logit > 0 ? 1 : 0)),
      );
      const predictedIou = this.ratings[x / 2 + y];
      return { mask, predictedIou, lowResLogits, candidates: [], info };
    });
  }

  async dispose(): Promise<void> {}
}

describe("boxes of everything mode", () => {
  const image: Image2d = {
    width: 4,
    height: 4,
    channels: 1,
    data: new Uint8Array(16),
    spacing: null,
    window: null,
    source: "quarters",
  };
  const proposer: Proposer = {
    sam: new QuarterSam(),
    prototypes: {
      center: Float32Array.of(0, 0),
      classes: [Float32Array.of(-1, 0), Float32Array.of(1, 0), Float32Array.of(0, 1)],
    },
    classNames: ["background", "liver", "spleen"],
    automask: { pointsPerSide: 2, predIouThresh: 0, stabilityScoreThresh: 0 },
  };

  it("are ranked for the class that they look most like, by likeness times rating", async () => {
    const [liver, spleen] = await proposedBoxes(proposer, image, {});
    expect(liver.map(({ className, box }) => [className, ...box])).toEqual([["liver", 0, 0, 1, 1]]);
    expect(liver[0].score).toBeCloseTo(1 * 0.5);
    expect([...liver[0].mask.data]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(spleen.map(({ box }) => [...box])).toEqual([
      [2, 0, 3, 1],
      [2, 2, 3, 3],
    ]);
    expect(spleen.map(({ score }) => score)).toEqual([expect.closeTo(0.75), expect.closeTo((0.8 - 0.6) * 0.5)]);
  });

  it("prompt the decoder with the best of each class; the higher score wins where masks overlap", async () => {
    const found = await segmentByBoxes(proposer, image, {});
    expect(found.kind).toBe("classes");
    expect(found.classNames).toEqual(proposer.classNames);
    expect([...found.data]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("leave the image empty where nothing is like a class", async () => {
    const nowhere = { ...proposer.prototypes, classes: [Float32Array.of(0.5, 0.5), Float32Array.of(0, -1)] };
    const one = { ...proposer, prototypes: nowhere, classNames: ["background", "liver"] };
    const found = await segmentByBoxes({ ...one, automask: { ...one.automask, pointsPerSide: 1 } }, image, {});
    expect(found.labels).toEqual([]);
  });

  it("stop when canceled", async () => {
    const signal = AbortSignal.abort();
    await expect(proposedBoxes(proposer, image, { signal })).rejects.toMatchObject({ code: "canceled" });
  });
});
