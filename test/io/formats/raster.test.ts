import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodePng, readRaster, savePng } from "../../../src/io/formats/raster.js";
import { loadImage } from "../../../src/io/image/load.js";
import { bytesOfBase64, failure, golden, niftiBytes, scratchFolder, seededBytes } from "../helpers.js";

interface PictureCase {
  name: string;
  bytes: string;
  width: number;
  height: number;
  channels: 1 | 3;
  bits: 8 | 16;
  data: number[];
}

const folder = scratchFolder();
const pictures = golden<PictureCase[]>("pictures.json");
const bytesOf = (name: string) => bytesOfBase64(pictures.find((picture) => picture.name === name)!.bytes);

describe("pixels as OpenCV reads them", () => {
  it.each(pictures)("$name", async ({ bytes, ...expected }) => {
    const { data, width, height, channels } = await readRaster(folder.put("picture", bytesOfBase64(bytes)));
    expect({ width, height, channels, bits: 8 * data.BYTES_PER_ELEMENT, data: Array.from(data) }).toEqual({
      width: expected.width,
      height: expected.height,
      channels: expected.channels,
      bits: expected.bits,
      data: expected.data,
    });
  });
});

describe("images", () => {
  it("have no window and no spacing when they have 8 bits", async () => {
    const image = await loadImage(folder.put("gray.png", bytesOf("8-bit grey PNG")), { name: "gray" });
    expect(image).toMatchObject({ width: 9, height: 6, channels: 1, spacing: null, window: null, source: "gray" });
  });

  it("have a window when they have 16 bits, or when one is asked for", async () => {
    const deep = await loadImage(folder.put("deep.png", bytesOf("16-bit grey PNG")));
    expect(deep.window?.name).toBe("percentiles 0.5–99.5 of values > 0 (auto)");
    const asked = await loadImage(folder.put("gray.png", bytesOf("8-bit grey PNG")), { window: { low: 10, high: 20 } });
    expect(asked.window).toEqual({ low: 10, high: 20, name: "10 to 20" });
  });

  it("say that they were turned", async () => {
    const image = await loadImage(folder.put("turned.jpg", bytesOf("JPEG turned by EXIF")), { name: "photo" });
    expect(image).toMatchObject({ width: 32, height: 48, source: "photo (turned by its EXIF orientation 6)" });
  });

  it("come from NIfTI files of one slice", async () => {
    const path = folder.put("2d.nii", niftiBytes({ dims: [3, 2], voxels: Uint8Array.of(1, 2, 3, 4, 5, 6) }));
    const image = await loadImage(path);
    // RAS voxels in radiological orientation: both axes turned round.
    expect(Array.from(image.data)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(image.spacing).toEqual([1, 1]);
  });

  it("do not come from volumes", async () => {
    const path = folder.put("3d.nii", niftiBytes({ dims: [2, 2, 2], voxels: new Uint8Array(8) }));
    expect((await failure(loadImage(path), "argument-invalid")).message).toContain("volume.slice(index)");
    await failure(readRaster(path), "format-unsupported");
  });
});

describe("a bad picture", () => {
  const large = () => encodePng(64, 64, seededBytes(64 * 64, 3));

  it("is cut off: PNG", async () => {
    const bytes = (await large()).subarray(0, 2000);
    expect((await failure(loadImage(folder.put("cut.png", bytes)), "file-truncated")).message).toContain("is cut off");
  });

  it("is cut off: JPEG", async () => {
    const bytes = await sharp(seededBytes(64 * 64 * 3, 4), { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await failure(loadImage(folder.put("cut.jpg", bytes.subarray(0, bytes.length / 2))), "file-truncated");
  });

  it("is damaged", async () => {
    const bytes = new Uint8Array(await large());
    bytes.fill(0x55, 8, 40);
    await failure(loadImage(folder.put("damaged.png", bytes)), "format-invalid");
  });

  it("is CMYK", async () => {
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
      .toColorspace("cmyk")
      .jpeg()
      .toBuffer();
    await failure(loadImage(folder.put("cmyk.jpg", bytes)), "format-unsupported");
  });

  it("is missing, empty, gzipped, or something else", async () => {
    await failure(loadImage(folder.path("none.png")), "file-missing");
    await failure(loadImage(folder.put("empty.png", "")), "file-truncated");
    await failure(loadImage(folder.put("zipped.png", gzipSync(await large()))), "format-unknown");
    await failure(loadImage(folder.put("text.png", "no picture at all")), "format-unknown");
  });
});

describe("PNG files", () => {
  it.each([
    ["gray", 1, Uint8Array],
    ["RGB", 3, Uint8Array],
    ["16-bit gray", 1, Uint16Array],
    ["16-bit RGB", 3, Uint16Array],
  ])("keep %s pixels", async (_, channels, type) => {
    const data = new type(seededBytes(5 * 4 * channels, 5)).map((value) => value * 257);
    const path = folder.path("written.png");
    await savePng(path, 5, 4, data);
    const raster = await readRaster(path);
    expect(raster).toMatchObject({ width: 5, height: 4, channels });
    expect(raster.data).toEqual(data);
  });

  it("may have alpha", async () => {
    const data = seededBytes(16, 6);
    const { data: read } = await sharp(await encodePng(2, 2, data))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(new Uint8Array(read)).toEqual(data);
  });

  it("need data that fill them", async () => {
    await failure(encodePng(2, 2, new Uint8Array(5)), "argument-invalid");
  });
});
