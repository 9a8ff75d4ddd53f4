import type { FineTuned, FinetuneOptions, TrainingCase } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { goldenPath } from "./golden.js";

/** SAM's architecture with small random weights. */
export const tinySam = goldenPath("tiny-sam.pth");

/** A picture of 40×30 pixels with an object that is no mirror image of itself. */
export function tinyCase(shift = 0): TrainingCase {
  const [width, height] = [40, 30];
  const truth = new Uint8Array(width * height);
  const data = new Uint8Array(width * height);
  for (let n = 0; n < data.length; n++) {
    const [x, y] = [n % width, Math.floor(n / width)];
    truth[n] = x >= 5 + shift && x < 17 + shift && y >= 4 && y < 11 ? 1 : 0;
    data[n] = 120 * truth[n] + ((x * 7 + y * 13 + shift) % 60);
  }
  const image: Image2d = { width, height, channels: 1, data, spacing: null, window: null, source: `picture ${shift}` };
  return { image, truth: { width, height, data: truth }, patient: `patient ${shift}` };
}

/** A fine-tuning of the tiny model that takes a second. */
export async function tinyTuned(options: FinetuneOptions = {}, cases = [tinyCase()]): Promise<FineTuned> {
  const sam = await loadSam(tinySam, { device: "cpu" });
  try {
    return await sam.finetune(cases, { recipe: "promptEncoder", steps: 2, ...options });
  } finally {
    await sam.dispose();
  }
}
