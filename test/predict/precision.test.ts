import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleVolume } from "../../src/datasets/samples.js";
import { finetune } from "../../src/finetune/finetune.js";
import { loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { dice } from "../../src/metrics/overlap.js";
import { StoredEmbedding } from "../../src/predict/embedding-store.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { exactWeightType } from "../../src/runtime/int8.js";
import { temporaryFolders } from "../support/temporary.js";

it("refuses a precision that there is not, and one for another device", async () => {
  const fp8 = loadSam("lite-medsam-clicks", { precision: "fp8" as never });
  await expect(fp8).rejects.toMatchObject({ code: "argument-invalid", field: "precision", value: "fp8" });
  const elsewhere = loadSam("lite-medsam-clicks", { precision: "int8", device: "webgpu" });
  await expect(elsewhere).rejects.toMatchObject({ code: "argument-invalid", field: "precision" });
});

const folder = temporaryFolders();

describe("a model with precision int8", () => {
  let full: LoadedSam;
  let int8: LoadedSam;
  let image: Image2d;
  beforeAll(async () => {
    full = await loadSam("lite-medsam-clicks", { device: "cpu" });
    int8 = await loadSam("lite-medsam-clicks", { precision: "int8" });
    image = (await sampleVolume("brain1")).volume.slice(15);
  });
  afterAll(async () => {
    await full.dispose();
    await int8.dispose();
  });

  it("says so in its name, its hash, and its provider", async () => {
    expect([int8.name, int8.precision, int8.provider]).toEqual(["lite-medsam-clicks (int8)", "int8", "CPU"]);
    expect([full.name, full.precision]).toEqual(["lite-medsam-clicks", "float32"]);
    expect(int8.hash).not.toBe(full.hash);
    const chosen = await loadSam("lite-medsam-clicks", { precision: "auto", device: "cpu" });
    // Only 8-bit instructions make int8 much faster.
    expect(chosen.hash).toBe((await exactWeightType()) === "int8" ? int8.hash : full.hash);
    await chosen.dispose();
  });

  it("gives almost the same embedding, from its own place on disk, and almost the same mask", async () => {
    const [a, b] = [await full.embed(image), await int8.embed(image)];
    if (!(a instanceof StoredEmbedding && b instanceof StoredEmbedding)) throw new TypeError("not stored");
    expect(b.key).not.toBe(a.key);
    const [x, y] = [a.tensor.data, b.tensor.data];
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const square = (of: (n: number) => number) => Math.sqrt(x.reduce((sum, _, n) => sum + of(n) ** 2, 0) / x.length);
    const misfit = square((n) => y[n]! - x[n]!) / square((n) => x[n]! - mean);
    expect(misfit).toBeGreaterThan(0.01);
    expect(misfit).toBeLessThan(0.077);
    const prompt = { box: [140, 110, 210, 190] } as const;
    const masks = [await full.predict(prompt, { embedding: a }), await int8.predict(prompt, { embedding: b })];
    expect(dice(masks[1]!.mask, masks[0]!.mask)).toBeGreaterThan(0.95);
  });

  it("is not exported, since the export would be another model", async () => {
    const refusal = {
      code: "argument-invalid",
      field: "sam",
      message: expect.stringContaining("Exports need float32"),
    };
    await expect(int8.export(join(await folder(), "sam.safetensors"))).rejects.toMatchObject(refusal);
    await expect(int8.exportOnnx(await folder())).rejects.toMatchObject(refusal);
  });

  it("does not train", async () => {
    const { volume, truth } = await sampleVolume("brain1");
    const study = { image: volume.slice(15), truth: truth.slice(15) };
    await expect(finetune(int8, [study], { steps: 1 })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "sam",
    });
  });
});
