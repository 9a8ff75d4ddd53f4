import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadSam, loadSam3d } from "../../src/index.js";
import { Volume, type VolumeInit } from "../../src/io/image/volume.js";
import { compileSamMed3d } from "../../src/models/sam-med3d.js";
import { Weights } from "../../src/models/weights.js";
import type { LoadedSam3d } from "../../src/predict/loaded-sam3d.js";
import type { Voxel, VoxelPoint } from "../../src/predict/sam3d.js";
import { VolumeCrop } from "../../src/predict/volume-crop.js";
import { drawn } from "../support/drawn.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { med3dVolume, samMed3dFile, samMed3dTensors } from "../support/sam-med3d.js";
import { sharedTemporaryCache } from "../support/temporary.js";

let folder: string;
sharedTemporaryCache(async (cache) => {
  folder = cache;
});
let path: string;
let sam: LoadedSam3d;
let golden: Golden;

const voxelOf = ([i, j, k]: ArrayLike<number> & Iterable<number>): Voxel => [i!, j!, k!];

/** The three clicks of make.py, in voxels of the volume. */
function clicksOf(name: string): VoxelPoint[] {
  const { data } = golden.get(`${name}.clicks`);
  return ([1, 0, 1] as const).map((label, n) => ({ voxel: voxelOf(data.subarray(3 * n, 3 * n + 3)), label }));
}

const centerOf = (name: string) => voxelOf(golden.get(`${name}.center`).data);

beforeAll(async () => {
  golden = await readGolden("sam-med3d/sam-med3d.safetensors");
  path = await samMed3dFile(folder);
  sam = await loadSam3d(path, { device: "cpu" });
});
afterAll(() => sam.dispose());

describe.each(["integers", "oblique"] as const)("a volume of %s goes the way of SAM-Med3D's own code", (name) => {
  it("into the cube, through the model, and back", async () => {
    const volume = med3dVolume(name);
    const cube = new VolumeCrop(volume, centerOf(name)).values();
    const expected = golden.get(`${name}.cube`).data;
    expect(maxDifference(thinned(cube), expected)).toBeLessThan(2e-5);
    const embedding = await sam.embed(volume, { center: centerOf(name) });
    const clicks = clicksOf(name);
    const { mask, lowResLogits } = await sam.predict(clicks, { embedding });
    const share = misfit(thinned(lowResLogits), golden.get(`${name}.logits`).data);
    if (process.env.SAMLAB_SHOW) console.log(name, share);
    expect(share).toBeLessThan(1e-4);
    const bits = golden.get(`${name}.mask`).data;
    const others = mask.data.filter((value, k) => value !== ((bits[k >> 3]! >> (7 - (k & 7))) & 1));
    expect(others.length / mask.data.length).toBeLessThan(1e-4);
  });
});

describe("loadSam3d", () => {
  it("takes the embedding from the cache, and goes on from a mask", async () => {
    const volume = med3dVolume("oblique");
    const center = [28, 24, 16] as const;
    const first = await sam.embed(volume, { center });
    expect(first.fromCache).toBe(false);
    const again = await vi.waitFor(async () => {
      const kept = await sam.embed(volume, { center });
      expect(kept.fromCache).toBe(true);
      return kept;
    });
    const points = [{ voxel: center }, { voxel: [30, 20, 14] as const, label: 0 as const }];
    const both = await sam.predict(points, { embedding: first });
    const { lowResLogits } = await sam.predict(points.slice(0, 1), { embedding: again });
    const next = await sam.predict(points, { embedding: again, maskInput: lowResLogits });
    expect(both.lowResLogits).not.toEqual(next.lowResLogits);
    expect(both.quality).toBe("stability");
    const above = (logit: number) => both.lowResLogits.filter((value) => value > logit).length;
    expect(both.predictedIou).toBe(above(1) / above(-1));
  });

  it("refuses what is no click, no mask, and no volume for it", async () => {
    const volume = med3dVolume("oblique");
    const embedding = await sam.embed(volume, { center: [28, 24, 16] });
    const inside = { voxel: [28, 24, 16] as const };
    const invalid = { code: "prompt-invalid" };
    for (const points of [[], null, [{}], [{ voxel: [1, 2] }], [{ voxel: [99, 2, 3] }], [{ ...inside, label: 2 }]])
      await expect(sam.predict(points as never, { embedding })).rejects.toMatchObject(invalid);
    const maskInput = new Float32Array(5);
    await expect(sam.predict([inside], { embedding, maskInput })).rejects.toMatchObject(invalid);
    const wrong = { code: "argument-invalid" };
    await expect(sam.predict([inside], { embedding: { ...embedding } })).rejects.toMatchObject(wrong);
    await expect(sam.embed(volume, { center: [0, 0, 99] })).rejects.toMatchObject(wrong);
    const { data, size, affine, window } = volume;
    const made = (other: Partial<VolumeInit>) => new Volume({ data, size, affine, window, source: "made", ...other });
    const embed = (other: Volume) => sam.embed(other, { center: [28, 24, 16] });
    await expect(embed(made({ hasSpacing: false }))).rejects.toMatchObject({ ...wrong, field: "spacing" });
    const below = made({ data: data.map((value: number) => -Math.abs(value)) as Float32Array });
    await expect(embed(below)).rejects.toMatchObject({ code: "image-empty" });
    const broken = made({ data: Float32Array.from(data).fill(Number.NaN, 40_000, 50_000) });
    await expect(embed(broken)).rejects.toMatchObject({ code: "image-not-finite" });
  });

  it("and loadSam each say which of them loads a file, and which cube is known", async () => {
    const unknown = { code: "model-unknown" };
    await expect(loadSam(path, { device: "cpu" })).rejects.toMatchObject({
      ...unknown,
      message: expect.stringContaining("which loadSam3d loads"),
    });
    await expect(loadSam3d(goldenPath("tiny-sam.pth"), { device: "cpu" })).rejects.toMatchObject(unknown);
    const tensors = samMed3dTensors();
    tensors.set("image_encoder.pos_embed", drawn("image_encoder.pos_embed", [1, 16, 16, 16, 48]));
    expect(() => compileSamMed3d(Weights.from("large.pth", tensors))).toThrow("with positions of [1, 16, 16, 16, 48]");
    const more = samMed3dTensors().set("mask_decoder.extra", drawn("mask_decoder.extra", [2]));
    expect(() => compileSamMed3d(Weights.from("more.pth", more))).toThrow(
      "has no place for, such as mask_decoder.extra",
    );
  });
});
