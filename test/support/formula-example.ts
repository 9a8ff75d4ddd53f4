import type { Architecture } from "../../src/models/architecture.js";
import type { Weights } from "../../src/models/weights.js";
import { sgd } from "../../src/train/optimizer.js";
import type { TrainingSpec } from "../../src/train/prompt-forward.js";
import { Trainer, type TrainingExample } from "../../src/train/trainer.js";

/** Plain gradient descent, one example a step. */
export function plainTrainer(
  w: Weights,
  parts: Pick<TrainingSpec, "architecture" | "partOf" | "withEncoder">,
): Promise<Trainer> {
  const optimizer = sgd({ momentum: 0 });
  return Trainer.create(w, { ...parts, batch: 1, loss: { dice: 1, bce: 1 }, optimizer, clip: null }, "CPU");
}

/**
 * The example of test/golden/adapters/make.py.
 * @param box the prompt, as shares of the picture's side
 */
export function formulaExample(
  { inputSize, imageSize, embedSize }: Architecture,
  box: readonly [x0: number, y0: number, x1: number, y1: number],
): TrainingExample & { readonly target: Float32Array } {
  return {
    image: { type: "float32", dims: [1, 3, inputSize, inputSize], data: formulaPicture(inputSize) },
    coords: Float32Array.from(box, (share) => share * imageSize),
    labels: Int32Array.of(2, 3),
    mask: null,
    target: disc(4 * embedSize),
  };
}

/** [1, 3, size, size] */
export function formulaPicture(size: number): Float32Array {
  return new Float32Array(3 * size * size).map((_, n) => 0.5 + 0.5 * Math.sin(n * 0.001));
}

/** On side² pixels. */
function disc(side: number): Float32Array {
  return new Float32Array(side * side).map((_, n) => {
    const [x, y] = [n % side, Math.floor(n / side)];
    return (x - 0.4 * side) ** 2 + (y - 0.4 * side) ** 2 < (side / 8) ** 2 ? 1 : 0;
  });
}
