import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SliceSource } from "../../../kernel-ext/widgets/shared/slice-source.js";
import { SamlabError } from "../../../src/core/errors.js";
import { loadImage, loadVolume } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

/** What nibabel, SimpleITK, pydicom and tifffile read of the files; see `test/golden/formats/make.py`. */
interface Expected {
  readonly size: readonly number[];
  /** RAS. */
  readonly affine: readonly number[];
  /** i fastest. */
  readonly voxels: readonly number[];
  readonly frame?: number;
  readonly label?: number;
  readonly window?: readonly [number, number];
  readonly units?: string;
  /** Of pictures, in place of size and affine. */
  readonly picture?: readonly [width: number, height: number, channels: number];
  readonly pixels?: readonly number[];
  readonly names?: Readonly<Record<string, string>>;
}

const root = new URL("../../golden/formats/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("expected.json", root), "utf8")) as Record<string, Expected>;
const file = (name: string) => fileURLToPath(new URL(`files/${name}`, root));

function expectClose(values: ArrayLike<number>, wanted: readonly number[], digits: number) {
  expect(values.length).toBe(wanted.length);
  const worst = wanted.reduce((most, value, n) => Math.max(most, Math.abs(values[n] - value)), 0);
  expect(worst).toBeLessThan(10 ** -digits);
}

const volumes = Object.entries(expected).filter(([name, { size, label }]) => size && label === undefined && name);

describe("a volume has the voxels and the place that other programs read", () => {
  it.each(volumes)("%s", async (name, { size, affine, voxels, frame, window, units }) => {
    const volume = await loadVolume(file(name), { frame });
    expect(volume.size).toEqual(size);
    // Whole numbers exactly, fractions to float32's precision.
    const isWhole = voxels.every(Number.isInteger);
    if (isWhole) expect(Array.from(volume.data)).toEqual(voxels);
    else expectClose(volume.data, voxels, 3);
    expectClose(volume.affine, affine, 4);
    if (window) expect([volume.window.low, volume.window.high]).toEqual(window);
    if (units) expect(volume.units).toBe(units);
  });
});

describe("a picture has the pixels that other programs read", () => {
  const pictures = Object.entries(expected).filter(([, { picture }]) => picture);
  it.each(pictures)("%s", async (name, { picture = [0, 0, 0], pixels, window }) => {
    const image = await loadImage(file(name));
    expect([image.width, image.height, image.channels]).toEqual(picture);
    expect(Array.from(image.data)).toEqual(pixels);
    if (window) expect([image.window?.low, image.window?.high]).toEqual(window);
  });

  it("and the spacing of its detector, across before down", async () => {
    expect((await loadImage(file("xray.dcm"))).spacing).toEqual([0.1, 0.2]);
    expect((await loadImage(file("planar.dcm"))).spacing).toBeNull();
  });
});

describe("a compressed file that was damaged or cut off is refused", () => {
  it.each(["i2.nrrd", "i2.mha", "u1.mha", "f4.mgz", "i2.mgz", "pages-u2.tif"])("%s", async (name) => {
    const bytes = readFileSync(file(name));
    const path = folder.path(name);
    const middle = name.endsWith("tif") ? 12 : bytes.length - 20;
    writeFileSync(
      path,
      bytes.map((value, n) => (n === middle || n === middle + 1 ? value ^ 0x55 : value)),
    );
    await expect(loadVolume(path)).rejects.toBeInstanceOf(SamlabError);
    writeFileSync(path, bytes.subarray(0, bytes.length - 9));
    await expect(loadVolume(path)).rejects.toBeInstanceOf(SamlabError);
  });
});

describe("segments", () => {
  it("of 3D Slicer may overlap, and are chosen by number", async () => {
    const { voxels, affine } = expected["layers.seg.nrrd"];
    const mask = await loadMask(file("layers.seg.nrrd"), { label: 3 });
    if (!(mask instanceof MaskVolume)) throw new Error("no volume");
    expect(Array.from(mask.data)).toEqual(voxels);
    expectClose(mask.affine, affine, 6);
    const error = await failure(loadMask(file("layers.seg.nrrd")), "format-unsupported");
    expect(error.message).toContain("overlap");
    expect(error.remedy).toContain("It holds 1 (liver), 2 (spleen), 3 (vessel).");
  });

  it("of 3D Slicer include values that the header does not list, with a note", async () => {
    const changed = (name: string, ...edits: [string, string][]) => {
      const whole = readFileSync(file("layers.seg.nrrd"), "latin1");
      const text = edits.reduce((edited, [from, to]) => edited.replaceAll(from, to), whole);
      return folder.put(name, Buffer.from(text, "latin1"));
    };
    const spleen = await loadMask(file("layers.seg.nrrd"), { label: 2 });
    // Two segments with the value 1, and one with each value.
    const shared = changed("shared.seg.nrrd", ["Segment1_LabelValue:=2", "Segment1_LabelValue:=7"]);
    const unique = changed(
      "unique.seg.nrrd",
      ["Segment1_LabelValue:=2", "Segment1_LabelValue:=7"],
      ["Segment2_LabelValue:=1", "Segment2_LabelValue:=8"],
    );
    for (const [path, label] of [
      [shared, 4],
      [unique, 2],
    ] as const) {
      const mask = (await loadMask(path, { label })) as MaskVolume;
      expect(mask.data).toEqual(spleen.data);
      expect(mask.notes).toContain(`The header lists no segment of the value 2; its voxels are the object ${label}.`);
    }
  });

  it("of an RTSTRUCT lie on the grid of their image, holes cut out", async () => {
    const { voxels, names } = expected["structures.dcm"];
    const on = await loadVolume(file("series"));
    const mask = await loadMask(file("structures.dcm"), { on });
    if (!(mask instanceof MaskVolume)) throw new Error("no volume");
    expect(Array.from(mask.data)).toEqual(voxels);
    expect(Object.fromEntries(mask.names)).toEqual(names);
    expect((await failure(loadMask(file("structures.dcm")), "argument-invalid")).remedy).toContain("{ on: volume }");
  });
});

describe("a series", () => {
  const slices = (...names: number[]) => names.map((name) => file(`series/${name}.dcm`));

  it("may be given by its files, in any order", async () => {
    const volume = await loadVolume(slices(0, 4, 1, 2, 3));
    expect(Array.from(volume.data)).toEqual(expected.series.voxels);
  });

  it("without one of its slices is refused", async () => {
    // By place the files are 3, 0, 4, 1, 2.
    const error = await failure(loadVolume(slices(3, 0, 1, 2)), "geometry-mismatch");
    expect(error.message).toContain("not evenly spaced: 2.50 to 5.00 mm apart, most after slice 1");
  });

  it("of one slice is a volume", async () => {
    expect((await loadVolume(file("series/0.dcm"))).size).toEqual([5, 4, 1]);
  });

  it("among several is asked for", async () => {
    const both = [...slices(0, 1, 2, 3, 4), file("pet/0.dcm"), file("pet/1.dcm"), file("pet/2.dcm")];
    const error = await failure(loadVolume(both), "argument-invalid");
    expect(error.message).toContain("holds several series");
    const pet = await loadVolume(both, { series: "1.2.826.0.1.3680043.8.498.2" });
    expect(pet.size).toEqual(expected.pet.size);
  });

  it("of several volumes is 4D", async () => {
    await failure(loadVolume(file("enhanced-4d.dcm")), "format-unsupported");
  });

  it("stops when it is canceled", async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await failure(loadVolume(file("series"), { signal: controller.signal, onProgress }), "canceled");
  });

  it("is no structure set", async () => {
    expect((await failure(loadVolume(file("structures.dcm")), "format-unsupported")).remedy).toContain("loadMask");
  });
});

