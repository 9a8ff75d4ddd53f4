import type { TrainingExample, TrainingTarget } from "../../src/train/trainer.js";

/** The formulas of test/golden/autodiff/decoder_steps.py: embedding, discs, and the prompts drawn on them. */
export function embedding(): Float32Array {
  return Float32Array.from({ length: 256 * 64 * 64 }, (_, n) => 0.3 * Math.sin(n * 12.9898));
}

interface Disc {
  readonly cx: number;
  readonly cy: number;
  readonly r: number;
}

function disc(step: number, item: number): Disc {
  return { cx: 80 + 5 * (step % 7) + 30 * item, cy: 120 - 4 * (step % 5), r: 30 + 3 * (step % 4) };
}

function paint({ cx, cy, r }: Disc): number[] {
  return Array.from({ length: 256 * 256 }, (_, n) => {
    const [x, y] = [n % 256, Math.floor(n / 256)];
    return (x - cx) ** 2 + (y - cy) ** 2 <= r * r ? 1 : 0;
  });
}

function tokens(step: number, { cx, cy, r }: Disc): { coords: number[]; labels: number[] } {
  return step % 2 === 1
    ? { coords: [cx - r, cy - r, cx + r, cy + r], labels: [2, 3] }
    : { coords: [cx, cy, cx + Math.floor(r / 2), cy, cx + 2 * r, cy, 0, 0], labels: [1, 1, 0, -1] };
}

/** What step `step` (from 1) sees. */
export function exampleOf(step: number, batch: number): Omit<TrainingExample & TrainingTarget, "mask"> {
  const discs = Array.from({ length: batch }, (_, item) => disc(step, item));
  const prompts = discs.map((shape) => tokens(step, shape));
  return {
    image: { type: "float32", dims: [1, 256, 64, 64], data: embedding() },
    coords: Float32Array.from(prompts.flatMap(({ coords }) => coords)),
    labels: Int32Array.from(prompts.flatMap(({ labels }) => labels)),
    target: Float32Array.from(discs.flatMap(paint)),
  };
}
