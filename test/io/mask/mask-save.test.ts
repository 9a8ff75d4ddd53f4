import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadImage, loadVolume } from "../../../src/io/image/load.js";
import { LabelImage } from "../../../src/io/mask/label-image.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask, MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { failure, scratchFolder } from "../helpers.js";
import { reported } from "../reported.js";

const folder = scratchFolder();
const made = (name: string) => fileURLToPath(new URL(`../../golden/formats/files/${name}`, import.meta.url));

interface ItkPlace {
  readonly origin: number[];
  readonly spacing: number[];
  readonly direction: ArrayLike<number>;
}

/** Where ITK itself puts a NIfTI file. */
async function itkPlace(path: string): Promise<ItkPlace> {
  const library = createRequire(import.meta.url).resolve("@itk-wasm/image-io");
  const itk = (await import(pathToFileURL(library).href)) as {
    niftiReadImageNode(path: string): Promise<{ image: ItkPlace }>;
  };
  const { origin, spacing, direction } = (await itk.niftiReadImageNode(path)).image;
  return { origin, spacing, direction: Array.from(direction) };
}

async function volume(path: string, options = {}): Promise<MaskVolume> {
  const mask = await loadMask(path, options);
  if (!(mask instanceof MaskVolume)) throw new Error(`${path} is no volume`);
  return mask;
}

describe("a mask of a NIfTI volume", () => {
  it.each(["no_forms", "qs_disagree", "u_micron"])("lies for ITK where its image %s lies", async (name) => {
    const source = reported(`saved-mask-other-place-in-itk/${name}.nii`);
    const image = await loadVolume(source);
    const path = folder.path(`${name}.nii.gz`);
    await saveMask(path, emptyMask(image), { names: { 1: "liver" } });
    expect(await itkPlace(path)).toEqual(await itkPlace(source));
    // And for nibabel, which reads the same fields: pixdim, units, codes, quaternion, offset, sform.
    const [mine, its] = [gunzipSync(readFileSync(path)), readFileSync(source)];
    for (const [from, to] of [
      [76, 92],
      [123, 124],
      [252, 328],
    ]) {
      expect(mine.subarray(from, to)).toEqual(its.subarray(from, to));
    }
    expect((await volume(path)).affine).toEqual(image.affine);
  });
});

describe("a mask of a DICOM series", async () => {
  const ct = await loadVolume(made("series"));
  const mask = emptyMask(ct);
  mask.data.set([1, 1, 0, 3], 20);
  mask.data.set([3, 3, 1], 81);
  const count = (one: MaskVolume, label: number) => one.data.filter((value) => value === label).length;

  it("is saved as DICOM SEG, with names, and comes back", async () => {
    const path = folder.path("out.dcm");
    await saveMask(path, mask, { names: { 1: "Leber größe", 3: "spleen" }, colors: { 3: "#56b4e9" } });
    const back = await volume(path, { on: ct });
    expect(back.affine).toEqual(ct.affine);
    // DICOM counts its objects from 1 without a gap.
    expect(Array.from(back.data)).toEqual(Array.from(mask.data, (value) => (value === 3 ? 2 : value)));
    expect([...back.names]).toEqual([
      [1, "Leber größe"],
      [2, "spleen"],
    ]);
    expect([...back.colors]).toEqual([[2, "#56b4e9"]]);
    const alone = await volume(path);
    expect(alone.size).toEqual([5, 4, 4]);
    expect([count(alone, 1), count(alone, 2)]).toEqual([3, 3]);
  });

  it("is saved as .seg.nrrd and .nrrd, and comes back", async () => {
    for (const name of ["out.seg.nrrd", "out.nrrd"]) {
      await saveMask(folder.path(name), mask, { names: { 3: "spleen" }, colors: { 3: "#56B4E9" } });
      const back = await volume(folder.path(name));
      expect(back.data).toEqual(mask.data);
      back.affine.forEach((value, n) => {
        expect(value).toBeCloseTo(ct.affine[n], 6);
      });
      expect(back.names.get(3)).toBe(name === "out.seg.nrrd" ? "spleen" : undefined);
      expect(back.colors.get(3)).toBe(name === "out.seg.nrrd" ? "#56b4e9" : undefined);
    }
  });

  it("takes no color that is none", async () => {
    const error = await failure(saveMask(folder.path("c.nii"), mask, { colors: { 1: "red" } }), "argument-invalid");
    expect(error.field).toBe("colors");
  });

  it("needs an object, and a series", async () => {
    await failure(saveMask(folder.path("none.dcm"), emptyMask(ct)), "image-empty");
    const { data, size, affine } = mask;
    const loose = new MaskVolume({ data, size, affine, source: "loose" });
    expect((await failure(saveMask(folder.path("loose.dcm"), loose), "argument-invalid")).remedy).toContain("series");
    await saveMask(folder.path("loose.dcm"), loose, { series: made("series") });
    expect((await volume(folder.path("loose.dcm"), { on: ct })).voxels).toBe(mask.voxels);
  });

  it("lies on the series, or is refused in mm", async () => {
    const affine = ct.affine.map((value, n) => (n === 11 ? value + 1 : value));
    const moved = new MaskVolume({ data: mask.data, size: mask.size, affine, source: "moved" });
    const error = await failure(
      saveMask(folder.path("moved.dcm"), moved, { series: made("series") }),
      "geometry-mismatch",
    );
    expect(error.message).toContain("1.000 mm apart");
  });
});

