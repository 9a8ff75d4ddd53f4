import { resizeArea } from "../core/resize.js";
import type { Image2d } from "../io/image/image.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { modelFrame, modelPicture } from "../predict/preprocess.js";

/**
 * An image as the model sees it, in grayscale, in the frame of its low-resolution masks: in the top left corner of a
 * square.
 */
export interface LowResPicture {
  /** Side of the square, pixels. */
  readonly side: number;
  /** Size of the image inside it, pixels. */
  readonly width: number;
  readonly height: number;
  /** [side²] row-major, 0 to 1; 0 outside the image. */
  readonly data: Float32Array;
}

/** @throws {SamlabError} `image-not-finite`, `image-empty` */
export function lowResPicture(image: Image2d, side: number, preprocessing: Preprocessing): LowResPicture {
  const { scaledWidth: width, scaledHeight: height } = modelFrame(image.width, image.height, side, preprocessing);
  const { channels, data: bytes } = resizeArea(modelPicture(image), width, height);
  const data = new Float32Array(side * side);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += bytes[from++];
      data[y * side + x] = sum / (255 * channels);
    }
  }
  return { side, width, height, data };
}
