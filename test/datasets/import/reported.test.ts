import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { readLookupTable } from "../../../src/datasets/import/lookup-table.js";
import { failure, niftiBytes, scratchFolder } from "../../io/helpers.js";
import { reported } from "../../io/reported.js";
import { dataset, picture, volume } from "./helpers.js";

const folder = scratchFolder();
const coco = (name: string) => reported(`coco-empty-segmentation/${name}/instances_x.json`);

describe("COCO annotations without a usable segmentation", () => {
  // pycocotools 2.0.11: annToMask of the good polygon has 243 pixels.
  it.each(["empty_seg", "short_poly"])("%s are left out and counted", async (name) => {
    const out = folder.path(name);
    const { cases, notes } = await importManifest(coco(name), { out, modality: "Microscopy" });
    expect(cases).toHaveLength(1);
    const loaded = await loadCase(cases[0]);
    if (loaded.kind !== "image") throw new Error(loaded.kind);
    expect(loaded.truth.data.filter((value) => value > 0)).toHaveLength(243);
    expect(notes.join(" ")).toContain("Left out: 1 of 2 annotations without a usable segmentation.");
  });

  it("alone make no data set, which says why", async () => {
    const error = await failure(importManifest(coco("bbox_only"), { out: folder.path("none") }), "manifest-invalid");
    expect(error.message).toMatch(/none of \d+ annotations has a usable segmentation/);
  });
});

describe("COCO pictures with an EXIF orientation", () => {
  /** A square or oblong turned picture with the box that it shows as a polygon on its stored pixels. */
  function turned(name: string, size: { width: number; height: number }): string {
    const root = folder.path(`${name}-${size.width}`);
    mkdirSync(root);
    copyFileSync(reported(`exif-image-plain-mask/${name}/images/0.jpg`), join(root, "0.jpg"));
    const polygon = [8, 5, 40, 5, 40, 15, 8, 15];
    const json = {
      images: [{ id: 1, file_name: "0.jpg", ...size }],
      categories: [{ id: 1, name: "box" }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, iscrowd: 0, segmentation: [polygon] }],
    };
    writeFileSync(join(root, "instances_a.json"), JSON.stringify(json));
    return root;
  }

  async function mean(root: string, options = {}) {
    const [entry] = (await importManifest(root, { out: `${root}-out`, modality: "Other", ...options })).cases;
    const loaded = await loadCase(entry);
    if (loaded.kind !== "image") throw new Error(loaded.kind);
    const { image, truth } = loaded;
    const inside = Array.from(truth.data.keys()).filter((n) => truth.data[n] > 0);
    return inside.reduce((sum, n) => sum + image.data[n * image.channels], 0) / inside.length;
  }

  it("lie where their annotated size says", async () => {
    expect(await mean(turned("rect6", { width: 64, height: 48 }))).toBeCloseTo(230, 0);
  });

  it("are asked about where it does not", async () => {
    const root = turned("sq6", { width: 64, height: 64 });
    expect((await failure(mean(root), "geometry-mismatch")).message).toContain("EXIF orientation 6");
    expect(await mean(root, { orientation: "ignore" })).toBeCloseTo(230, 0);
    expect(await mean(root, { orientation: "apply" })).toBeLessThan(100);
  });
});

describe("pairs", () => {
  it("may be TIFF, NRRD or MetaImage", async () => {
    const tif = readFileSync(new URL("../../golden/formats/files/u1.tif", import.meta.url));
    const root = dataset({ "images/a.tif": tif, "masks/a.tif": tif });
    const { cases } = await importManifest(root, { labels: { ">=1": "thing" }, modality: "Microscopy" });
    expect(cases).toHaveLength(1);
    expect((await loadCase(cases[0])).kind).toBe("image");
  });

  it("name the partner that is there but of a kind that is not read", async () => {
    const root = dataset({ "images/a.png": await picture(1, 2), "masks/a.bmp": "BM" });
    const error = await failure(importManifest(root, { labels: "thing", modality: "Other" }), "file-missing");
    expect(error.message).toMatch(/a\.png has no mask \(.*a\.bmp has a format that is not read\)/);
  });
});

describe("a lookup table", () => {
  const freeSurfer =
    "#No. Label Name:  R G B A\n0 Unknown 0 0 0 0\n17  Left-Hippocampus  220 216 20 0\n1003 ctx-lh-x 1 2 3 0\n";

  it.each([
    ["FreeSurferColorLUT.txt", freeSurfer],
    ["slicer.ctbl", "# Color table\n17 Left-Hippocampus 220 216 20 255\n1003 ctx-lh-x 1 2 3 255\n"],
    [
      "snap.txt",
      '    0  0 0 0  0 0 0 "Clear Label"\n 17 255 0 0 1 1 1 "Left-Hippocampus"\n 1003 1 2 3 1 1 1 "ctx-lh-x"\n',
    ],
    ["dseg.tsv", "index\tname\tcolor\n17\tLeft-Hippocampus\t#fff\n1003\tctx-lh-x\t#000\n"],
  ])("%s names numbers", async (name, text) => {
    expect([...(await readLookupTable(folder.put(name, text)))]).toEqual([
      [17, "Left-Hippocampus"],
      [1003, "ctx-lh-x"],
    ]);
  });

  it("names what occurs in the truths, also above 255", async () => {
    const labels = Int16Array.of(0, 17, 17, 1003, 5, 0, 0, 0);
    const truth = niftiBytes({ dims: [2, 2, 2], datatype: 4, bitpix: 16, voxels: new Uint8Array(labels.buffer) });
    const root = dataset({ "a_image.nii": volume(1, 2, 3, 4, 5, 6, 7, 8), "a_seg.nii": truth });
    const lookupTable = folder.put("lut.txt", freeSurfer);
    const { cases } = await importManifest(root, { lookupTable, modality: "MR" });
    expect(cases[0].labels).toEqual({ "5": "label 5", "17": "Left-Hippocampus", "1003": "ctx-lh-x" });
    const loaded = await loadCase(cases[0]);
    if (loaded.kind !== "volume") throw new Error(loaded.kind);
    expect(loaded.truth.labels).toEqual([5, 17, 1003]);
    expect(loaded.truth.slice(0, "axial", { label: 1003 }).data.filter((value) => value > 0)).toHaveLength(1);
  });

  it("that names nothing is refused, in no more time than its length asks for", async () => {
    const blanks = " ".repeat(300_000);
    for (const text of ["hello\n", `1 a${blanks}b\n`, `1${blanks}b\n`]) {
      const path = folder.put("none.txt", text);
      const started = performance.now();
      await failure(readLookupTable(path), "format-invalid");
      expect(performance.now() - started).toBeLessThan(2000);
    }
  });
});
