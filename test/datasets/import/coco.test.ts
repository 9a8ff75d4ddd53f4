import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { encodePng } from "../../../src/io/formats/raster.js";
import { failure } from "../../io/helpers.js";
import { dataset } from "./helpers.js";

const png = await encodePng(
  4,
  3,
  Uint8Array.from({ length: 12 }, (_, n) => 20 * n),
);
const annotation = (id: number, category_id: number, segmentation: unknown, rest: object = {}) => ({
  id,
  image_id: 7,
  category_id,
  segmentation,
  ...rest,
});
/** Columns 0 and 1 as run lengths, column 1 as text, pixel (3, 2) as a polygon. */
const left = { size: [3, 4], counts: [0, 6, 6] };
const second = { size: [3, 4], counts: "336" };
const corner = [[3, 2, 4, 2, 4, 3, 3, 3]];
const instances = {
  info: { description: "Two cells" },
  licenses: [{ id: 1, name: "CC BY 4.0" }],
  images: [{ id: 7, file_name: "a b.png", width: 4, height: 3 }],
  categories: [
    { id: 1, name: "cell" },
    { id: 5, name: "nucleus" },
  ],
  annotations: [
    annotation(1, 1, left),
    annotation(2, 1, corner),
    annotation(3, 5, corner),
    annotation(4, 1, second),
    annotation(5, 1, left, { iscrowd: 1 }),
  ],
};
type Instances = Omit<typeof instances, "annotations" | "images"> & { annotations: unknown; images: unknown };

function place(edit: { readonly [F in keyof Instances]?: Instances[F] | undefined } = {}) {
  const root = dataset({ "annotations/instances_val.json": { ...instances, ...edit }, "val/a b.png": png });
  return { root, out: join(root, "out"), file: join(root, "annotations/instances_val.json") };
}

