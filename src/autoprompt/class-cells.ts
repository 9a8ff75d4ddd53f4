import type { Mask2d } from "../core/mask.js";
import { resizeBilinear } from "../core/resize.js";
import { resizePillowBilinear } from "../core/resize-pillow.js";
import type { ModelFrame } from "../predict/preprocess.js";

/** What SurgicalSAM subtracts from masks as if they were pictures' red; the padding's zeros lie at this value. */
const middle = 123.675;

/**
 * The cells of the image embedding in which each class lies, as SurgicalSAM takes the mean embedding of an object
 * (tools/data_preprocess.py): the class's mask is resized as a picture is and padded, then resized to the embedding;
 * the cells above the middle count. The padding belongs to no class, the background neither.
 *
 * An object that lies in no cell by this rule, which those scripts leave out, has the cells that it touches, weighed by
 * its pixels there.
 * @param truth with class numbers
 * @param count of classes, with the background
 * @param frame of the picture in the model's input
 * @param embedSize side of the embedding, which divides that of the input
 * @returns weights, 1 for a cell: [count, embedSize, embedSize]
 */
export function classCells(truth: Mask2d, count: number, frame: ModelFrame, embedSize: number): Float32Array {
  const { width, height } = truth;
  const { imageSize, scaledWidth, scaledHeight } = frame;
  const cells = new Float32Array(count * embedSize * embedSize);
  for (let label = 0; label < count; label++) {
    const data = Uint8Array.from(truth.data, (value) => (value === label ? 255 : 0));
    if (!data.includes(255)) continue;
    const scaled = resizePillowBilinear({ width, height, channels: 1, data }, scaledWidth, scaledHeight).data;
    const own = cells.subarray(label * embedSize * embedSize, (label + 1) * embedSize * embedSize);
    const padded = new Float32Array(imageSize * imageSize);
    for (let y = 0; y < scaledHeight; y++) {
      for (let x = 0; x < scaledWidth; x++) padded[y * imageSize + x] = scaled[y * scaledWidth + x]! - middle;
    }
    const input = { data: padded, stride: imageSize, width: imageSize, height: imageSize };
    resizeBilinear(input, embedSize, embedSize).forEach((value, n) => {
      if (value > 0) own[n] = 1;
    });
    if (own.includes(1)) continue;
    const cellOf = (at: number) => Math.floor((at * embedSize) / imageSize);
    for (let y = 0; y < scaledHeight; y++) {
      for (let x = 0; x < scaledWidth; x++) {
        own[cellOf(y) * embedSize + cellOf(x)]! += scaled[y * scaledWidth + x]! / 255;
      }
    }
  }
  return cells;
}
