import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../../src/datasets/case.js";
import { importManifest } from "../../../src/datasets/import/import-manifest.js";
import { bytesOfBase64, failure } from "../../io/helpers.js";
import { dataset, golden } from "./helpers.js";

interface Archive {
  name: string;
  bytes: string;
  imgs: number[] | null;
  gts: number[] | null;
}
const archives = new Map(golden<Archive[]>("npz.json").map((archive) => [archive.name, archive]));

function folderOf(...names: string[]) {
  const root = dataset(
    Object.fromEntries(names.map((name) => [`${name}.npz`, bytesOfBase64(archives.get(name)!.bytes)])),
  );
  return { root, out: join(root, "out") };
}

it("reads a challenge folder: a volume, a color picture, a gray one", async () => {
  const { root, out } = folderOf("2DBox_Endoscopy_0002", "2DBox_US_0003", "3DBox_CT_0001");
  const { format, cases, notes } = await importManifest(root, { out });
  expect([format, notes]).toEqual(["npz", []]);
  expect(cases.map(({ id, modality, labels, truth }) => [id, modality, labels, truth.instances])).toEqual([
    ["2DBox_Endoscopy_0002", "Endoscopy", { ">=1": "object" }, true],
    ["2DBox_US_0003", "Ultrasound", { ">=1": "object" }, true],
    ["3DBox_CT_0001", "CT", { ">=1": "object" }, true],
  ]);
  const [endoscopy, ultrasound, ct] = await Promise.all(cases.map((entry) => loadCase(entry)));
  if (endoscopy.kind !== "image" || ultrasound.kind !== "image" || ct.kind !== "volume") throw new Error("kinds");
  expect(endoscopy.image).toMatchObject({ width: 9, height: 7, channels: 3 });
  expect(Array.from(endoscopy.image.data)).toEqual(archives.get("2DBox_Endoscopy_0002")!.imgs);
  expect(Array.from(endoscopy.truth.data)).toEqual(archives.get("2DBox_Endoscopy_0002")!.gts);
  expect([...endoscopy.names.keys()]).toEqual([1, 2, 300]);
  expect(ultrasound.image.channels).toBe(1);
  expect(Array.from(ultrasound.image.data)).toEqual(archives.get("2DBox_US_0003")!.imgs);
  expect(ct.volume.size).toEqual([6, 5, 4]);
  expect(ct.volume.spacing).toEqual([0.5, 0.75, 3]);
  expect(ct.volume.window).toMatchObject({ low: 0, high: 255 });
  expect(Array.from(ct.volume.data)).toEqual(archives.get("3DBox_CT_0001")!.imgs);
  expect(Array.from(ct.truth.data)).toEqual(archives.get("3DBox_CT_0001")!.gts);
  // The rows of the array are the rows of the axial slice.
  expect(Array.from(ct.volume.slice(1).data)).toEqual(archives.get("3DBox_CT_0001")!.imgs!.slice(30, 60));
});

it("writes over no file of another data set", async () => {
  const { root, out } = folderOf("2DBox_US_0003", "3DBox_CT_0001");
  const first = await importManifest(root, { out });
  expect((await importManifest(root, { out })).cases).toEqual(first.cases);
  for (const [name, other] of [
    ["2DBox_US_0003", "2DBox_Endoscopy_0002"],
    ["3DBox_CT_0001", "large_label"],
  ]) {
    const file = `${name}.npz`;
    const second = dataset({ [file]: bytesOfBase64(archives.get(other)!.bytes) });
    const error = await failure(importManifest(second, { out, modality: "Other" }), "argument-invalid");
    expect(error).toMatchObject({ file: expect.stringContaining(join(out, name)) });
  }
  const loaded = await Promise.all(first.cases.map((entry) => loadCase(entry)));
  expect(Array.from(loaded[1].truth.data)).toEqual(archives.get("3DBox_CT_0001")!.gts);
});

async function repackedPng(bytes: Uint8Array): Promise<Buffer> {
  const { space = "srgb" } = await sharp(bytes).metadata();
  return sharp(bytes).toColorspace(space).png({ compressionLevel: 1 }).toBuffer();
}

it("keeps files of the same content, however they are compressed", async () => {
  const { root, out } = folderOf("2DBox_Endoscopy_0002", "2DBox_US_0003", "3DBox_CT_0001", "large_label");
  const first = await importManifest(root, { out, modality: "Other" });
  const packed = new Map<string, Uint8Array>();
  for (const name of readdirSync(out)) {
    const bytes = readFileSync(join(out, name));
    const other = name.endsWith(".gz") ? gzipSync(gunzipSync(bytes), { level: 1 }) : await repackedPng(bytes);
    expect(other.equals(bytes)).toBe(false);
    writeFileSync(join(out, name), other);
    packed.set(name, other);
  }
  expect((await importManifest(root, { out, modality: "Other" })).cases).toEqual(first.cases);
  for (const [name, bytes] of packed) expect(readFileSync(join(out, name)).equals(bytes), name).toBe(true);
});

