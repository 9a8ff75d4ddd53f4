import { expect, it } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { buildGridLoss } from "../../src/train/grid-loss.js";
import { uniform } from "../support/drawn.js";
import { maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

it("the loss of DeSAM's grid mode and its gradients are those of its script", async () => {
  const golden = await readGolden("autoprompt/de-sam-grid.safetensors");
  const [dims, count] = [[4, 1, 9, 11], 4 * 9 * 11];
  const b = new GraphBuilder("loss");
  const logits = b.input("logits", "float32", dims);
  const predictedIou = b.input("iou", "float32", [4, 1]);
  const inputs = { logits, target: b.input("target", "float32", dims), predictedIou };
  const loss = buildGridLoss(b, inputs, b.input("is_in_object", "float32", [4, 1]));
  const [ofLogits, ofIou] = gradient(b, loss, [logits, predictedIou]);
  b.output("loss", loss);
  b.output("gradient", ofLogits!);
  b.output("iou_gradient", ofIou!);
  const found = await runGraph(b.build(), {
    logits: { type: "float32", dims, data: Float32Array.from(uniform("grid logits", count), (v) => 3 * v) },
    target: { type: "float32", dims, data: Float32Array.from(uniform("grid target", count), (v) => Math.floor(1 + v)) },
    iou: { type: "float32", dims: [4, 1], data: Float32Array.of(0.75, 1.25, 0.5, -0.25) },
    is_in_object: { type: "float32", dims: [4, 1], data: Float32Array.of(1, 1, 0, 0) },
  });
  const off = (name: string, key: string) =>
    maxDifference(found[name]!.data as Float32Array, golden.get(`loss.${key}`).data);
  expect(off("loss", "value")).toBeLessThan(1e-5);
  expect(off("gradient", "gradient")).toBeLessThan(1e-7);
  expect(off("iou_gradient", "iou-gradient")).toBeLessThan(1e-7);
});
