import { expect, it } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { buildClassLoss } from "../../src/train/class-loss.js";
import { uniform } from "../support/drawn.js";
import { maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

it("the loss of classes and its gradient are AutoSAM's", async () => {
  const golden = await readGolden("autoprompt/autoprompt.safetensors");
  const [classes, pixels] = [4, 9 * 11];
  const labels = uniform("class labels", pixels).map((value) => Math.floor(1.5 * (1 + value)));
  const target = Float32Array.from({ length: classes * pixels }, (_, n) =>
    labels[n % pixels] === Math.floor(n / pixels) ? 1 : 0,
  );
  const b = new GraphBuilder("loss");
  const dims = [1, classes, 9, 11];
  const logits = b.input("logits", "float32", dims);
  const loss = buildClassLoss(b, logits, b.input("target", "float32", dims));
  const [slope] = gradient(b, loss, [logits]);
  b.output("loss", loss);
  b.output("gradient", slope!);
  const found = await runGraph(b.build(), {
    logits: { type: "float32", dims, data: Float32Array.from(uniform("class logits", classes * pixels), (v) => 3 * v) },
    target: { type: "float32", dims, data: target },
  });
  expect(found.loss!.data[0]).toBeCloseTo(golden.get("class-loss.value").data[0]!, 5);
  expect(maxDifference(found.gradient!.data as Float32Array, golden.get("class-loss.gradient").data)).toBeLessThan(
    1e-7,
  );
});
