import { expect, it } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { buildPrototypeLoss } from "../../src/train/prototype-loss.js";
import { uniform } from "../support/drawn.js";
import { maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

const [classes, width, side] = [3, 8, 6];

/** The loss and its gradient, for labels of the embedding's pixels. */
async function lossOf(labels: readonly number[]) {
  const cells = Float32Array.from({ length: (1 + classes) * side * side }, (_, n) =>
    labels[n % (side * side)] === Math.floor(n / (side * side)) ? 1 : 0,
  );
  const b = new GraphBuilder("loss");
  const prototypes = b.input("prototypes", "float32", [classes, width]);
  const image = b.input("image", "float32", [1, width, side, side]);
  const loss = buildPrototypeLoss(b, prototypes, image, b.input("cells", "float32", [1, 1 + classes, side, side]));
  const [slope] = gradient(b, loss, [prototypes]);
  b.output("loss", loss);
  b.output("gradient", slope!);
  const drawn = (name: string, dims: readonly number[]) => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return { type: "float32", dims, data: Float32Array.from(uniform(name, count)) } as const;
  };
  const found = await runGraph(b.build(), {
    prototypes: drawn("loss prototypes", [classes, width]),
    image: drawn("loss image", [1, width, side, side]),
    cells: { type: "float32", dims: [1, 1 + classes, side, side], data: cells },
  });
  return { loss: found.loss!.data[0] as number, gradient: found.gradient!.data as Float32Array };
}

it("the loss of prototypes and its gradient are those of SurgicalSAM's contrast", async () => {
  const golden = await readGolden("autoprompt/autoprompt.safetensors");
  const found = await lossOf(
    Array.from({ length: side * side }, (_, n) => {
      const [y, x] = [Math.floor(n / side), n % side];
      if (y >= 1 && y < 3 && x >= 2 && x < 5) return 1;
      return y >= 4 && x < 2 ? 3 : 0;
    }),
  );
  expect(found.loss).toBeCloseTo(golden.get("prototype-loss.value").data[0]!, 4);
  expect(maxDifference(found.gradient, golden.get("prototype-loss.gradient").data)).toBeLessThan(1e-4);
});

it("is 0 without an object, and finite where the object is all there is", async () => {
  expect((await lossOf(new Array(side * side).fill(0))).loss).toBe(-0);
  const { loss, gradient } = await lossOf(new Array(side * side).fill(2));
  expect(loss).toBeCloseTo(0, 5);
  expect(gradient.every(Number.isFinite)).toBe(true);
});
