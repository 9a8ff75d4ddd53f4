import { SamlabError } from "../../../src/core/errors.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { ImageEmbedding, MaskCandidate, Prediction, PredictOptions, Sam } from "../../../src/predict/sam.js";
import { Segmentation } from "../../../src/predict/segmentation.js";

/**
 * A model without a network. It answers with the box, or a square around the first point; alternatives are one and two
 * pixels wider.
 */
export class FakeSam implements Sam {
  readonly prompts = { points: true, box: true, mask: true, note: "" };
  readonly provider = "CPU";
  readonly lowResSize = 4;
  readonly embedded: string[] = [];
  readonly asked: PromptSet[] = [];
  readonly #margin: number;

  constructor(
    readonly name = "fake",
    readonly options: {
      readonly margin?: number;
      readonly gate?: Promise<void>;
      readonly fail?: (prompt: PromptSet) => boolean;
    } = {},
  ) {
    this.#margin = options.margin ?? 0;
  }

  get hash(): string {
    return this.name.padEnd(64, "0");
  }

  setImage(image: Image2d): Promise<ImageEmbedding> {
    return this.embed(image);
  }

  async embed(image: Image2d): Promise<ImageEmbedding> {
    await this.options.gate;
    this.embedded.push(image.source);
    const { width, height } = image;
    return { width, height, key: image.source, fromCache: false, info: { provider: "CPU", milliseconds: 7 } };
  }

  async predict(prompt: PromptSet, options: PredictOptions = {}): Promise<Prediction> {
    const [prediction] = await this.predictBatch([prompt], options);
    return prediction;
  }

  async predictBatch(
    prompts: readonly PromptSet[],
    { embedding, multimask }: PredictOptions = {},
  ): Promise<Prediction[]> {
    if (!embedding) throw new Error("no embedding");
    if (prompts.some((prompt) => this.options.fail?.(prompt)))
      throw new SamlabError("run-failed", "The fake model fails.");
    this.asked.push(...prompts);
    const info = { provider: "CPU", milliseconds: 4 };
    return prompts.map((prompt) => {
      const candidate = (margin: number): MaskCandidate => ({
        mask: square(prompt, margin, embedding),
        predictedIou: 1 - margin / 10,
        lowResLogits: new Float32Array(16).fill(margin),
      });
      const candidates = multimask ? [2, 1, 0].map((margin) => candidate(margin + this.#margin)) : [];
      return { ...candidate(this.#margin), candidates, info };
    });
  }

  async dispose(): Promise<void> {}
}

function square({ box, points }: PromptSet, margin: number, { width, height }: ImageEmbedding) {
  const [x, y] = points?.[0] ? [points[0].x, points[0].y] : [0, 0];
  const [x0, y0, x1, y1] = box ?? [x - 2, y - 2, x + 2, y + 2];
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const isIn = column >= x0 - margin && column <= x1 + margin && row >= y0 - margin && row <= y1 + margin;
      data[row * width + column] = isIn ? 1 : 0;
    }
  }
  return { width, height, data };
}

/** A model of one class, which it finds where the image is above 90. */
export class FakeClassSam extends FakeSam {
  readonly classNames = ["background", "Tumor"];

  async segment({ width, height, data, source }: Image2d): Promise<Segmentation> {
    return new Segmentation({
      width,
      height,
      data: Uint8Array.from(data, (value) => (value > 90 ? 1 : 0)),
      source,
      kind: "classes",
      classNames: this.classNames,
      info: { provider: "CPU", milliseconds: 6 },
    });
  }
}
