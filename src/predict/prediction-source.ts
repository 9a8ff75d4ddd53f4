import type { PromptSet } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { ImageEmbedding, Prediction } from "./sam.js";

/** What a prediction was made from. */
export interface PredictionSource {
  readonly image: Image2d;
  readonly prompt: PromptSet;
}

// Weak, and beside the objects: a prediction stays plain data that can be copied and sent, and holds no image longer than it lives.
const images = new WeakMap<ImageEmbedding, Image2d>();
const sources = new WeakMap<Prediction, PredictionSource>();

/** Notes of which image an embedding is. */
export function rememberImage<E extends ImageEmbedding>(embedding: E, image: Image2d): E {
  images.set(embedding, image);
  return embedding;
}

/** Notes from which image and prompt a prediction was made. */
export function rememberSource(prediction: Prediction, embedding: ImageEmbedding, prompt: PromptSet): void {
  const image = images.get(embedding);
  if (image) sources.set(prediction, { image, prompt });
}

/** The image and the prompt of a prediction, so that it can be shown; undefined for a copy of one. */
export function sourceOf(prediction: Prediction): PredictionSource | undefined {
  return sources.get(prediction);
}
