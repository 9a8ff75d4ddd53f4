import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { classCells } from "../../src/autoprompt/class-cells.js";
import { surgicalSam } from "../../src/autoprompt/surgical-sam.js";
import { loadSam } from "../../src/index.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { modelFrame } from "../../src/predict/preprocess.js";
import { GraphTrainer } from "../../src/train/graph-trainer.js";
import { buildPictureLoss } from "../../src/train/picture-loss.js";
import { buildPrototypeLoss } from "../../src/train/prototype-loss.js";
import { uniform } from "../support/drawn.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { misfit } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";

type Runs = readonly (readonly [value: number, count: number])[];
const { objects, pictures } = JSON.parse(readFileSync(goldenPath("autoprompt/surgical-sam-sizes.json"), "utf8")) as {
  readonly objects: readonly (readonly [label: number, x: number, y: number, across: number, down: number])[];
  readonly pictures: readonly { height: number; width: number; cells: Runs }[];
};

/** As test/golden/autoprompt/make.py: ellipses, by their shares of the sides. */
function truthOf(width: number, height: number) {
  const data = new Uint8Array(width * height);
  for (const [label, x, y, across, down] of objects) {
    for (let n = 0; n < data.length; n++) {
      const dx = (((n % width) + 0.5) / width - x) / across;
      const dy = ((Math.floor(n / width) + 0.5) / height - y) / down;
      if (dx * dx + dy * dy <= 1) data[n] = label;
    }
  }
  return { width, height, data };
}

const floats = (dims: readonly number[], data: Float32Array) => ({ type: "float32", dims, data }) as const;
const drawn = (name: string, dims: readonly number[]) => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return floats(dims, Float32Array.from(uniform(name, count)));
};

describe("SurgicalSAM learns from truths of odd sizes as its own code", () => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await readGolden("autoprompt/surgical-sam-sizes.safetensors");
  });

  it.each(pictures.map((picture) => [`${picture.height}x${picture.width}`, picture] as const))(
    "%s pixels: the cells of each class, none of them padding, and the contrast of their means",
    async (name, { height, width, cells: expected }) => {
      const cells = classCells(truthOf(width, height), 5, modelFrame(width, height, 1024), 64);
      expect([...cells]).toEqual(expected.flatMap(([value, count]) => Array<number>(count).fill(value)));
      const b = new GraphBuilder("contrast");
      const prototypes = b.input("prototypes", "float32", [4, 8]);
      const image = b.input("image", "float32", [1, 8, 64, 64]);
      const loss = buildPrototypeLoss(b, prototypes, image, b.input("cells", "float32", [1, 5, 64, 64]));
      b.output("loss", loss);
      b.output("gradient", gradient(b, loss, [prototypes])[0]!);
      const found = await runGraph(b.build(), {
        prototypes: drawn("surgical-sam prototypes", [4, 8]),
        image: drawn("surgical-sam features", [1, 8, 64, 64]),
        cells: floats([1, 5, 64, 64], cells),
      });
      const off = {
        loss: misfit(found.loss!.data as Float32Array, golden.get(`${name}.contrast`).data),
        gradient: misfit(found.gradient!.data as Float32Array, golden.get(`${name}.contrast-gradient`).data),
      };
      if (process.env.SAMLAB_SHOW) console.log(name, off);
      expect(off.loss).toBeLessThan(1e-3);
      expect(off.gradient).toBeLessThan(1e-3);
    },
  );

  it("Dice of the picture, and nothing of what lies in the padding", async () => {
    const [side, height, width] = [16, 9, 13];
    const b = new GraphBuilder("dice");
    const logits = b.input("logits", "float32", [1, 2, side, side]);
    const predictedIou = b.input("iou", "float32", [1, 2]);
    const target = b.input("target", "float32", [1, 2, side, side]);
    const isInPicture = b.input("picture", "float32", [1, 1, side, side]);
    const loss = buildPictureLoss(b, { logits, target, predictedIou }, isInPicture);
    b.output("loss", loss);
    b.output("gradient", gradient(b, loss, [logits])[0]!);
    const graph = b.build();
    const padded = (values: ArrayLike<number>, padding: number) =>
      Float32Array.from({ length: 2 * side * side }, (_, n) => {
        const [mask, y, x] = [Math.floor(n / side / side), Math.floor(n / side) % side, n % side];
        return y < height && x < width ? values[(mask * height + y) * width + x]! : padding;
      });
    const count = 2 * height * width;
    const values = uniform("surgical-sam dice logits", count).map((value) => 3 * value);
    const truth = uniform("surgical-sam dice target", count).map((value) => Math.floor(1 + value));
    // What the two other terms are, with an IoU that is predicted right.
    const pixels = height * width;
    const sum = (mask: number, of: (n: number) => number) =>
      Array.from({ length: pixels }, (_, n) => of(mask * pixels + n)).reduce((total, value) => total + value, 0);
    const ious = [0, 1].map(
      (mask) =>
        sum(mask, (n) => Number(values[n]! > 0 && truth[n] === 1)) /
        sum(mask, (n) => Number(values[n]! > 0 || truth[n] === 1)),
    );
    const entropy = [...values].map((value, n) => Math.log1p(Math.exp(value)) - value * truth[n]!);
    const ownSlope = Float32Array.from(
      values,
      (value, n) => golden.get("dice-gradient").data[n]! + (1 / (1 + Math.exp(-value)) - truth[n]!) / count,
    );
    for (const padding of [-2, 40]) {
      const found = await runGraph(graph, {
        logits: floats([1, 2, side, side], padded(values, padding)),
        iou: floats([1, 2], Float32Array.from(ious)),
        target: floats([1, 2, side, side], padded(truth, 0)),
        picture: floats([1, 1, side, side], padded(new Uint8Array(count).fill(1), 0).slice(0, side * side)),
      });
      const expected = golden.get("dice").data[0]! + entropy.reduce((total, value) => total + value, 0) / count;
      expect(found.loss!.data[0]).toBeCloseTo(expected, 4);
      const slope = found.gradient!.data as Float32Array;
      expect(maxDifference(slope, padded(ownSlope, 0))).toBeLessThan(1e-5);
      expect(misfit(slope, padded(ownSlope, 0))).toBeLessThan(1e-3);
    }
  });
});

