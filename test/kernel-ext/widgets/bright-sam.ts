import { commonMask } from "../../../src/core/mask-shape.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import { Volume } from "../../../src/index.js";
import type { Prediction, PredictOptions } from "../../../src/predict/sam.js";
import { ControlledSam, mask } from "./controlled-sam.js";

export const [width, height, depth] = [8, 6, 7];

/** In LPS order, so that axial slice coordinates are voxel indices. Bright where x is 2 to 5 and y is 1 to 4. */
export function volume(): Volume {
  const data = Float32Array.from({ length: width * height * depth }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width) % height];
    return x >= 2 && x <= 5 && y >= 1 && y <= 4 ? 200 + (n % 3) : 20 + (n % 3);
  });
  return new Volume({
    data,
    size: [width, height, depth],
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
    window: { low: 0, high: 255, name: "test" },
    source: "test",
  });
}

export const bright = { box: [2, 1, 5, 4] as const };
export const brightMask = mask(width, height, (x, y) => x >= 2 && x <= 5 && y >= 1 && y <= 4);

/** Answers with what is bright in the box. `sure` is the IoU that it predicts. */
export class BrightSam extends ControlledSam {
  readonly #sure: number;

  constructor(options: { automatic?: boolean; sure?: number } = {}) {
    super(options);
    this.#sure = options.sure ?? 0.875;
  }

  override async predict(prompt: PromptSet, options?: PredictOptions): Promise<Prediction> {
    const prediction = await super.predict(prompt, options);
    return { ...prediction, mask: commonMask(prediction.mask, brightMask), predictedIou: this.#sure };
  }
}
