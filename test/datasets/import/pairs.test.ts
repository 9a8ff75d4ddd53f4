import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import type { ImportOptions } from "../../../src/datasets/import/types.js";
import { failure } from "../../io/helpers.js";
import { dataset, picture, volume } from "./helpers.js";

const png = await picture(0, 255);
const options = { labels: "lesion", modality: "Other" } as const;

/** Pairs as [id, image, mask], paths below the folder. */
async function pairsOf(root: string, extra: ImportOptions = {}) {
  const { cases } = await importManifest(root, { ...options, ...extra });
  return cases.map(({ id, image, truth }) => [id, ...[image, truth].map(({ file }) => file.slice(root.length + 1))]);
}

describe("finds pairs", () => {
  it("in two folders, by name, in the order that people count", async () => {
    const root = dataset({ "images/10.png": png, "images/9.png": png, "masks/9_gt.png": png, "masks/10.png": png });
    expect(await pairsOf(root)).toEqual([
      ["9", "images/9.png", "masks/9_gt.png"],
      ["10", "images/10.png", "masks/10.png"],
    ]);
  });

  it("in one folder, by the ends of the names", async () => {
    const root = dataset({
      "1.jpg": png,
      "1-mask.png": png,
      "ct_image.nii.gz": volume(...new Array(8).fill(1)),
      "ct_truth.nii.gz": volume(...new Array(8).fill(1)),
      "ISIC_7.jpg": png,
      "ISIC_7_segmentation.png": png,
      "image.png": png,
      "mask.png": png,
      "readme.txt": "not an image",
    });
    expect(await pairsOf(root)).toEqual([
      ["1", "1.jpg", "1-mask.png"],
      ["ct", "ct_image.nii.gz", "ct_truth.nii.gz"],
      [basename(root), "image.png", "mask.png"],
      ["ISIC_7", "ISIC_7.jpg", "ISIC_7_segmentation.png"],
    ]);
  });

  it("by patterns", async () => {
    const root = dataset({ "raw/a b.png": png, "raw/notes.png": png, "drawn/case-a b-lesion.png": png });
    const patterns = { images: "raw/*.png", masks: "drawn/case-*-lesion.png" };
    const error = await failure(importManifest(root, { ...options, ...patterns }), "file-missing");
    expect(error.value).toEqual([`${join(root, "raw/notes.png")} has no mask`]);
    expect(await pairsOf(root, { ...patterns, unmatched: "skip" })).toEqual([
      ["a_b", "raw/a b.png", "drawn/case-a b-lesion.png"],
    ]);
  });
});

it("one name for the object takes every value above 0, in a JPEG mask from 128", async () => {
  const root = dataset({ "1.png": png, "1_mask.png": png, "2.png": png, "2_mask.jpg": png });
  const { cases } = await importManifest(root, options);
  expect(cases.map(({ labels }) => labels)).toEqual([{ ">=1": "lesion" }, { ">=128": "lesion" }]);
  const loaded = await loadCase(cases[0]);
  expect(Array.from(loaded.truth.data)).toEqual([0, 1]);
  const cells = await importManifest(root, { ...options, instances: true });
  expect(cells.cases.map(({ labels, truth }) => [labels, truth.instances])).toEqual([
    [{ ">=1": "lesion" }, true],
    [{ ">=1": "lesion" }, true],
  ]);
});

