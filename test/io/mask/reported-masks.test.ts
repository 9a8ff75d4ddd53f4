import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type Mask2d, maskArea } from "../../../src/core/mask.js";
import { loadCase } from "../../../src/datasets/case.js";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { loadImage } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { dice } from "../../../src/metrics/overlap.js";
import { hd95, maskScores } from "../../../src/metrics/scores.js";
import { failure, scratchFolder } from "../helpers.js";
import { reported } from "../reported.js";

const folder = scratchFolder();

async function volume(path: string, options = {}): Promise<MaskVolume> {
  const mask = await loadMask(path, options);
  if (!(mask instanceof MaskVolume)) throw new Error(`${path} is no volume`);
  return mask;
}

async function picture(path: string, options = {}): Promise<Mask2d> {
  const mask = await loadMask(path, options);
  if (mask instanceof MaskVolume) throw new Error(`${path} is a volume`);
  return mask;
}

describe("labels that are almost whole", () => {
  // numpy: np.rint of the voxels has 144 of label 1 and 32 of label 2.
  it.each(["f_099", "nib_int16_from_float", "nib_u8_from_float", "lab"])("%s holds 144 and 32 voxels", async (name) => {
    const path = reported(`mask-labels-almost-whole/${name}.nii.gz`);
    const mask = await volume(path);
    const count = (label: number) => mask.data.filter((value) => value === label).length;
    expect([count(1), count(2)]).toEqual([144, 32]);
    expect((await volume(path, { label: 1 })).voxels).toBe(144);
    expect((await volume(path, { label: 2 })).voxels).toBe(32);
    expect(mask.notes.filter((note) => note.startsWith("Labels were rounded"))).toHaveLength(name === "lab" ? 0 : 1);
  });

  it("and those that are not are refused, also by label", async () => {
    const path = reported("mask-labels-almost-whole/f_099.nii.gz");
    await failure(volume(path, { label: 1.5 }), "argument-invalid");
  });
});

describe("a palette", () => {
  // np.array(Image.open(f)) of Pillow.
  it.each([
    ["voc2", 120, 0],
    ["voc3", 120, 36],
    ["pal_bw", 120, 0],
    ["pal_inv", 120, 0],
    ["pal_grey3", 120, 36],
    ["pal_bits2", 120, 36],
    ["pal_trns", 120, 0],
  ])("%s has %i pixels of 1 and %i of 2", async (name, ones, twos) => {
    const path = reported(`png-palette-mask/${name}.png`);
    expect(maskArea(await picture(path, { label: 1 }))).toBe(ones);
    expect(maskArea(await picture(path, { label: 2 }))).toBe(twos);
    if (twos === 0) expect(maskArea(await picture(path))).toBe(ones);
  });

  it("of grays also answers to its grays", async () => {
    expect(maskArea(await picture(reported("png-palette-mask/pal_grey3.png"), { label: 127 }))).toBe(120);
    expect(maskArea(await picture(reported("png-palette-mask/pal_bw.png"), { threshold: 128 }))).toBe(120);
  });

  it("of several numbers is listed with its colors", async () => {
    const error = await failure(picture(reported("png-palette-mask/voc3.png")), "argument-invalid");
    expect(error.message).toContain(
      "a palette with the numbers 0 #000000, 1 #800000, 2 #008000: which are the object?",
    );
  });
});

