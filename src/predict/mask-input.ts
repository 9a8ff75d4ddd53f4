import type { Mask2d } from "../core/mask.js";
import { resizeArea } from "../core/resize.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { type ModelFrame, modelFrame } from "./preprocess.js";

/**
 * The logit of a probability of 0.999, which micro-sam uses to turn masks into prompts (`_compute_logits_from_mask`).
 */
const sure = Math.log(0.999 / 0.001);

/**
 * Encodes a mask as logits in the model's low-resolution frame: 6.9 inside, −6.9 outside and in the padding. A mask
 * that fills no half of a cell gets the cell that holds most of it.
 */
export function maskInputOf(mask: Mask2d, lowResSize: number, preprocessing: Preprocessing): Float32Array {
  const { width, height } = mask;
  const { scaledWidth, scaledHeight } = modelFrame(width, height, lowResSize, preprocessing);
  const bytes = { width, height, channels: 1, data: mask.data.map((value) => (value === 0 ? 0 : 255)) };
  const scaled = resizeArea(bytes, scaledWidth, scaledHeight);
  const logits = new Float32Array(lowResSize * lowResSize).fill(-sure);
  let isEmpty = true;
  for (let y = 0; y < scaledHeight; y++) {
    for (let x = 0; x < scaledWidth; x++) {
      if (scaled.data[y * scaledWidth + x]! <= 127) continue;
      logits[y * lowResSize + x] = sure;
      isEmpty = false;
    }
  }
  const object = mask.data.find((value) => value !== 0);
  if (isEmpty && object) {
    const frame = modelFrame(width, height, lowResSize, preprocessing);
    const cell = fullestCell(mask, object, frame, lowResSize, () => true);
    if (cell !== null) logits[cell] = sure;
  }
  return logits;
}

/**
 * A true mask in the model's low-resolution frame, nearest pixel, zeros outside the image: the target of the decoder's
 * logits. A label that lies between the sampled pixels gets the cell that holds most of it; else a prompt for a small
 * object would be answered with nothing.
 * @returns [side²]
 */
export function lowResTarget(truth: Mask2d, frame: ModelFrame, side: number): Float32Array {
  const { width, height, imageSize, scaledWidth, scaledHeight } = frame;
  const step = imageSize / side;
  const target = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const fromY = (y + 0.5) * step;
    if (fromY >= scaledHeight) break;
    const row = Math.min(height - 1, Math.floor((fromY * height) / scaledHeight));
    for (let x = 0; x < side; x++) {
      const fromX = (x + 0.5) * step;
      if (fromX >= scaledWidth) break;
      const column = Math.min(width - 1, Math.floor((fromX * width) / scaledWidth));
      target[y * side + x] = truth.data[row * width + column];
    }
  }
  const cells = new Map<number, number>();
  for (const label of target) cells.set(label, (cells.get(label) ?? 0) + 1);
  for (const label of new Set(truth.data)) {
    if (label === 0 || cells.has(label)) continue;
    // The only cell of another label is left to it.
    const isFree = (cell: number) => target[cell] === 0 || cells.get(target[cell])! > 1;
    const cell = fullestCell(truth, label, frame, side, isFree);
    if (cell === null) continue;
    cells.set(target[cell], cells.get(target[cell])! - 1);
    cells.set(label, 1);
    target[cell] = label;
  }
  return target;
}

/**
 * The cell of the low-resolution frame with the most pixels of a label, among those whose center lies in the picture
 * and that are free; `null` if there is none.
 */
function fullestCell(
  truth: Mask2d,
  label: number,
  frame: ModelFrame,
  side: number,
  isFree: (cell: number) => boolean,
): number | null {
  const { width, height, imageSize, scaledWidth, scaledHeight } = frame;
  const step = imageSize / side;
  const cellOf = (pixel: number, scaled: number, length: number) =>
    Math.min(Math.max(0, Math.ceil(scaled / step - 0.5) - 1), Math.floor(((pixel + 0.5) * scaled) / length / step));
  const counts = new Map<number, number>();
  for (let n = truth.data.indexOf(label); n >= 0; n = truth.data.indexOf(label, n + 1)) {
    const [x, y] = [cellOf(n % width, scaledWidth, width), cellOf(Math.floor(n / width), scaledHeight, height)];
    const cell = y * side + x;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const free = [...counts].filter(([cell]) => isFree(cell));
  return free.length === 0 ? null : free.reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}