it("the folder's or the file's name may tell the modality, and the options the rest", async () => {
  const root = dataset({ "us_1.png": png, "us_1_mask.png": png });
  const manifest = await importManifest(root, {
    labels: { "255": "nodule" },
    name: "Thyroids",
    license: "CC0-1.0",
    source: "clinic",
    split: "validation",
    made: "manual",
    slicing: { plane: "coronal" },
    window: { low: 0, high: 9 },
    sha256: true,
  });
  expect(manifest.name).toBe("Thyroids");
  expect(manifest.cases).toMatchObject([
    {
      modality: "Ultrasound",
      labels: { "255": "nodule" },
      license: "CC0-1.0",
      source: "clinic",
      split: "validation",
      truth: { made: "manual", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      otherLabels: "fail",
      slicing: { plane: "coronal", slices: "truth", minPixels: 1 },
      image: { window: { low: 0, high: 9 }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  ]);
  await loadCase(manifest.cases[0]);
});

describe("refuses", () => {
  const root = dataset({ "1.png": png, "1_mask.png": png, "2.png": png, "3_mask.png": png });

  it("files without partner, both ways", async () => {
    const error = await failure(importManifest(root, options), "file-missing");
    expect(error.value).toEqual([`${join(root, "2.png")} has no mask`, `${join(root, "3_mask.png")} has no image`]);
  });

  it("two masks of one image", async () => {
    const twice = dataset({ "1.png": png, "1_mask.png": png, "1_seg.png": png });
    const error = await failure(importManifest(twice, options), "manifest-invalid");
    expect(error.message).toContain('1_seg.png both stand for "1"');
  });

  it("one name for a gray mask, which needs a threshold", async () => {
    const gray = dataset({
      "1.png": await picture(0, 0, 0),
      "1_mask.png": await picture(0, 90, 255),
    });
    const error = await failure(importManifest(gray, options), "argument-invalid");
    expect(error.message).toContain(
      '1_mask.png has the values [0, 90, 255]: which are "lesion"? Say { labels: { ">=128"',
    );
    const { cases } = await importManifest(gray, { ...options, labels: { ">=128": "lesion" } });
    expect(cases).toHaveLength(1);
  });

  it("one name for masks of which a later one is gray, or shows another class", async () => {
    const later = async (...mask: number[]) =>
      dataset({ "1.png": png, "1_mask.png": png, "2.png": png, "2_mask.png": await picture(...mask) });
    const soft = await failure(importManifest(await later(0, 10, 40, 255), options), "argument-invalid");
    expect(soft.message).toContain('2_mask.png has the values [0, 10, 40, 255]: which are "lesion"?');
    const other = await failure(importManifest(await later(0, 2), options), "argument-invalid");
    expect(other.message).toMatch(/2_mask\.png has the values \[0, 2\], and .*1_mask\.png \[0, 255\]: which are/);
    expect((await importManifest(await later(0, 0), options)).cases).toHaveLength(2);
  });

  it("to guess what the masks show, and of which modality the images are", async () => {
    expect((await failure(importManifest(root, { modality: "CT", unmatched: "skip" }), "argument-invalid")).field).toBe(
      "labels",
    );
    expect((await failure(importManifest(root, { labels: "x", unmatched: "skip" }), "argument-invalid")).field).toBe(
      "modality",
    );
  });

  it.each([
    [{ images: "*.png" }, "masks"],
    [{ images: "*.png", masks: "mask.png" }, "masks"],
    [{ images: "**.png", masks: "*.png" }, "images"],
    [{ images: "*/a.png", masks: "*.png" }, "images"],
  ])("the patterns %j", async (patterns, field) => {
    expect((await failure(importManifest(root, { ...options, ...patterns }), "argument-invalid")).field).toBe(field);
  });

  it("labels that suit no manifest", async () => {
    const extra = { labels: { "0": "background" }, unmatched: "skip" } as const;
    const error = await failure(importManifest(root, { ...options, ...extra }), "manifest-invalid");
    expect(error.message).toContain('cases[0] "1": labels.0 has a wrong name: it must be a whole number from 1');
  });

  it("a folder without any, and one that is not there", async () => {
    await failure(importManifest(dataset({ "readme.txt": "x" }), options), "manifest-invalid");
    await failure(importManifest(join(root, "none"), options), "file-missing");
    const patterns = { images: "none/*.png", masks: "*.png" };
    await failure(importManifest(root, { ...options, ...patterns }), "file-missing");
  });
});