it("makes one case of each image and category, and another of objects that overlap", async () => {
  const { root, out, file } = place();
  const manifest = await importManifest(root, { out, modality: "Microscopy" });
  expect(manifest).toMatchObject({ format: "coco", name: "Two cells", file });
  expect(manifest.notes).toEqual(["Left out: 1 crowd regions (iscrowd) on 1 images; a crowd is not a single object."]);
  expect(manifest.cases.map(({ id, labels, subject, license }) => [id, labels, subject, license])).toEqual([
    ["a_b-cell", { ">=1": "cell" }, "a b.png", "CC BY 4.0"],
    ["a_b-cell-2", { ">=1": "cell" }, "a b.png", "CC BY 4.0"],
    ["a_b-nucleus", { ">=1": "nucleus" }, "a b.png", "CC BY 4.0"],
  ]);
  const loaded = await Promise.all(manifest.cases.map((entry) => loadCase(entry)));
  expect(loaded.map(({ truth }) => Array.from(truth.data))).toEqual([
    [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 2],
    [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ]);
});

it("writes over no file of another data set", async () => {
  const [one, other] = [place(), place({ annotations: [annotation(1, 1, second)] })];
  const { cases } = await importManifest(one.root, { out: one.out, modality: "Microscopy" });
  const before = await loadCase(cases[0]);
  const error = await failure(importManifest(other.root, { out: one.out, modality: "Microscopy" }), "argument-invalid");
  expect(error).toMatchObject({ file: cases[0].truth.file, message: expect.stringContaining("a folder of its own") });
  expect((await loadCase(cases[0])).truth).toEqual(before.truth);
  const again = await importManifest(one.root, { out: one.out, modality: "Microscopy" });
  expect(again.cases).toEqual(cases);
});

it("counts annotations that cover no pixel", async () => {
  const speck = [[0.1, 0.1, 0.4, 0.1, 0.4, 0.4]];
  const { root, out } = place({ annotations: [annotation(1, 1, left), annotation(2, 1, speck)] });
  const { notes, cases } = await importManifest(root, { out, modality: "Microscopy" });
  expect(notes).toEqual([
    "Left out: 1 of 2 annotations that cover no pixel. The first: annotations[1] (id 2) on a b.png.",
  ]);
  expect(cases).toHaveLength(1);
  const alone = place({ annotations: [annotation(2, 1, speck)] });
  const error = await failure(importManifest(alone.root, { out: alone.out }), "manifest-invalid");
  expect(error).toMatchObject({ file: alone.file, field: "annotations", value: 1 });
  expect(error.message).toContain("none of 1 annotations covers a pixel");
});

it("finds the images in the given folder", async () => {
  const root = dataset({ "a.json": instances, "elsewhere/a b.png": png });
  const [file, out] = [join(root, "a.json"), join(root, "out")];
  const error = await failure(importManifest(file, { out }), "file-missing");
  expect(error.field).toBe("images");
  const { cases } = await importManifest(file, { out, images: join(root, "elsewhere"), modality: "Microscopy" });
  expect(cases).toHaveLength(3);
});

describe("refuses", () => {
  const [image] = instances.images;
  it.each([
    [{ annotations: undefined }, "manifest-invalid", "annotations is missing"],
    [{ categories: undefined }, "manifest-invalid", "categories is missing"],
    [{ images: [{ ...image, width: 0 }] }, "manifest-invalid", "images[0] must have a width and a height above 0"],
    [{ images: [{ ...image, file_name: undefined }] }, "manifest-invalid", "images[0].file_name is missing"],
    [
      { images: [{ ...image, id: 3 }] },
      "manifest-invalid",
      "annotations[0] (id 1).image_id is the id of no image (it is 7)",
    ],
    [
      { annotations: [annotation(1, 9, left)] },
      "manifest-invalid",
      "annotations[0] (id 1).category_id is the id of no",
    ],
    [{ annotations: [annotation(1, 1.5, left)] }, "manifest-invalid", "category_id must be a whole number"],
    [
      { annotations: [annotation(1, 1, undefined)] },
      "manifest-invalid",
      "annotations[0] (id 1).segmentation is missing",
    ],
    [{ annotations: [annotation(1, 1, [])] }, "manifest-invalid", "segmentation must have at least one polygon"],
    [
      { annotations: [annotation(1, 1, [[1, 1, 2, 2]])] },
      "manifest-invalid",
      "segmentation[0] must list x, y of at least",
    ],
    [{ annotations: [annotation(1, 1, [[1, 1, 2, 2, 3]])] }, "manifest-invalid", "segmentation[0] must list x, y"],
    [{ annotations: [annotation(1, 1, { size: [3, 4] })] }, "manifest-invalid", "segmentation.counts must be a list"],
    [
      { annotations: [annotation(1, 1, { size: [4, 3], counts: [12] })] },
      "manifest-invalid",
      "segmentation.size is [4, 3], but its image has 3 rows of 4 pixels",
    ],
    [
      { annotations: [annotation(1, 1, { size: [3, 4], counts: [0, 6, 7] })] },
      "manifest-invalid",
      "annotations[0] (id 1).segmentation: The runs [0, 6, 7] do not fill a 4×3 mask",
    ],
    [
      { annotations: [annotation(1, 1, { size: [3, 4], counts: "337" })] },
      "manifest-invalid",
      "The runs [3, 3, 7] do not fill a 4×3 mask",
    ],
    [
      { annotations: [annotation(1, 1, { size: [3, 4], counts: "33é" })] },
      "manifest-invalid",
      "are broken at character 2",
    ],
    [{ annotations: [annotation(1, 1, left, { iscrowd: 1 })] }, "manifest-invalid", "holds no case"],
  ] as const)("%j", async (edit, code, message) => {
    const { file, out } = place(edit);
    const error = await failure(importManifest(file, { out, modality: "Other", format: "coco" }), code);
    expect(error.message).toContain(message);
    expect(error.file).toBe(file);
  });

  it("foreign labels, and to write elsewhere", async () => {
    const { root, out } = place();
    expect((await failure(importManifest(root, { out, labels: "cell" }), "argument-invalid")).field).toBe("labels");
    expect((await failure(importManifest(root, { out, instances: false }), "argument-invalid")).field).toBe(
      "instances",
    );
    expect((await failure(importManifest(root), "argument-invalid")).field).toBe("out");
  });

  it("an image that is not there", async () => {
    const images = [...instances.images, { id: 8, file_name: "gone.png", width: 4, height: 3 }];
    const { root, out } = place({ images });
    const error = await failure(importManifest(root, { out, modality: "Other" }), "file-missing");
    expect(error.message).toContain("there is no image");
    expect(error.message).toContain("gone.png");
  });
});
