import { describe, expect, it } from "vitest";
import type { Mask2d } from "../../../src/core/mask.js";
import { encodePng, readRaster } from "../../../src/io/formats/raster.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask, MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { failure, golden, lowBitPng, niftiBytes, scratchFolder } from "../helpers.js";

const folder = scratchFolder();
const { affine } = golden<{ affine: number[] }[]>("geometry.json")[6];
const labels = Uint8Array.of(0, 1, 2, 0, 5, 1, 0, 2);

async function volume(name: string, options = {}): Promise<MaskVolume> {
  const mask = await loadMask(folder.path(name), options);
  if (!(mask instanceof MaskVolume)) throw new Error(`${name} is no volume`);
  return mask;
}

async function picture(name: string, options = {}): Promise<Mask2d> {
  const mask = await loadMask(folder.path(name), options);
  if (mask instanceof MaskVolume) throw new Error(`${name} is a volume`);
  return mask;
}

describe("a mask volume", () => {
  it.each(["mask.nii", "mask.nii.gz"])("comes back from %s", async (name) => {
    await saveMask(folder.path(name), new MaskVolume({ data: labels, size: [2, 2, 2], affine, source: "m" }));
    const mask = await volume(name);
    expect([mask.data, mask.size, mask.source]).toEqual([labels, [2, 2, 2], folder.path(name)]);
    for (const [n, value] of affine.entries()) expect(mask.affine[n]).toBeCloseTo(value, 5);
  });

  it.each([
    [{ label: 2 }, [0, 0, 1, 0, 0, 0, 0, 1]],
    [{ label: [1, 5] }, [0, 1, 0, 0, 1, 1, 0, 0]],
    [{ threshold: 2 }, [0, 0, 1, 0, 1, 0, 0, 1]],
  ])("is binary with %j", async (choice, expected) => {
    expect(Array.from((await volume("mask.nii", choice)).data)).toEqual(expected);
  });

  it("notes a label that no voxel has", async () => {
    const noteOf = async (options: object) => (await volume("mask.nii", options)).notes;
    expect(await noteOf({ label: 7 })).toEqual(["No voxel has the label 7; the file has 1, 2, 5."]);
    expect(await noteOf({ label: [7, 2, 9] })).toEqual(["No voxel has the label 7 or 9; the file has 1, 2, 5."]);
    expect([await noteOf({ label: 2 }), await noteOf({ threshold: 9 }), await noteOf({})]).toEqual([[], [], []]);
    await saveMask(folder.path("none.nii"), emptyMask({ size: [2, 2, 2], affine, source: "m" }));
    expect((await volume("none.nii", { label: 1 })).notes).toEqual([
      "No voxel has the label 1; the file has no label.",
    ]);
  });

  it("has no label that is a text", async () => {
    for (const label of ["1", ["1"], null]) {
      expect((await failure(volume("mask.nii", { label }), "argument-invalid")).message).toMatch(
        /label .* is not a number/,
      );
    }
  });

  it("has no colors, of which several would be one gray value", async () => {
    const colored = (name: string, ...voxels: number[]) =>
      folder.put(name, niftiBytes({ dims: [2, 1, 1], datatype: 128, bitpix: 24, voxels: Uint8Array.from(voxels) }));
    colored("red-green.nii", 255, 0, 0, 0, 130, 0);
    for (const choice of [{}, { label: 76 }, { threshold: 1 }]) {
      expect(await failure(volume("red-green.nii", choice), "format-unsupported")).toMatchObject({ field: "channels" });
    }
    colored("gray.nii", 0, 0, 0, 2, 2, 2);
    expect((await volume("gray.nii")).data).toEqual(Uint8Array.of(0, 2));
  });

  const floats = (name: string, ...values: number[]) => {
    const voxels = new Uint8Array(Float32Array.from(values).buffer);
    folder.put(name, niftiBytes({ dims: [values.length, 1, 1], datatype: 16, bitpix: 32, voxels }));
  };

  it("may be stored as floats", async () => {
    floats("floats.nii", 0, 1, 2);
    expect((await volume("floats.nii")).data).toEqual(Uint8Array.of(0, 1, 2));
  });

  it("needs a threshold when it is a probability map", async () => {
    floats("probability.nii", 0, 0.25, 0.75);
    const error = await failure(volume("probability.nii"), "format-invalid");
    expect(error.message).toContain("holds 0.25, 0.75, which are not labels. For a probability map");
    expect((await volume("probability.nii", { threshold: 0.5 })).data).toEqual(Uint8Array.of(0, 0, 1));
  });

  it("has no negative labels, and high ones only on demand", async () => {
    floats("negative.nii", 0, -1);
    await failure(volume("negative.nii"), "format-invalid");
    floats("high.nii", 0, 2035);
    expect((await volume("high.nii")).data).toEqual(Uint16Array.of(0, 2035));
    expect((await volume("high.nii", { label: 2035 })).data).toEqual(Uint8Array.of(0, 1));
    floats("higher.nii", 0, 70000);
    expect((await failure(volume("higher.nii"), "format-unsupported")).remedy).toBe(
      "Load one object: { label: 70000 }.",
    );
    expect((await volume("higher.nii", { label: 70000 })).data).toEqual(Uint8Array.of(0, 1));
  });

  it("must be named .nii or .nii.gz", async () => {
    const mask = new MaskVolume({ data: labels, size: [2, 2, 2], affine, source: "m" });
    await failure(saveMask(folder.path("mask.png"), mask), "argument-invalid");
  });
});

