import type { PromptSet } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { ImageEmbedding, Prediction } from "./sam.js";
import type { Segmentation } from "./segmentation.js";

/** The image and prompt of a prediction. */
export interface PredictionSource {
  readonly image: Image2d;
  readonly prompt: PromptSet;
}

// Weak maps instead of fields, so that a prediction is plain data that can be copied and sent, and does not keep its
// image alive.
const images = new WeakMap<ImageEmbedding, Image2d>();
const sources = new WeakMap<Prediction, PredictionSource>();
const segmented = new WeakMap<Segmentation, Image2d>();

/** Records the image of an embedding. */
export function rememberImage<E extends ImageEmbedding>(embedding: E, image: Image2d): E {
  images.set(embedding, image);
  return embedding;
}

/** Where the image of an embedding comes from, for messages. */
export function sourceOfEmbedding(embedding: ImageEmbedding): string {
  return images.get(embedding)?.source ?? "an embedding";
}

/** Records the image and prompt of a prediction. */
export function rememberSource(prediction: Prediction, embedding: ImageEmbedding, prompt: PromptSet): void {
  const image = images.get(embedding);
  if (image) sources.set(prediction, { image, prompt });
}

/** The image and the prompt of a prediction, for display; undefined for a copy of a prediction. */
export function sourceOf(prediction: Prediction): PredictionSource | undefined {
  return sources.get(prediction);
}

/** Records the image of a segmentation. */
export function rememberSegmented(segmentation: Segmentation, image: Image2d): Segmentation {
  segmented.set(segmentation, image);
  return segmentation;
}

/** The image of a segmentation, for display; undefined for a copied one. */
export function imageOf(segmentation: Segmentation): Image2d | undefined {
  return segmented.get(segmentation);
}