describe("EXIF orientation", () => {
  /** A case of an image beside its mask, and the mean gray of the image under the truth. */
  async function meanUnderTruth(name: string, orientation?: string) {
    const path = reported(`exif-image-plain-mask/${name}`);
    const manifest = {
      format: "samlab-manifest/1",
      name: "exif",
      cases: [
        {
          id: name,
          modality: "Other",
          license: "CC0-1.0",
          split: "test",
          image: { path: join(path, "images/0.jpg"), ...(orientation ? { orientation } : {}) },
          truth: { path: join(path, "masks/0.png"), made: "manual" },
          labels: { ">=1": "box" },
        },
      ],
    };
    const { cases } = await readManifest(folder.put(`${name}.json`, JSON.stringify(manifest)));
    const loaded = await loadCase(cases[0]);
    if (loaded.kind !== "image") throw new Error(loaded.kind);
    const { image, truth, notes } = loaded;
    const gray = Array.from(image.data).filter((_, n) => n % image.channels === 0);
    const inside = gray.filter((_, n) => truth.data[n] > 0);
    return { mean: inside.reduce((sum, value) => sum + value, 0) / inside.length, notes };
  }

  // Pillow, not turned: 230.
  it("is ignored where the sizes say that the mask lies on the stored pixels", async () => {
    const { mean, notes } = await meanUnderTruth("rect6");
    expect(mean).toBeCloseTo(230, 0);
    expect(notes).toEqual(["The image's EXIF orientation 6 was ignored: the other file is of that size."]);
  });

  it("is asked about where they do not", async () => {
    const error = await failure(meanUnderTruth("sq6"), "geometry-mismatch");
    expect(error.message).toContain("The image has the EXIF orientation 6 and the truth has not");
    expect((await meanUnderTruth("sq6", "ignore")).mean).toBeCloseTo(230, 0);
    expect((await meanUnderTruth("sq6", "apply")).mean).toBeLessThan(60);
  });

  it("is applied to a picture that is loaded alone, unless it is to be ignored", async () => {
    const path = reported("exif-image-plain-mask/rect6/images/0.jpg");
    const [upright, stored] = [await loadImage(path), await loadImage(path, { orientation: "ignore" })];
    expect([upright.width, upright.height]).toEqual([stored.height, stored.width]);
  });
});

describe("grids", () => {
  it("that are turned against each other are compared where they lie", async () => {
    const [ras, las] = [
      await volume(reported("dice-las-vs-ras/ras.nii.gz")),
      await volume(reported("dice-las-vs-ras/las.nii.gz")),
    ];
    // numpy after as_closest_canonical: the same voxels.
    expect(dice(ras, las)).toBe(1);
    expect(hd95(ras, las, { spacing: [1, 1, 2] })).toBe(0);
    expect(maskScores(las, ras)).toMatchObject({ dice: 1, iou: 1, hd: 0, assd: 0, volumeDifference: 0 });
  });

  it("that lie elsewhere are refused in mm", async () => {
    const ras = await volume(reported("dice-las-vs-ras/ras.nii.gz"));
    const affine = ras.affine.map((value, n) => (n === 3 ? value + 4 : value));
    const moved = new MaskVolume({ data: ras.data, size: ras.size, affine, source: "moved" });
    for (const score of [dice, hd95]) {
      const error = await failure(() => score(ras, moved), "geometry-mismatch");
      expect(error.message).toContain("their corners are up to 4.00 mm apart");
    }
  });
});

describe("an alpha channel", () => {
  const rgba = async (name: string, pixel: (inside: boolean) => number[]) => {
    const data = Uint8Array.from({ length: 16 }, (_, n) => n).reduce<number[]>(
      (all, n) => all.concat(pixel(n % 4 === 1)),
      [],
    );
    const path = folder.path(name);
    const channels = (data.length / 16) as 2 | 4;
    writeFileSync(
      path,
      await sharp(Uint8Array.from(data), { raw: { width: 4, height: 4, channels } })
        .png()
        .toBuffer(),
    );
    return path;
  };

  it.each([
    ["white everywhere", (inside: boolean) => [255, 255, 255, inside ? 255 : 0]],
    ["black everywhere", (inside: boolean) => [0, 0, 0, inside ? 255 : 0]],
    ["the other way round", (inside: boolean) => (inside ? [0, 0, 0, 255] : [255, 255, 255, 0])],
    ["never quite nothing", (inside: boolean) => [9, 9, 9, inside ? 255 : 1]],
  ])("that holds the mask is no mask: %s", async (name, pixel) => {
    const error = await failure(picture(await rgba(`${name}.png`, pixel), { threshold: 1 }), "format-unsupported");
    expect(error.field).toBe("alpha");
  });

  it("that says the same as the colors does no harm", async () => {
    const path = await rgba("same.png", (inside) => (inside ? [255, 255, 255, 255] : [0, 0, 0, 0]));
    expect(maskArea(await picture(path))).toBe(4);
    const opaque = await rgba("opaque.png", (inside) => (inside ? [7, 7, 7, 255] : [0, 0, 0, 255]));
    expect(maskArea(await picture(opaque))).toBe(4);
  });
});

it("a picture beyond the pixel limit is named so", async () => {
  const error = await failure(loadImage(reported("png-pixel-limit-message/huge1bit.png")), "format-unsupported");
  expect(error.message).toContain("has 16500×16500 pixels; pictures of up to 268402689 pixels are read");
  expect(error.message).toContain("Cut it into tiles");
  expect(dirname(error.file ?? "")).toBe(dirname(reported("png-pixel-limit-message/huge1bit.png")));
});
