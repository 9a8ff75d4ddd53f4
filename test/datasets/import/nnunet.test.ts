import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { failure } from "../../io/helpers.js";
import { dataset, picture, volume } from "./helpers.js";

const image = volume(9, 8, 7, 6, 5, 4, 3, 2);
const truth = volume(0, 1, 2, 3, 0, 0, 0, 0);

/** Version 2: two training cases in two channels, one test case with its label. */
const two = {
  "dataset.json": {
    name: "Brains",
    channel_names: { "0": "T1", "1": "FLAIR" },
    labels: { background: 0, edema: 1, core: [2, 3] },
    file_ending: ".nii.gz",
    license: "CC-BY-SA 4.0",
    numTraining: 2,
  },
  "imagesTr/b_10_0000.nii.gz": image,
  "imagesTr/b_10_0001.nii.gz": image,
  "imagesTr/b_9_0000.nii.gz": image,
  "imagesTr/b_9_0001.nii.gz": image,
  "labelsTr/b_10.nii.gz": truth,
  "labelsTr/b_9.nii.gz": truth,
  "imagesTs/t_0000.nii.gz": image,
  "imagesTs/t_0001.nii.gz": image,
  "labelsTs/t.nii.gz": truth,
};
const described = (edit: object, files: object = two) =>
  dataset({ ...files, "dataset.json": { ...two["dataset.json"], ...edit } });

describe("version 2", () => {
  it("finds cases, the chosen channel, labels and regions", async () => {
    const root = dataset(two);
    const manifest = await importManifest(root, { channel: "FLAIR" });
    expect(manifest).toMatchObject({ format: "nnunet", name: "Brains", file: join(root, "dataset.json"), notes: [] });
    expect(manifest.cases.map(({ id, split, image: { file } }) => [id, split, file])).toEqual([
      ["b_9", "train", join(root, "imagesTr/b_9_0001.nii.gz")],
      ["b_10", "train", join(root, "imagesTr/b_10_0001.nii.gz")],
      ["t", "test", join(root, "imagesTs/t_0001.nii.gz")],
    ]);
    const [first] = manifest.cases;
    expect(first).toMatchObject({
      modality: "MR",
      license: "CC-BY-SA 4.0",
      labels: { "1": "edema", "2+3": "core" },
      truth: { file: join(root, "labelsTr/b_9.nii.gz"), made: "unknown", sha256: null },
    });
    const loaded = await loadCase(first);
    expect(Array.from(loaded.truth.data)).toEqual([0, 1, 2, 2, 0, 0, 0, 0]);
  });

  it("asks which channel is meant", async () => {
    const error = await failure(importManifest(dataset(two)), "argument-invalid");
    expect(error.message).toContain('has the channels 0 (T1), 1 (FLAIR). Choose one: { channel: "T1" }.');
    expect((await failure(importManifest(dataset(two), { channel: 2 }), "argument-invalid")).field).toBe("channel");
  });

  it("takes a color picture as one image, but not three gray ones", async () => {
    const files = {
      "dataset.json": {
        channel_names: { "0": "R", "1": "G", "2": "B" },
        labels: { background: 0, polyp: 1 },
        file_ending: ".png",
      },
      "imagesTr/p1_0000.png": await picture(1, 2),
      "labelsTr/p1.png": await picture(0, 1),
    };
    const root = dataset(files);
    const { cases } = await importManifest(root, { modality: "Endoscopy" });
    expect(cases).toMatchObject([{ id: "p1", modality: "Endoscopy", labels: { "1": "polyp" } }]);
    await loadCase(cases[0]);
    expect((await failure(importManifest(root), "argument-invalid")).field).toBe("modality");
    const gray = dataset({ ...files, "imagesTr/p1_0001.png": await picture(3, 4) });
    const error = await failure(importManifest(gray, { modality: "Endoscopy" }), "argument-invalid");
    expect(error.field).toBe("channel");
  });

  it("follows a dataset section", async () => {
    const entry = { images: ["raw/x.nii.gz", "raw/y.nii.gz"], label: "drawn/x.nii.gz" };
    const files = { "raw/x.nii.gz": image, "raw/y.nii.gz": image, "drawn/x.nii.gz": truth };
    const root = described({ dataset: { x: entry } }, files);
    const { cases } = await importManifest(root, { channel: 1 });
    expect(cases.map((found) => found.image.file)).toEqual([join(root, "raw/y.nii.gz")]);
    const broken = described({ dataset: { x: { ...entry, label: 3 } } }, files);
    const error = await failure(importManifest(broken, { channel: 1 }), "manifest-invalid");
    expect(error.field).toBe("dataset.x.label");
  });
});

