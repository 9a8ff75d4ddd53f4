/**
 * Cells that make a small volume and a model without weights, so that the widget can be tried without either: a box answers with itself, a click
 * with a disc of radius 6 round it (less discs round excluded points), its alternatives with radius 3, 6 and 9.
 *
 * The volume has 64 × 48 × 20 voxels of 1 × 1 × 2.5 mm in LPS order, so that axial slice coordinates are voxel indices; its values grow by 4 from
 * column to column.
 */
export const phantomCell = `
import { Volume, promptSlices } from "samlab";
import type { Mask2d, PromptSet, Sam } from "samlab";

const values = Int16Array.from({ length: 64 * 48 * 20 }, (_, n) => (n % 64) * 4);
const phantom = new Volume({
  data: values,
  size: [64, 48, 20],
  affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 1],
  window: { low: 0, high: 255, name: "phantom" },
  source: "phantom",
});
const answerOf = (width: number, height: number, { points = [], box }: PromptSet, radius: number): Mask2d => {
  const near = (x: number, y: number, label: number) =>
    points.some((point) => (point.label ?? 1) === label && Math.hypot(point.x - x, point.y - y) <= radius);
  const inBox = (x: number, y: number) => box !== undefined && x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
  const data = Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    return (inBox(x, y) || near(x, y, 1)) && !near(x, y, 0) ? 1 : 0;
  });
  return { width, height, data };
};
let encoded = 0;
let predicted = 0;
const faults = { on: false, hangs: false };
const info = { provider: "CPU", milliseconds: 1 };
const discs: Sam = {
  name: "discs",
  prompts: { points: true, box: true, mask: false, note: "" },
  hash: "0",
  provider: "CPU",
  lowResSize: 4,
  embed: async ({ width, height }, { signal } = {}) => {
    if (faults.hangs) await new Promise((_, reject) => signal?.addEventListener("abort", reject));
    encoded++;
    return { width, height, key: String(encoded), fromCache: false, info };
  },
  setImage: async (image) => discs.embed(image),
  predict: async (prompt, { embedding, multimask } = {}) => {
    predicted++;
    if (faults.on) throw new Error("The discs are used up.");
    const { width, height } = embedding!;
    const candidate = (radius: number, predictedIou: number) =>
      ({ mask: answerOf(width, height, prompt, radius), predictedIou, lowResLogits: new Float32Array(16) });
    const candidates = multimask ? [candidate(3, 0.5), candidate(6, 0.9), candidate(9, 0.7)] : [];
    return { ...candidate(6, 0.9), candidates, info };
  },
  predictBatch: async (prompts, options) => Promise.all(prompts.map((prompt) => discs.predict(prompt, options))),
  dispose: async () => {},
};
`.trim();
