import { beforeAll, describe, expect, it } from "vitest";
import { differentiable, gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Graph, OnnxType, Value } from "../../src/onnx/graph.js";
import type { RunTensor } from "../../src/runtime/tensor.js";
import { type Golden, maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";
import { type OperatorCase, operatorCases } from "./operator-cases.js";

/** The loss is the sum of an operator's output times fixed weights. */
function lossGraph(test: OperatorCase, weightDims: readonly number[], withGradient: boolean): Graph {
  const type = test.type ?? "float64";
  const b = new GraphBuilder(test.name);
  const inputs = test.inputs.map((dims, n) => b.input(`input${n}`, type, dims));
  const weights = b.input("weights", type, weightDims);
  const weighted = b.op("Mul", [test.build(b, inputs), weights]);
  const loss = b.reshape(b.reduceSum(weighted, [...weighted.dims.keys()]), []);
  b.output("loss", loss);
  if (withGradient) {
    gradient(b, loss, inputs).forEach((value, n) => {
      b.output(`gradient${n}`, value as Value);
    });
  }
  return b.build();
}

function tensor(type: OnnxType, dims: readonly number[], values: ArrayLike<number>): RunTensor {
  return type === "float64"
    ? { type, dims, data: Float64Array.from(values) }
    : { type: "float32", dims, data: Float32Array.from(values) };
}

describe("the gradient of", () => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await readGolden("autodiff/operators.safetensors");
  });

  const feedsOf = (test: OperatorCase) => {
    const type = test.type ?? "float64";
    const weights = golden.get(`${test.name}.weights`);
    const feeds: Record<string, RunTensor> = { weights: tensor(type, weights.dims, weights.data) };
    test.inputs.forEach((dims, n) => {
      feeds[`input${n}`] = tensor(type, dims, golden.get(`${test.name}.input${n}`).data);
    });
    return { feeds, weightDims: weights.dims };
  };

  it.each(operatorCases.map((test) => [test.name, test] as const))("%s is torch's", async (_, test) => {
    const { feeds, weightDims } = feedsOf(test);
    const outputs = await runGraph(lossGraph(test, weightDims, true), feeds);
    test.inputs.forEach((_dims, n) => {
      const expected = golden.get(`${test.name}.gradient${n}`).data;
      const scale = Math.max(...expected.map(Math.abs));
      expect(maxDifference(outputs[`gradient${n}`].data as Float32Array, expected) / scale).toBeLessThan(
        test.type === "float32" ? 1e-5 : 1e-6,
      );
    });
  });

  it.each(operatorCases.map((test) => [test.name, test] as const))(
    "%s is what finite differences say",
    async (_, test) => {
      const { feeds, weightDims } = feedsOf(test);
      const isDouble = test.type !== "float32";
      const step = isDouble ? 1e-6 : 4e-3;
      const { runs, release } = await openRuns(lossGraph(test, weightDims, false));
      const analytic = await runGraph(lossGraph(test, weightDims, true), feeds);
      try {
        for (let n = 0; n < test.inputs.length; n++) {
          const name = `input${n}`;
          const count = feeds[name].data.length;
          for (const at of new Set([0, Math.floor(count / 3), count - 1])) {
            const loss = async (delta: number) => {
              const data = feeds[name].data.slice() as Float64Array;
              data[at] += delta;
              return Number((await runs({ ...feeds, [name]: { ...feeds[name], data } as RunTensor })).loss.data[0]);
            };
            const difference = ((await loss(step)) - (await loss(-step))) / (2 * step);
            const value = Number(analytic[`gradient${n}`].data[at]);
            expect(Math.abs(value - difference)).toBeLessThan((isDouble ? 1e-7 : 3e-3) * Math.max(1, Math.abs(value)));
          }
        }
      } finally {
        await release();
      }
    },
  );
});

async function openRuns(graph: Graph) {
  const { Session } = await import("../../src/runtime/session.js");
  const { serializeModel } = await import("../../src/onnx/serialize.js");
  const session = await Session.create({ bytes: serializeModel(graph).model }, "CPU");
  return {
    runs: async (feeds: Record<string, RunTensor>) => (await session.run(feeds)).outputs,
    release: () => session.release(),
  };
}

describe("gradient", () => {
  it("has a case for every operator", () => {
    const b = new GraphBuilder("all");
    const used = new Set<string>();
    for (const test of operatorCases) {
      test.build(
        b,
        test.inputs.map((dims) => b.input(`x${used.size}_${dims}`, test.type ?? "float64", dims)),
      );
    }
    for (const { op, domain } of b.nodes) used.add(domain ? `${domain}.${op}` : op);
    expect(differentiable.filter((op) => !used.has(op)).sort()).toEqual(["Cast", "Identity"]);
  });

  it("sums over every use of a value", async () => {
    const b = new GraphBuilder("uses");
    const x = b.input("x", "float32", [2]);
    const y = b.op("Add", [b.op("Mul", [x, x]), b.op("Mul", [x, b.scalar(3)])]);
    const loss = b.reduceSum(y, [0]);
    const [dx] = gradient(b, loss, [x]);
    b.output("dx", dx as Value);
    const { dx: out } = await runGraph(b.build(), { x: tensor("float32", [2], [1, -2]) });
    expect([...out.data]).toEqual([5, -1]);
  });

  it("is null for what the loss does not depend on, and visits frozen parts not at all", () => {
    const b = new GraphBuilder("frozen");
    const [x, y, frozen] = ["x", "y", "frozen"].map((name) => b.input(name, "float32", [2]));
    const rounded = b.op("Cast", [b.op("Greater", [frozen, b.scalar(0)])], { to: 1 });
    const loss = b.reduceSum(b.op("Mul", [x, rounded]), [0]);
    const before = b.nodes.length;
    const [dx, dy] = gradient(b, loss, [x, y]);
    expect(dx?.dims).toEqual([2]);
    expect(dy).toBeNull();
    expect(b.nodes.slice(before).map(({ op }) => op)).not.toContain("Greater");
  });

  it("names an operator that has no gradient", () => {
    const b = new GraphBuilder("unknown");
    const x = b.input("x", "float32", [2]);
    const odd = b.node("Acosh", [x], {}, "float32", [2]);
    expect(() => gradient(b, b.reduceSum(odd, [0]), [x])).toThrow(/Acosh: has no gradient/);
    const branch = b.branch(
      b.input("c", "bool", []),
      [2],
      () => x,
      () => x,
    );
    expect(() => gradient(b, b.reduceSum(branch, [0]), [x])).toThrow(/branch that it takes/);
  });
});