it("version 1: labels by number, modalities, no file ending", async () => {
  const root = dataset({
    "dataset.json": {
      name: "Old",
      modality: { "0": "CT" },
      labels: { "0": "background", "1": "liver", "2": "tumor" },
      training: [{ image: "./imagesTr/l.nii.gz", label: "./labelsTr/l.nii.gz" }],
    },
    "imagesTr/l_0000.nii.gz": image,
    "labelsTr/l.nii.gz": truth,
  });
  const { format, cases } = await importManifest(root);
  expect(format).toBe("nnunet");
  expect(cases).toMatchObject([{ id: "l", modality: "CT", labels: { "1": "liver", "2": "tumor" } }]);
});

describe("refuses", () => {
  it.each([
    [{ labels: undefined }, "manifest-invalid", "labels is missing"],
    [{ labels: ["liver"] }, "manifest-invalid", "labels must be an object"],
    [{ labels: { liver: 1.5 } }, "manifest-invalid", "labels.liver must be a whole number from 0 to 65535"],
    [{ labels: { liver: "one" } }, "manifest-invalid", "labels.liver must be a whole number"],
    [{ labels: { liver: [] } }, "manifest-invalid", "labels.liver must be a whole number"],
    [{ labels: { background: 0 } }, "manifest-invalid", "labels names nothing but background"],
    [{ labels: { "1": " " } }, "manifest-invalid", "labels.1 must have a name"],
    [{ labels: { liver: 1, ignore: 2 } }, "format-unsupported", "has an ignore label"],
    [{ channel_names: undefined }, "manifest-invalid", "channel_names (or modality) is missing"],
    [{ channel_names: ["CT"] }, "manifest-invalid", "channel_names must be an object"],
    [{ channel_names: { first: "CT" } }, "manifest-invalid", "channel_names.first must be"],
    [{ file_ending: ".zarr" }, "format-unsupported", 'samlab does not read ".zarr" files'],
    [{ file_ending: 4 }, "manifest-invalid", "file_ending must be text (it is 4)"],
    [{ dataset: { x: 1 } }, "manifest-invalid", "dataset.x must be an object"],
  ] as const)("%j", async (edit, code, message) => {
    const error = await failure(importManifest(described(edit), { channel: 0 }), code);
    expect(error.message).toContain(message);
  });

  it("JSON that is none", async () => {
    await failure(importManifest(dataset({ "dataset.json": "{" })), "manifest-invalid");
    await failure(importManifest(dataset({ "dataset.json": "[]" })), "manifest-invalid");
  });

  it("an image without label, a label without image, a missing channel", async () => {
    const { "labelsTr/b_9.nii.gz": _, "imagesTr/b_10_0001.nii.gz": __, ...files } = two;
    const root = dataset({ ...files, "labelsTr/b_11.nii.gz": truth });
    const error = await failure(importManifest(root, { channel: 1 }), "file-missing");
    expect(error.value).toEqual([
      "b_9 has no label",
      "b_10 has no image of channel 1",
      "b_11 has no image of channel 1",
    ]);
    expect(error.message).toContain('{ unmatched: "skip" }');
    const { cases, notes } = await importManifest(root, { channel: 1, unmatched: "skip" });
    expect(cases.map(({ id }) => id)).toEqual(["t"]);
    expect(notes).toContain("Left out: b_9 has no label.");
  });

  it("a folder without labels", async () => {
    const root = dataset({ "dataset.json": two["dataset.json"], "imagesTr/b_9_0000.nii.gz": image });
    const error = await failure(importManifest(root, { channel: 0 }), "file-missing");
    expect(error.message).toContain(`There is no folder ${join(root, "labelsTr")}`);
  });
});

it("overlapping regions are cases of their own, or one that is asked for", async () => {
  const root = described({ labels: { background: 0, whole: [1, 2, 3], core: [2, 3], other: 4 } });
  const { cases } = await importManifest(root, { channel: 0, labels: { "2+3": "core" } });
  expect(cases[0].labels).toEqual({ "2+3": "core" });
  const all = await importManifest(root, { channel: 0 });
  expect(all.cases.slice(0, 2)).toMatchObject([
    { labels: { "1+2+3": "whole", "4": "other" }, otherLabels: "background", subject: cases[0].id },
    { labels: { "2+3": "core" }, otherLabels: "background", subject: cases[0].id },
  ]);
  expect(all.cases).toHaveLength(2 * cases.length);
});