it("a DICOM element that claims three gigabytes takes no memory for them", async () => {
  const bytes = readFileSync(file("series/0.dcm"));
  const pixels = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0]));
  expect(pixels).toBeGreaterThan(0);
  bytes.writeUInt32LE(3_000_000_000, pixels + 8);
  const path = folder.path("claims.dcm");
  writeFileSync(path, bytes);
  const before = process.memoryUsage().external;
  await loadVolume(path).catch((error: unknown) => expect(error).toBeInstanceOf(SamlabError));
  expect(process.memoryUsage().external - before).toBeLessThan(100e6);
});

it("an MGH file that does not say how it lies has coronal slices, as in FreeSurfer", async () => {
  const bytes = readFileSync(file("u1.mgh"));
  const { size, data } = await loadVolume(file("u1.mgh"));
  bytes.writeInt16BE(0, 28);
  const path = folder.path("unplaced.mgh");
  writeFileSync(path, bytes);
  const volume = await loadVolume(path);
  expect([volume.size, volume.data, volume.hasSpacing]).toEqual([size, data, false]);
  const [nx, ny, nz] = size.map((length) => length / 2);
  expect(volume.affine).toEqual([-1, 0, 0, nx, 0, 0, 1, -nz, 0, -1, 0, ny, 0, 0, 0, 1]);
  expect(volume.notes[0]).toContain("goodRASFlag is 0");
});

it("an MGH file of a type that ITK does not read is refused by it", async () => {
  const bytes = readFileSync(file("u1.mgh"));
  bytes.writeInt32BE(10, 20);
  const path = folder.path("words.mgh");
  writeFileSync(path, bytes);
  expect(await failure(loadVolume(path), "format-unsupported")).toMatchObject({ field: "type", value: 10 });
});

it("a list of files is a DICOM series", async () => {
  const path = file("i2.nrrd");
  const error = await failure(loadVolume([path, path]), "argument-invalid");
  expect(error.message).toContain("is no DICOM file; a list is the files of one series. Give one path.");
});

it("knows which volumes do not say how large their voxels are", async () => {
  const stack = await loadVolume(file("pages-u2.tif"));
  expect([stack.hasSpacing, stack.slice(0).spacing, stack.withWindow(stack.window).slice(0).spacing]).toEqual([
    false,
    null,
    null,
  ]);
  expect(stack.notes.at(-1)).toBe("It is not known how large the voxels are: distances are in voxels.");
  expect(new SliceSource(stack).subject.unit).toBe("px");
  for (const [name, field] of [
    ["i2.nrrd", "space directions"],
    ["i2.mha", "ElementSpacing"],
  ] as const) {
    const whole = readFileSync(file(name), "latin1");
    writeFileSync(folder.path(name), Buffer.from(whole.replace(new RegExp(`^${field}.*\\n`, "m"), ""), "latin1"));
    expect((await loadVolume(folder.path(name))).hasSpacing).toBe(false);
    expect((await loadVolume(file(name))).hasSpacing).toBe(true);
  }
  const placed = await loadVolume(file("i2.nrrd"));
  expect([placed.hasSpacing, placed.slice(0).spacing !== null]).toEqual([true, true]);
});