describe("the training itself", () => {
  temporaryCache();

  it("knows where the picture is, and the cells of its classes", async () => {
    const step = vi.spyOn(GraphTrainer.prototype, "step");
    const sam = await loadSam(tinySam, { device: "cpu" });
    try {
      const slice = tinyCase();
      const learned = await surgicalSam(sam, [slice], { steps: 1 });
      await learned.sam.dispose();
      const { is_in_picture: picture, class_cells: cells } = step.mock.calls[0]![1];
      // 40×30 pixels lie in 80×60 of the 80×80 of a mask.
      expect(picture).toEqual(
        floats(
          [1, 1, 80, 80],
          Float32Array.from({ length: 80 * 80 }, (_, n) => (n < 60 * 80 ? 1 : 0)),
        ),
      );
      expect(cells).toEqual(floats([1, 2, 20, 20], classCells(slice.truth, 2, modelFrame(40, 30, 320), 20)));
    } finally {
      step.mockRestore();
      await sam.dispose();
    }
  });
});

describe("an object that is too small for a cell", () => {
  const [width, height] = [300, 200];
  const frame = modelFrame(width, height, 1024);
  const at = (x: number, y: number) => {
    const data = new Uint8Array(width * height);
    data[y * width + x] = 1;
    return classCells({ width, height, data }, 3, frame, 64);
  };

  it("has those that it touches, by its share of them", () => {
    // 3.4 pixels of the input, which 64 cells of 16 divide.
    const cells = at(4, 4);
    const own = cells.subarray(64 * 64, 2 * 64 * 64);
    const touched = [...own.keys()].filter((n) => own[n]! > 0);
    expect(touched).toEqual([0, 1, 64, 65]);
    expect(own[0]).toBeGreaterThan(0);
    expect(cells.subarray(2 * 64 * 64).every((value) => value === 0)).toBe(true);
  });

  it("has the one whose middle it covers", () => {
    const own = at(2, 2).subarray(64 * 64, 2 * 64 * 64);
    expect([...own.keys()].filter((n) => own[n]! > 0)).toEqual([0]);
    expect(own[0]).toBe(1);
  });
});
