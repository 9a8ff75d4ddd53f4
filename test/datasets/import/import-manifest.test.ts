import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import type { ImportOptions } from "../../../src/datasets/import/types.js";
import { readManifest } from "../../../src/datasets/manifest/read.js";
import { saveManifest } from "../../../src/datasets/manifest/write.js";
import { failure } from "../../io/helpers.js";
import { dataset, picture, volume } from "./helpers.js";

const png = await picture(0, 255);
const nifti = volume(0, 1, 0, 0, 0, 0, 0, 0);
const ct = { channel_names: { "0": "CT" }, labels: { background: 0, liver: 1 }, file_ending: ".nii.gz" };

it("an import can be saved, read and loaded", async () => {
  const root = dataset({
    "raw/dataset.json": ct,
    "raw/imagesTr/a_0000.nii.gz": nifti,
    "raw/labelsTr/a.nii.gz": nifti,
  });
  const imported = await importManifest(join(root, "raw"), { window: "liver", sha256: true });
  mkdirSync(join(root, "lists"));
  const path = join(root, "lists/liver.json");
  await saveManifest(path, imported);
  const { name, cases } = await readManifest(path);
  expect(name).toBe("raw");
  expect(cases).toMatchObject([
    {
      image: { ...imported.cases[0].image, path: "../raw/imagesTr/a_0000.nii.gz" },
      truth: { ...imported.cases[0].truth, path: "../raw/labelsTr/a.nii.gz" },
      labels: { "1": "liver" },
    },
  ]);
  expect((await loadCase(cases[0])).names).toEqual(new Map([[1, "liver"]]));
});

it("ids are plain and unique", async () => {
  const root = dataset({
    "benign (1).png": png,
    "benign (1)_mask.png": png,
    "benign [1].png": png,
    "benign [1]_mask.png": png,
  });
  const { cases } = await importManifest(root, { labels: "lesion", modality: "Ultrasound" });
  expect(cases.map(({ id, title }) => [id, title])).toEqual([
    ["benign_1_", "benign (1)"],
    ["benign_1_-2", "benign [1]"],
  ]);
});

describe("detects the format", () => {
  it.each([
    ["nnunet", { "dataset.json": ct, "imagesTr/a_0000.nii.gz": nifti, "labelsTr/a.nii.gz": nifti }],
    [
      "decathlon",
      {
        "dataset.json": {
          ...ct,
          channel_names: undefined,
          modality: { "0": "CT" },
          training: [{ image: "a.nii", label: "b.nii" }],
        },
        "a.nii": nifti,
        "b.nii": nifti,
      },
    ],
    ["pairs", { "a.png": png, "a_mask.png": png }],
  ])("%s", async (format, files) => {
    const options = format === "pairs" ? ({ labels: "x", modality: "Other" } as const) : {};
    expect((await importManifest(dataset(files), options)).format).toBe(format);
  });

  it("and takes the word of the options for it", async () => {
    const root = dataset({ "dataset.json": ct, "a.png": png, "a_mask.png": png });
    const { format } = await importManifest(root, { format: "pairs", labels: "x", modality: "Other" });
    expect(format).toBe("pairs");
  });
});

describe("refuses", () => {
  it.each([
    [{ "some.json": { a: 1 } }, "some.json", {}, "format-unknown", "describes no data set that samlab knows"],
    [
      { "m.json": { format: "samlab-manifest/1" } },
      "m.json",
      {},
      "argument-invalid",
      "is a manifest of samlab already",
    ],
    [{ "a.png": png }, "", { format: "nnunet" }, "file-missing", "holds no dataset.json"],
    [{ "a.png": png }, "", { format: "coco" }, "file-missing", "holds no instances_*.json"],
    [{ "instances_a.json": {}, "instances_b.json": {} }, "", {}, "argument-invalid", "holds several data sets"],
    [{ "a.png": png }, "", { format: "yolo" as "coco" }, "argument-invalid", 'There is no import format "yolo"'],
    [{ "a.png": png }, "gone", {}, "file-missing", "gone"],
  ] as const)("%#", async (files, path, options: ImportOptions, code, message) => {
    const error = await failure(importManifest(join(dataset(files), path), options), code);
    expect(error.message).toContain(message);
  });

  it("to go on when canceled", async () => {
    const root = dataset({ "dataset.json": ct, "imagesTr/a_0000.nii.gz": nifti, "labelsTr/a.nii.gz": nifti });
    await failure(importManifest(root, { signal: AbortSignal.abort() }), "canceled");
  });
});
