import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphNames } from "../../src/models/compile.js";
import { setUpModels } from "../../src/predict/catalog.js";
import { compiledModel } from "../../src/predict/compiled-model.js";
import { logitsToMask } from "../../src/predict/postprocess.js";
import { modelFrame, modelInput } from "../../src/predict/preprocess.js";
import { Session } from "../../src/runtime/session.js";
import type { Feeds } from "../../src/runtime/tensor.js";
import { everyNth, type Golden, maxDifference, readGolden } from "../support/golden.js";
import { describeWithWeights } from "../support/weights.js";

interface GoldenPrompt {
  readonly points?: readonly (readonly (readonly number[])[])[];
  readonly labels?: readonly (readonly number[])[];
  readonly boxes?: readonly (readonly number[])[];
  readonly masks?: boolean;
}

/** SAM's prompt tokens in the model's own frame: points, then box corners, padding where there is no box. */
function tokenFeeds(prompt: GoldenPrompt): Feeds {
  const batch = prompt.boxes?.length ?? 1;
  const rows = Array.from({ length: batch }, (_, n) => {
    const points = prompt.points?.[n] ?? [];
    const box = prompt.boxes?.[n];
    const coords = [...points.flat(), ...(box ?? (points.length > 0 ? [0, 0] : []))];
    const labels = [...(prompt.labels?.[n] ?? []), ...(box ? [2, 3] : points.length > 0 ? [-1] : [])];
    return { coords, labels };
  });
  const tokens = rows[0].labels.length;
  return {
    [graphNames.pointCoords]: {
      type: "float32",
      dims: [batch, tokens, 2],
      data: Float32Array.from(rows.flatMap(({ coords }) => coords)),
    },
    [graphNames.pointLabels]: {
      type: "int32",
      dims: [batch, tokens],
      data: Int32Array.from(rows.flatMap(({ labels }) => labels)),
    },
  };
}

/** The numbers of PyTorch (test/golden/lite_medsam.py), for the model as released and for the one tuned for clicks. */
describeWithWeights("LiteMedSAM against PyTorch", () => {
  let golden: Golden;
  let prompts: Record<string, GoldenPrompt>;
  beforeAll(async () => {
    golden = await readGolden("lite-medsam.safetensors");
    prompts = JSON.parse(golden.metadata.prompts);
  });

  describe.each(setUpModels)("$name", ({ name, checkpoint, sha256, overlay }) => {
    let encoder: Session;
    let decoder: Session;
    let projection: Session;
    let promptDecoder: Session;
    beforeAll(async () => {
      const model = await compiledModel({ checkpoint: checkpoint(), sha256, overlay: overlay?.() }, null, {});
      encoder = await Session.create(model.encoder, "CPU");
      decoder = await Session.create(model.decoder, "CPU");
      projection = await Session.create(model.projection!, "CPU");
      promptDecoder = await Session.create(model.promptDecoder!, "CPU");
    });
    afterAll(() => Promise.all([encoder, decoder, projection, promptDecoder].map((session) => session.release())));

    describe.each(["brain1", "lung1"])("on %s", (picture) => {
      let embedding: Float32Array;
      const bytes = () => {
        const { dims, data } = golden.get(`${picture}.picture`);
        return { width: dims[1], height: dims[0], channels: 1, data: Uint8Array.from(data) };
      };

      it("prepares the picture alike and gives the embedding within 1e-4", async () => {
        const source = bytes();
        const input = modelInput(source, modelFrame(source.width, source.height, 256), "lite-medsam");
        const expected = golden.get(`${picture}.input`);
        expect(maxDifference(everyNth(input, 1, 256, 256, 4), expected.data)).toBeLessThan(1e-6);
        const { outputs } = await encoder.run({
          [graphNames.image]: { type: "float32", dims: [1, 3, 256, 256], data: input },
        });
        embedding = outputs[graphNames.imageEmbedding].data as Float32Array;
        const difference = maxDifference(everyNth(embedding, 256, 64, 64, 4), golden.get(`${picture}.embedding`).data);
        expect(difference).toBeLessThan(1e-4);
      });

      it.each([
        "box",
        "two-boxes",
        "click",
        "click-outside",
        "mixed-clicks",
        "box-and-clicks",
        "mask-and-click",
        "mask-only",
      ])("gives the logits of all four masks within 1e-3 and the IoU within 1e-4: %s", async (key) => {
        const prompt = prompts[key];
        const mask = prompt.masks ? golden.get(`${picture}.mask-input`).data : new Float32Array(0);
        const image = {
          [graphNames.imageEmbedding]: { type: "float32", dims: [1, 256, 64, 64], data: embedding },
        } as const;
        const { outputs } = await decoder.run({
          ...image,
          ...tokenFeeds(prompt),
          [graphNames.maskInput]: { type: "float32", dims: [prompt.masks ? 1 : 0, 1, 256, 256], data: mask },
          [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(prompt.masks ? 1 : 0) },
        });
        const logits = outputs[graphNames.lowResLogits];
        const expected = golden.get(`${picture}.${name}.${key}.logits`);
        const planes = logits.dims[0] * logits.dims[1];
        expect(logits.dims.slice(0, 2)).toEqual(expected.dims.slice(0, 2));
        expect(maxDifference(everyNth(logits.data as Float32Array, planes, 256, 256, 8), expected.data)).toBeLessThan(
          1e-3,
        );
        const iou = outputs[graphNames.predictedIou].data as Float32Array;
        expect(maxDifference(iou, golden.get(`${picture}.${name}.${key}.iou`).data)).toBeLessThan(1e-4);
        if (prompt.masks) return;
        const { outputs: projected } = await projection.run(image);
        const again = (await promptDecoder.run({ ...projected, ...tokenFeeds(prompt) })).outputs;
        for (const output of [graphNames.lowResLogits, graphNames.predictedIou]) {
          expect(again[output].dims).toEqual(outputs[output].dims);
          const [one, other] = [again, outputs].map((run) => run[output].data as Float32Array);
          expect(maxDifference(one, other)).toBeLessThan(1e-4);
        }
      });

      it("brings the mask back to the picture's grid", async () => {
        const { width, height } = bytes();
        const { outputs } = await decoder.run({
          [graphNames.imageEmbedding]: { type: "float32", dims: [1, 256, 64, 64], data: embedding },
          ...tokenFeeds(prompts.box),
          [graphNames.maskInput]: { type: "float32", dims: [0, 1, 256, 256], data: new Float32Array(0) },
          [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(0) },
        });
        const first = (outputs[graphNames.lowResLogits].data as Float32Array).subarray(0, 256 * 256);
        const mask = logitsToMask(first, 256, modelFrame(width, height, 256));
        const expected = golden.get(`${picture}.${name}.box.mask`);
        expect([mask.height, mask.width]).toEqual(expected.dims);
        const different = mask.data.reduce((count, value, n) => count + (value === expected.data[n] ? 0 : 1), 0);
        // A logit within rounding of 0 may fall on either side.
        expect(different).toBeLessThanOrEqual(2);
      });
    });
  });
});
