import type { PromptSet } from "../../src/core/prompt.js";
import type { Image2d } from "../../src/io/image/image.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import { logitsToMask } from "../../src/predict/postprocess.js";
import { modelFrame } from "../../src/predict/preprocess.js";
import type { ImageEmbedding, MaskCandidate, Prediction, PredictOptions, Sam } from "../../src/predict/sam.js";

type Ellipse = [cx: number, cy: number, rx: number, ry: number, sharp: number, sure: number];

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly ellipses: readonly Ellipse[];
  readonly speck: readonly [number, number];
}

/** The image of a scene: red is x and green is y, so that a crop knows where it lies. */
export function sceneImage({ width, height }: Scene): Image2d {
  const data = new Uint8Array(3 * width * height);
  for (let n = 0; n < width * height; n++) {
    data[3 * n] = n % width;
    data[3 * n + 1] = Math.floor(n / width);
  }
  return { width, height, channels: 3, data, spacing: null, window: null, source: "scene" };
}

/**
 * The substitute for SAM in test/golden/automask/make.py: the same sums in the same order, so the logits are equal to
 * the last bit.
 */
export class AnalyticSam implements Sam {
  readonly name = "analytic";
  readonly prompts = { points: true, box: false, mask: false, note: "" };
  readonly hash = "";
  readonly provider = "CPU";
  readonly lowResSize: number;
  readonly batches: number[] = [];
  readonly #scene: Scene;
  readonly #imageSize: number;
  readonly #origins = new Map<ImageEmbedding, readonly [number, number]>();

  constructor(scene: Scene, imageSize: number, lowResSize: number) {
    this.#scene = scene;
    this.#imageSize = imageSize;
    this.lowResSize = lowResSize;
  }

  async embed({ width, height, data }: Image2d): Promise<ImageEmbedding> {
    const frame = modelFrame(width, height, this.#imageSize);
    const tensor = { type: "float32" as const, dims: [0], data: new Float32Array(0) };
    const embedding = new StoredEmbedding("", frame, tensor, false, { provider: "CPU", milliseconds: 0 }, "");
    this.#origins.set(embedding, [data[0], data[1]]);
    return embedding;
  }

  setImage(image: Image2d): Promise<ImageEmbedding> {
    return this.embed(image);
  }

  async predict(prompt: PromptSet, options: PredictOptions = {}): Promise<Prediction> {
    const [prediction] = await this.predictBatch([prompt], options);
    return prediction;
  }

  async predictBatch(prompts: readonly PromptSet[], { embedding }: PredictOptions = {}): Promise<Prediction[]> {
    this.batches.push(prompts.length);
    return prompts.map(({ points }) => {
      if (!(embedding instanceof StoredEmbedding) || points?.length !== 1) throw new Error("one point, please");
      const candidates = [0, 1, 2].map((index) => this.#answer(embedding, points[0], index));
      return { ...candidates[0], candidates, info: embedding.info };
    });
  }

  async dispose(): Promise<void> {}

  #answer(embedding: StoredEmbedding, point: { x: number; y: number }, index: number): MaskCandidate {
    const { frame } = embedding;
    const side = this.lowResSize;
    const [originX, originY] = this.#origins.get(embedding) ?? [0, 0];
    const at = (n: number) => (n + 0.5) * (this.#imageSize / side);
    const xs = Array.from({ length: side }, (_, n) => at(n) * (frame.width / frame.scaledWidth) - 0.5 + originX);
    const ys = Array.from({ length: side }, (_, n) => at(n) * (frame.height / frame.scaledHeight) - 0.5 + originY);
    const { logit, predictedIou } = answer(this.#scene, point.x + originX, point.y + originY, index);
    const lowResLogits = Float32Array.from({ length: side * side }, (_, n) =>
      logit(xs[n % side], ys[Math.floor(n / side)]),
    );
    const mask = logitsToMask(lowResLogits, side, frame);
    return { mask, predictedIou: Math.fround(predictedIou), lowResLogits };
  }
}

function noise(x: number, y: number, index: number): number {
  const value = (Math.floor(x * 8) * 73 + Math.floor(y * 8) * 151 + index * 419) % 8191;
  return (value * value + 17 * value) % 1024;
}

function answer(scene: Scene, px: number, py: number, index: number) {
  const square = (value: number) => value * value;
  const chosen = scene.ellipses.find(([cx, cy, rx, ry]) => square((px - cx) / rx) + square((py - cy) / ry) <= 1);
  const random = noise(px, py, index);
  if (!chosen) {
    const logit = (x: number, y: number) =>
      3.53125 - (Math.floor(Math.abs(x - px) / (4 + index)) + Math.floor(Math.abs(y - py) / (7 - index)));
    return { logit, predictedIou: 0.5 + random / 2048 };
  }
  const [cx, cy, rx, ry, sharp, sure] = chosen;
  const size = [0.6, 1, 1.5][index];
  const [speckX, speckY] = scene.speck;
  const logit = (x: number, y: number) => {
    const shape = 1 - square((x - cx) / (rx * size)) - square((y - cy) / (ry * size));
    const value = Math.floor(shape * sharp * 16) / 16 + 0.03125;
    const inSpeck = square((x - speckX) / 6) + square((y - speckY) / 6) <= 1;
    return Math.min(Math.max(inSpeck && random % 3 === 0 ? -value : value, -20), 20);
  };
  return { logit, predictedIou: sure + random / 8192 };
}