it("reads one stored file in Fortran order, with a label map and a modality from the options", async () => {
  const { root, out } = folderOf("stored_fortran");
  const labels = { "2": "liver", "7": "vessel" };
  const { cases } = await importManifest(join(root, "stored_fortran.npz"), {
    out,
    labels,
    modality: "MR",
    license: "CC0-1.0",
  });
  expect(cases).toMatchObject([{ modality: "MR", labels, license: "CC0-1.0", truth: { instances: false } }]);
  const loaded = await loadCase(cases[0]);
  if (loaded.kind !== "volume") throw new Error(loaded.kind);
  expect(Array.from(loaded.volume.data)).toEqual(archives.get("stored_fortran")!.imgs);
  expect([...loaded.names.values()]).toEqual(["liver", "vessel"]);
});

it("keeps a picture of fractions as a volume of one slice, and says that it has no spacing", async () => {
  const { root, out } = folderOf("floats");
  const { cases } = await importManifest(root, { out, modality: "OCT" });
  expect(cases[0].notes).toBe("The file gives no spacing; 1 mm was taken.");
  const loaded = await loadCase(cases[0]);
  if (loaded.kind !== "volume") throw new Error(loaded.kind);
  expect(Array.from(loaded.volume.slice(0).data)).toEqual(archives.get("floats")!.imgs);
});

it("keeps numbers above 255 of a volume, each an object", async () => {
  const { root, out } = folderOf("large_label");
  const { cases } = await importManifest(root, { out, modality: "Microscopy" });
  const { truth, names } = await loadCase(cases[0]);
  expect(Array.from(truth.data)).toEqual(archives.get("large_label")!.gts);
  expect(names.has(700)).toBe(true);
});

describe("refuses", () => {
  it.each([
    ["no_imgs", "format-invalid", "holds no imgs but gts"],
    ["no_gts", "file-missing", "no_gts.npz has no gts"],
    ["empty", "file-missing", "empty.npz has no object in gts"],
    ["mismatch", "geometry-mismatch", "imgs has 4×5×6 values, gts 3×5×6"],
    ["bad_spacing", "format-invalid", "the spacing is [1, 0, 1]"],
    ["fraction", "format-unsupported", "gts holds 0.25, which is not a label from 0 to 65535"],
    ["float_colour", "format-unsupported", "a color picture has 8 or 16 bits a channel"],
    ["four_axes", "format-unsupported", "imgs has the axes 1×4×5×6"],
  ] as const)("%s", async (name, code, message) => {
    const { root, out } = folderOf(name);
    const error = await failure(importManifest(root, { out, modality: "CT" }), code);
    expect(error.message).toContain(message);
  });

  it("to write elsewhere", async () => {
    const { root } = folderOf("3DBox_CT_0001");
    const error = await failure(importManifest(root), "argument-invalid");
    expect(error.field).toBe("out");
    expect(readdirSync(root)).toEqual(["3DBox_CT_0001.npz"]);
  });

  it("a name without a modality", async () => {
    const { root, out } = folderOf("stored_fortran");
    expect((await failure(importManifest(root, { out }), "argument-invalid")).field).toBe("modality");
  });

  it("an archive that is cut off, and one that is none", async () => {
    const bytes = bytesOfBase64(archives.get("3DBox_CT_0001")!.bytes);
    const cut = dataset({ "a.npz": bytes.subarray(0, bytes.length / 2) });
    await failure(importManifest(cut, { out: join(cut, "out") }), "file-truncated");
    const none = dataset({ "a.npz": "not a zip archive at all, and long enough to look for one" });
    const error = await failure(importManifest(none, { out: join(none, "out") }), "format-invalid");
    expect(error.message).toContain("a.npz is not a valid .npz file");
  });
});

it("leaves out cases without a truth on request, with a note", async () => {
  const { root, out } = folderOf("3DBox_CT_0001", "no_gts");
  const { cases, notes } = await importManifest(root, { out, unmatched: "skip" });
  expect(cases.map(({ id }) => id)).toEqual(["3DBox_CT_0001"]);
  expect(notes).toEqual([`Left out: ${join(root, "no_gts.npz")} has no gts.`]);
});

it("refuses an archive whose stored numbers have changed", async () => {
  const bytes = bytesOfBase64(archives.get("stored_fortran")!.bytes);
  // The last value of imgs, right before the next entry.
  bytes[Buffer.from(bytes).indexOf("PK\x03\x04", 4, "latin1") - 1] ^= 1;
  const root = dataset({ "x.npz": bytes });
  const error = await failure(importManifest(root, { out: join(root, "out"), modality: "MR" }), "format-invalid");
  expect(error.message).toContain("the checksum of imgs is another");
});