describe("a 2D mask", () => {
  const mask = { width: 3, height: 2, data: Uint8Array.of(0, 1, 0, 1, 1, 0) };

  it("comes back from PNG, where it is 0 and 255", async () => {
    await saveMask(folder.path("mask.png"), mask);
    expect((await readRaster(folder.path("mask.png"))).data).toEqual(Uint8Array.of(0, 255, 0, 255, 255, 0));
    expect(await picture("mask.png")).toEqual(mask);
  });

  it("is not guessed from several grays", async () => {
    folder.put("labels.png", await encodePng(2, 2, Uint8Array.of(0, 1, 2, 2)));
    const error = await failure(picture("labels.png"), "argument-invalid");
    expect(error.message).toContain("has the values [0, 1, 2]: which are the object?");
    expect((await picture("labels.png", { label: 2 })).data).toEqual(Uint8Array.of(0, 0, 1, 1));
    expect((await picture("labels.png", { threshold: 1 })).data).toEqual(Uint8Array.of(0, 1, 1, 1));
  });

  it("of few bits is as stored or as shown, whichever is asked for", async () => {
    folder.put("bits.png", lowBitPng(3, 2, 1, [0, 1, 0, 1, 1, 0]));
    const bits = Uint8Array.of(0, 1, 0, 1, 1, 0);
    for (const choice of [{}, { label: 1 }, { label: 255 }, { threshold: 1 }, { threshold: 128 }]) {
      expect((await picture("bits.png", choice)).data, JSON.stringify(choice)).toEqual(bits);
    }
    folder.put("few.png", lowBitPng(5, 1, 4, [0, 3, 15, 1, 3]));
    expect((await picture("few.png", { label: 3 })).data).toEqual(Uint8Array.of(0, 1, 0, 0, 1));
    expect((await picture("few.png", { label: [3, 1] })).data).toEqual(Uint8Array.of(0, 1, 0, 1, 1));
    expect((await picture("few.png", { label: 51 })).data).toEqual(Uint8Array.of(0, 1, 0, 0, 1));
    expect((await picture("few.png", { threshold: 200 })).data).toEqual(Uint8Array.of(0, 0, 1, 0, 0));
  });

  it("may be three equal channels, but no color", async () => {
    folder.put("rgb.png", await encodePng(2, 1, Uint8Array.of(0, 0, 0, 9, 9, 9)));
    expect((await picture("rgb.png")).data).toEqual(Uint8Array.of(0, 1));
    folder.put("red.png", await encodePng(2, 1, Uint8Array.of(0, 0, 0, 9, 0, 0)));
    await failure(picture("red.png"), "format-unsupported");
  });

  it("may be empty", async () => {
    folder.put("empty.png", await encodePng(2, 1, new Uint8Array(2)));
    expect((await picture("empty.png")).data).toEqual(new Uint8Array(2));
  });

  it("has no place in a volume", async () => {
    await saveMask(folder.path("mask.png"), mask);
    const on = new MaskVolume({ data: labels, size: [2, 2, 2], affine, source: "m" });
    const error = await failure(loadMask(folder.path("mask.png"), { on }), "geometry-mismatch");
    expect(error.message).toMatch(/mask\.png is a picture.*Load it without \{ on \}/);
  });

  it("must be named .png", async () => {
    await failure(saveMask(folder.path("mask.jpg"), mask), "argument-invalid");
  });
});

it("is chosen one way at a time, by numbers", async () => {
  for (const choice of [{ label: 1, threshold: 1 }, { threshold: Number.NaN }, { label: [] }, { label: Number.NaN }]) {
    await failure(volume("mask.nii", choice), "argument-invalid");
  }
});

describe("the background is no object", () => {
  it.each([0, -1, [1, 0]])("label %j is refused", async (label) => {
    const volumePath = folder.put("labels.nii", niftiBytes({ dims: [2, 2, 2], voxels: labels }));
    const picturePath = folder.put("labels.png", await encodePng(2, 1, Uint8Array.of(0, 255)));
    for (const path of [volumePath, picturePath]) {
      const error = await failure(loadMask(path, { label }), "argument-invalid");
      expect(error).toMatchObject({ field: "label", value: label === -1 ? -1 : 0 });
      expect(error.remedy).toBe("Labels start at 1; 0 is the background.");
    }
  });
});
