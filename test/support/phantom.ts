import { type Mask2d, type PromptSet, type Sam, Volume } from "../../src/index.js";

/**
 * 64 × 48 × 20 voxels of 1 × 1 × 2.5 mm in LPS order, so that axial slice coordinates are voxel indices; values grow by
 * 4 from column to column.
 */
export const phantom = new Volume({
  data: Int16Array.from({ length: 64 * 48 * 20 }, (_, n) => (n % 64) * 4),
  size: [64, 48, 20],
  affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 1],
  window: { low: 0, high: 255, name: "phantom" },
  source: "phantom",
});

/** A box, and discs round the points and the corners of lines, less discs round the excluded ones. */
export function discMask(width: number, height: number, prompt: PromptSet, radius: number): Mask2d {
  const { box, scribbles = [] } = prompt;
  const corners = scribbles.flatMap(({ path, label = 1 }) => path.map(([x, y]) => ({ x, y, label })));
  const points = [...(prompt.points ?? []), ...corners];
  const near = (x: number, y: number, label: number) =>
    points.some((point) => (point.label ?? 1) === label && Math.hypot(point.x - x, point.y - y) <= radius);
  const inBox = (x: number, y: number) => box !== undefined && x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
  const data = Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    return (inBox(x, y) || near(x, y, 1)) && !near(x, y, 0) ? 1 : 0;
  });
  return { width, height, data };
}

/**
 * A model without weights: a box gives itself, a click gives a disc of radius 6, with alternatives of radius 3, 6, and
 * 9. With `faults.on` it fails; with `faults.hangs` its encoder waits until it is canceled.
 */
export function discModel() {
  const counts = { encoded: 0, predicted: 0 };
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
      counts.encoded++;
      return { width, height, key: String(counts.encoded), fromCache: false, info };
    },
    setImage: async (image) => discs.embed(image),
    predict: async (prompt, { embedding, multimask } = {}) => {
      counts.predicted++;
      if (faults.on) throw new Error("The discs are used up.");
      const { width, height } = embedding!;
      const candidate = (radius: number, predictedIou: number) => ({
        mask: discMask(width, height, prompt, radius),
        predictedIou,
        lowResLogits: new Float32Array(16),
      });
      const candidates = multimask ? [candidate(3, 0.5), candidate(6, 0.9), candidate(9, 0.7)] : [];
      return { ...candidate(6, 0.9), candidates, info };
    },
    predictBatch: async (prompts, options) => Promise.all(prompts.map((prompt) => discs.predict(prompt, options))),
    dispose: async () => {},
  };
  return { discs, counts, faults };
}
