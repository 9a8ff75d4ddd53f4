import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { failure } from "../../io/helpers.js";
import { dataset, volume } from "./helpers.js";

const task = {
  "dataset.json": {
    name: "BRATS",
    description: "Gliomas.",
    license: "CC-BY-SA 4.0",
    reference: "https://example.org/brats",
    modality: { "0": "FLAIR", "1": "T1w" },
    labels: { "0": "background", "1": "edema", "3": "enhancing tumor" },
    training: [{ image: "./imagesTr/BRATS_1.nii.gz", label: "./labelsTr/BRATS_1.nii.gz" }],
    test: ["./imagesTs/BRATS_2.nii.gz"],
  },
  "imagesTr/BRATS_1.nii.gz": volume(1, 1, 1, 1, 1, 1, 1, 1, 20, 21, 22, 23, 24, 25, 26, 27),
  "labelsTr/BRATS_1.nii.gz": volume(0, 1, 2, 3, 0, 0, 0, 0),
};
const described = (edit: object) => dataset({ ...task, "dataset.json": { ...task["dataset.json"], ...edit } });

it("a modality of a 4D file is its frame", async () => {
  const root = dataset(task);
  const manifest = await importManifest(root, { channel: "T1w" });
  expect(manifest).toMatchObject({ format: "decathlon", name: "BRATS", description: "Gliomas.", notes: [] });
  const [entry] = manifest.cases;
  expect(manifest.cases).toEqual([
    {
      id: "BRATS_1",
      title: "BRATS_1",
      subject: "BRATS_1",
      modality: "MR",
      image: {
        path: join(root, "imagesTr/BRATS_1.nii.gz"),
        file: join(root, "imagesTr/BRATS_1.nii.gz"),
        sha256: null,
        frame: 1,
        window: "auto",
        series: null,
        nonFinite: "reject",
        orientation: null,
      },
      truth: {
        path: join(root, "labelsTr/BRATS_1.nii.gz"),
        file: join(root, "labelsTr/BRATS_1.nii.gz"),
        sha256: null,
        frame: null,
        made: "unknown",
        note: "",
        instances: false,
      },
      labels: { "1": "edema", "3": "enhancing tumor" },
      otherLabels: "fail",
      slicing: { plane: "axial", slices: "truth", minPixels: 1 },
      license: "CC-BY-SA 4.0",
      source: "https://example.org/brats",
      split: "train",
      notes: "",
      manifest: join(root, "dataset.json"),
    },
  ]);
  const loaded = await loadCase(entry);
  if (loaded.kind !== "volume") throw new Error(loaded.kind);
  expect(Array.from(loaded.volume.data)).toEqual([20, 21, 22, 23, 24, 25, 26, 27]);
  expect(Array.from(loaded.truth.data)).toEqual([0, 1, 0, 3, 0, 0, 0, 0]);
});

it("one modality needs no choice and no frame", async () => {
  const { cases } = await importManifest(described({ modality: { "0": "CT" } }));
  expect(cases).toMatchObject([{ modality: "CT", image: { frame: null } }]);
});

describe("refuses", () => {
  it.each([
    [{ training: [{ image: "a.nii.gz" }] }, "manifest-invalid", "training[0].label is missing"],
    [{ training: [3] }, "manifest-invalid", "training[0] must be an object"],
    [{ training: {} }, "manifest-invalid", "training must be a list"],
    [{ training: [] }, "manifest-invalid", "holds no case"],
    [{ modality: undefined }, "manifest-invalid", "channel_names (or modality) is missing"],
    [
      { training: [{ image: "imagesTr/BRATS_1.nii.gz", label: "labelsTr/none.nii.gz" }] },
      "file-missing",
      "training[0] has no label labelsTr/none.nii.gz",
    ],
    [
      { training: [{ image: "imagesTr/none.nii.gz", label: "labelsTr/BRATS_1.nii.gz" }] },
      "file-missing",
      "training[0] has no image imagesTr/none.nii.gz",
    ],
  ] as const)("%j", async (edit, code, message) => {
    const error = await failure(importManifest(described(edit), { channel: 0, format: "decathlon" }), code);
    expect(error.message).toContain(message);
  });
});