it("a label above 255 is kept in 16 bits", async () => {
  const data = Uint16Array.of(0, 17, 1003, 0);
  const mask = new MaskVolume({
    data,
    size: [4, 1, 1],
    affine: (await loadVolume(made("pair.hdr"))).affine,
    source: "m",
  });
  for (const name of ["high.nii.gz", "high.nrrd"]) {
    await saveMask(folder.path(name), mask);
    expect((await volume(folder.path(name))).data).toEqual(data);
  }
  expect(mask.labels).toEqual([17, 1003]);
});

describe("a file that an image was loaded from", () => {
  const bytes = (path: string) => readFileSync(path).toString("base64");
  const noForms = reported("saved-mask-other-place-in-itk/no_forms.nii");
  const copy = (from: string, as: string) => {
    cpSync(from, folder.path(as), { recursive: true });
    return folder.path(as);
  };

  it("is not replaced by a mask of it, under whatever name", async () => {
    const scan = copy(noForms, "scan.nii");
    const before = bytes(scan);
    const mask = emptyMask(await loadVolume(scan, { name: "scan" }));
    symlinkSync(scan, folder.path("link.nii"));
    for (const path of [scan, folder.path("link.nii")]) {
      expect((await failure(saveMask(path, mask), "argument-invalid")).file).toBe(path);
    }
    expect(bytes(scan)).toBe(before);
    await saveMask(folder.path("scan_mask.nii"), mask);
  });

  it("is not replaced by the mask of a picture or of a DICOM series", async () => {
    const picture = folder.path("photo.png");
    await saveMask(folder.path("plain.png"), { width: 2, height: 1, data: Uint8Array.of(0, 1) });
    cpSync(folder.path("plain.png"), picture);
    await loadImage(picture);
    await failure(saveMask(picture, { width: 2, height: 1, data: Uint8Array.of(1, 1) }), "argument-invalid");

    const xray = copy(made("xray.dcm"), "xray.dcm");
    await loadImage(xray);
    const onXray = saveMask(xray, emptyMask(await loadVolume(made("series"))));
    expect((await failure(onXray, "argument-invalid")).message).toContain("holds an image");

    const series = copy(made("series"), "scan-series");
    const ct = await loadVolume(series);
    const mask = emptyMask(ct);
    mask.data[0] = 1;
    const before = bytes(ct.series[1]!);
    await failure(saveMask(ct.series[1]!, mask), "argument-invalid");
    expect(bytes(ct.series[1]!)).toBe(before);
  });

  it("may be written again if it is a mask that was saved here", async () => {
    const path = folder.path("again.nii");
    const mask = emptyMask(await loadVolume(noForms));
    await saveMask(path, mask);
    await loadVolume(path);
    await saveMask(path, mask);

    const moved = copy(noForms, "moved.nii");
    await loadVolume(moved);
    rmSync(moved);
    await saveMask(moved, mask);
    await saveMask(moved, mask);
  });
});

it("a folder without DICOM files says so", async () => {
  mkdirSync(folder.path("empty"));
  await failure(loadVolume(folder.path("empty")), "file-missing");
});

it("a labeled image is saved with its labels, or says that it has too many", async () => {
  const path = folder.path("labels.png");
  const image = (data: Uint8Array | Uint16Array) => new LabelImage({ width: 3, height: 1, data, source: "l" });
  await saveMask(path, image(Uint8Array.of(0, 7, 255)));
  for (const [label, expected] of [
    [7, [0, 1, 0]],
    [255, [0, 0, 1]],
  ] as const) {
    expect(await loadMask(path, { label })).toMatchObject({ data: Uint8Array.from(expected) });
  }
  await failure(saveMask(path, image(Uint16Array.of(0, 256, 1))), "argument-invalid");
});
