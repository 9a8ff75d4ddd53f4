import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { float32ToFloat16 } from "../../../src/core/half.js";
import { loadImage, loadVolume } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

type Numbers = Uint16Array | Uint32Array | Int32Array | Float64Array | BigUint64Array;

/** A gray TIFF of pages of 3×2 pixels, little-endian, one strip a page. */
function tiffBytes(pages: readonly Numbers[], format: number, isDeflated = false, photometric = 1): Uint8Array {
  const strips = pages.map((page) => {
    const bytes = new Uint8Array(page.buffer, page.byteOffset, page.byteLength);
    return isDeflated ? deflateSync(bytes) : bytes;
  });
  const entries = 10;
  const directory = 2 + 12 * entries + 4;
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0])];
  let at = 8;
  strips.forEach((strip, n) => {
    const end = at + directory + strip.length;
    const head = Buffer.alloc(directory);
    head.writeUInt16LE(entries, 0);
    const fields = [
      [256, 3],
      [257, 2],
      [258, 8 * pages[n].BYTES_PER_ELEMENT],
      [259, isDeflated ? 8 : 1],
      [262, photometric],
      [273, at + directory],
      [277, 1],
      [278, 2],
      [279, strip.length],
      [339, format],
    ];
    fields.forEach(([tag, value], field) => {
      const own = 2 + 12 * field;
      const isLong = tag === 273 || tag === 279;
      head.writeUInt16LE(tag, own);
      head.writeUInt16LE(isLong ? 4 : 3, own + 2);
      head.writeUInt32LE(1, own + 4);
      head.writeUInt32LE(value, own + 8);
    });
    head.writeUInt32LE(n + 1 < pages.length ? end : 0, directory - 4);
    parts.push(head, Buffer.from(strip));
    at = end;
  });
  return Buffer.concat(parts);
}

const whole = [0, 4294967295, 16777217, 2147483648, 70000, 5];
const signed = [0, -1, 16777217, -2147483648, 2147483647, -70000];
const halves = [0, 1, 2.5, -0.25, 1000, 65504];

describe.each([false, true])("integers of 32 bits, deflated: %s", (isDeflated) => {
  it.each([
    ["unsigned", Uint32Array.from(whole), 1, whole],
    ["signed", Int32Array.from(signed), 2, signed],
  ])("%s are read as they are", async (kind, numbers, format, wanted) => {
    const one = folder.put(`${kind}-${isDeflated}.tif`, tiffBytes([numbers], format, isDeflated));
    expect(Array.from((await loadVolume(one)).data)).toEqual(wanted);
    expect(Array.from((await loadImage(one)).data)).toEqual(wanted);
    const pages = [numbers, numbers.slice().reverse()];
    const two = await loadVolume(folder.put(`${kind}-${isDeflated}-2.tif`, tiffBytes(pages, format, isDeflated)));
    expect([two.size, Array.from(two.data)]).toEqual([
      [3, 2, 2],
      [...wanted, ...[...wanted].reverse()],
    ]);
  });
});

it("integers of 32 bits whose low values are bright are kept as they are stored, as ITK keeps others", async () => {
  const path = folder.put("white.tif", tiffBytes([Uint32Array.from(whole)], 1, false, 0));
  expect(Array.from((await loadVolume(path)).data)).toEqual(whole);
});

it("floats of 16 bits are read as their values", async () => {
  const bits = float32ToFloat16(Float32Array.from(halves));
  const volume = await loadVolume(folder.put("half.tif", tiffBytes([bits], 3)));
  expect(Array.from(volume.data)).toEqual(halves);
});

describe("numbers of 64 bits are refused by their kind", () => {
  it.each([
    ["floats of 64 bits", Float64Array.of(1, 2, 3, 4, 5, 6), 3],
    ["unsigned integers of 64 bits", BigUint64Array.of(1n, 2n, 3n, 4n, 5n, 6n), 1],
  ])("%s", async (what, numbers, format) => {
    const path = folder.put(`${format}-64.tif`, tiffBytes([numbers], format));
    for (const load of [loadVolume, loadImage, loadMask]) {
      const error = await failure(load(path), "format-unsupported");
      expect(error).toMatchObject({ file: path, field: "BitsPerSample", value: 64 });
      expect(error.message).toContain(`${what} (SampleFormat ${format}). Save it as float32`);
    }
  });
});
