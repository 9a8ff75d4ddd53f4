import { type FloatWindow, resizeBilinear } from "../core/resize.js";
import { zoomPosition } from "../core/resize-spline.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { logitsToMask, scaledLogits } from "./postprocess.js";
import { autoSamWaypoint, type ModelFrame } from "./preprocess.js";

/**
 * The class with the highest logit at each pixel of the image. SAMed and AutoSAM (Hu) resize the logits to the image in
 * their own ways, other models as SAM resizes masks.
 * @param logits [count, lowResSize, lowResSize]
 */
export function classLabels(
  logits: Float32Array,
  count: number,
  lowResSize: number,
  frame: ModelFrame,
  preprocessing: Preprocessing,
): Uint8Array {
  const { imageSize, width, height } = frame;
  const pixels = lowResSize * lowResSize;
  const plane = (label: number) => logits.subarray(label * pixels, (label + 1) * pixels);
  const square = (data: Float32Array, size: number): FloatWindow => ({ data, stride: size, width: size, height: size });
  const sized = (label: number, size: number) => resizeBilinear(square(plane(label), lowResSize), size, size);
  switch (preprocessing) {
    case "samed":
      return samedLabels(
        largest(count, (label) => sized(label, imageSize)),
        frame,
      );
    case "auto-sam":
      return largest(count, (label) =>
        resizeBilinear(square(sized(label, autoSamWaypoint), autoSamWaypoint), width, height),
      );
    default:
      return largest(count, (label) => resizeBilinear(scaledLogits(plane(label), lowResSize, frame), width, height));
  }
}

/**
 * Labels of classes that have a mask each. Where masks overlap, the one with the highest predicted IoU wins
 * (SurgicalSAM; utils.py, `create_endovis_masks`).
 * @param logits [classes, lowResSize, lowResSize], without the background
 * @param ious predicted, one for each class
 * @returns 0 for the background, else the class's number from 1
 */
export function maskLabels(
  logits: Float32Array,
  ious: ArrayLike<number>,
  lowResSize: number,
  frame: ModelFrame,
): Uint8Array {
  const labels = new Uint8Array(frame.width * frame.height);
  const pixels = lowResSize * lowResSize;
  const byIou = Array.from(ious, (iou, n) => ({ iou, n })).sort((a, b) => a.iou - b.iou);
  for (const { n } of byIou) {
    const { data } = logitsToMask(logits.subarray(n * pixels, (n + 1) * pixels), lowResSize, frame);
    data.forEach((value, at) => {
      if (value) labels[at] = n + 1;
    });
  }
  return labels;
}

/** The first label with the largest value at each place. */
function largest(count: number, valuesOf: (label: number) => Float32Array): Uint8Array {
  const best = valuesOf(0);
  const labels = new Uint8Array(best.length);
  for (let label = 1; label < count; label++) {
    const values = valuesOf(label);
    for (let n = 0; n < values.length; n++) {
      if (values[n] <= best[n]) continue;
      best[n] = values[n];
      labels[n] = label;
    }
  }
  return labels;
}

/** As SAMed's test (utils.py, `test_single_volume`): the input's labels by nearest neighbor with aligned corners. */
function samedLabels(labels: Uint8Array, { imageSize, width, height }: ModelFrame): Uint8Array {
  const [columns, rows] = [nearest(imageSize, width), nearest(imageSize, height)];
  return Uint8Array.from({ length: width * height }, (_, n) => {
    const [row, column] = [rows[Math.floor(n / width)], columns[n % width]];
    return row === null || column === null ? 0 : labels[row * imageSize + column];
  });
}

/** SciPy's `ndimage.zoom(…, order=0)`; null where it gives 0. */
function nearest(from: number, to: number): (number | null)[] {
  return Array.from({ length: to }, (_, n) => {
    const position = zoomPosition(n, from, to);
    return position === null ? null : Math.floor(position + 0.5);
  });
}
