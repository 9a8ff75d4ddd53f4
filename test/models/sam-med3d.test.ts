import { beforeAll, describe, expect, it } from "vitest";
import { graphNames } from "../../src/models/compile.js";
import { compileSamMed3d, samMed3dSize, volumeNames } from "../../src/models/sam-med3d.js";
import { Weights } from "../../src/models/weights.js";
import { uniform } from "../support/drawn.js";
import { type Golden, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";
import { samMed3dTensors } from "../support/sam-med3d.js";

describe("SAM-Med3D's graphs answer as its own code", () => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await readGolden("sam-med3d/sam-med3d.safetensors");
  });

  it("on a cube, to three clicks one after another", async () => {
    const { encoder, decoder, summary } = compileSamMed3d(Weights.from("drawn.pth", samMed3dTensors()));
    expect(summary).toBe("SAM-Med3D, ViT 48×4, 128×128×128");
    const side = samMed3dSize;
    const cube = Float32Array.from(uniform("cube", side ** 3), (value) => 2 * value);
    const embedded = await runGraph(encoder, {
      [volumeNames.volume]: { type: "float32", dims: [1, 1, side, side, side], data: cube },
    });
    const embedding = embedded[volumeNames.embedding];
    const rows = embedding.data as Float32Array;
    const [count, width] = [512, 48];
    const byChannel = Float32Array.from(
      { length: rows.length },
      (_, n) => rows[(n % count) * width + Math.floor(n / count)]!,
    );
    const shares = [misfit(thinned(byChannel), golden.get("model.embedding").data)];
    const points = [70, 60, 61, 58, 70, 68, 66, 64, 60];
    const labels = [1, 0, 1];
    let logits = new Float32Array(32 ** 3);
    for (let n = 0; n < 3; n++) {
      const outputs = await runGraph(decoder, {
        [volumeNames.embedding]: embedding as never,
        [graphNames.pointCoords]: {
          type: "float32",
          dims: [1, n + 2, 3],
          data: Float32Array.from([...points.slice(0, 3 * (n + 1)), 0, 0, 0]),
        },
        [graphNames.pointLabels]: {
          type: "int32",
          dims: [1, n + 2],
          data: Int32Array.from([...labels.slice(0, n + 1), -1]),
        },
        [graphNames.maskInput]: { type: "float32", dims: [1, 1, 32, 32, 32], data: logits },
      });
      logits = outputs[graphNames.lowResLogits].data as Float32Array<ArrayBuffer>;
      shares.push(misfit(thinned(logits), golden.get(`model.logits.${n}`).data));
    }
    if (process.env.SAMLAB_SHOW) console.log(shares);
    for (const share of shares) expect(share).toBeLessThan(1e-4);
  });
});
