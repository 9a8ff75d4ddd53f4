import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { scratchFolder } from "../helpers.js";
import { dicomBytes } from "./make-dicom.js";

const folder = scratchFolder();

describe("each frame of an enhanced image has its own rescaling", () => {
  const [rows, columns, frames] = [4, 5, 3];
  const pixels = Uint16Array.from({ length: rows * columns * frames }, (_, n) => (n * 37) % 2000);
  const scales = [0, 1, 2].map((n) => ({ slope: 1 + 0.5 * n, intercept: -1000 + 100 * n }));
  const more = {
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [{ PixelSpacing: ["1", "1"], SliceThickness: "3" }],
        PlaneOrientationSequence: [{ ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"] }],
      },
    ],
    PerFrameFunctionalGroupsSequence: scales.map(({ slope, intercept }, n) => ({
      PlanePositionSequence: [{ ImagePositionPatient: ["0", "0", String(3 * n)] }],
      PixelValueTransformationSequence: [
        { RescaleSlope: String(slope), RescaleIntercept: String(intercept), RescaleType: "HU" },
      ],
    })),
  };
  const wanted = Array.from(pixels, (stored, n) => {
    const { slope, intercept } = scales[Math.floor(n / (rows * columns))];
    return stored * slope + intercept;
  });

  it.each(["explicit", "rle"] as const)("%s", async (syntax) => {
    const bytes = await dicomBytes({ pixels, rows, columns, frames, syntax, kind: "enhancedCT", more });
    const volume = await loadVolume(folder.put(`enhanced-${syntax}.dcm`, bytes));
    expect(volume.size).toEqual([columns, rows, frames]);
    expect(Array.from(volume.data)).toEqual(wanted);
  });
});

/** The same file with two fragments a frame, and a table of where the frames start. */
function inFragments(bytes: Uint8Array): Uint8Array {
  const all = Buffer.from(bytes);
  const start = all.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])) + 12;
  const item = (content: Buffer, element = 0xe000) => {
    const head = Buffer.from([0xfe, 0xff, element & 0xff, element >> 8, 0, 0, 0, 0]);
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content]);
  };
  const frames: Buffer[] = [];
  // The first item is the table of offsets.
  for (let at = start + 8 + all.readUInt32LE(start + 4); all.readUInt16LE(at + 2) === 0xe000; ) {
    const length = all.readUInt32LE(at + 4);
    const frame = all.subarray(at + 8, at + 8 + length);
    frames.push(Buffer.concat([item(frame.subarray(0, 20)), item(frame.subarray(20))]));
    at += 8 + length;
  }
  const table = Buffer.alloc(4 * frames.length);
  frames.reduce((offset, { length }, n) => {
    table.writeUInt32LE(offset, 4 * n);
    return offset + length;
  }, 0);
  return Buffer.concat([all.subarray(0, start), item(table), ...frames, item(Buffer.alloc(0), 0xe0dd)]);
}

it("frames in several fragments are joined", async () => {
  const pixels = Uint16Array.from({ length: 60 }, (_, n) => 31 * n);
  const init = { pixels, rows: 4, columns: 5, frames: 3, syntax: "rle", kind: "enhancedCT" } as const;
  const path = folder.put("fragments.dcm", inFragments(await dicomBytes(init)));
  expect(Array.from((await loadVolume(path)).data)).toEqual(Array.from(pixels));
});

describe("rescaled integers that do not fit 32 bits are exact", () => {
  const [rows, columns] = [2, 2];
  const slices = (slopes: readonly string[], pixels: Uint16Array | Uint32Array, name: string) =>
    Promise.all(
      slopes.map(async (RescaleSlope, n) =>
        folder.put(
          `${name}-${n}.dcm`,
          await dicomBytes({
            pixels,
            rows,
            columns,
            more: { ImagePositionPatient: ["0", "0", String(3 * n)], RescaleSlope, RescaleIntercept: "-7" },
          }),
        ),
      ),
    );

  it("with a large slope", async () => {
    const volume = await loadVolume(await slices(["2000000"], Uint16Array.of(0, 1, 1074, 65535), "slope"));
    expect(Array.from(volume.data)).toEqual([-7, 1999993, 2147999993, 131069999993]);
  });

  it("of 32 bits", async () => {
    const volume = await loadVolume(await slices(["1"], Uint32Array.of(0, 5, 2 ** 31, 2 ** 32 - 1), "bits"));
    expect(Array.from(volume.data)).toEqual([-7, -2, 2147483641, 4294967288]);
  });

  it("beside slices with fractions", async () => {
    const files = await slices(["0.5", "1000"], Uint16Array.of(0, 3, 16777, 65535), "mixed");
    const volume = await loadVolume(files);
    expect(Array.from(volume.data)).toEqual([-7, -5.5, 8381.5, 32760.5, -7, 2993, 16776993, 65534993]);
  });
});

/** A big-endian file of 2×2 pixels, which dcmjs does not write. */
function bigEndianFile(bits: 8 | 16, pixels: readonly number[], slope: string): Uint8Array {
  const element = (group: number, number: number, vr: string, value: Uint8Array, isBig = true) => {
    const isLong = vr === "OW";
    const head = Buffer.alloc(isLong ? 12 : 8);
    for (const [n, half] of [group, number].entries()) {
      if (isBig) head.writeUInt16BE(half, 2 * n);
      else head.writeUInt16LE(half, 2 * n);
    }
    head.write(vr, 4, "latin1");
    if (isLong) head.writeUInt32BE(value.length, 8);
    else if (isBig) head.writeUInt16BE(value.length, 6);
    else head.writeUInt16LE(value.length, 6);
    return Buffer.concat([head, value]);
  };
  const text = (value: string) => Buffer.from(value.length % 2 === 0 ? value : `${value} `, "latin1");
  const short = (value: number) => Buffer.from([value >> 8, value & 255]);
  const syntax = element(2, 0x10, "UI", Buffer.from("1.2.840.10008.1.2.2\0", "latin1"), false);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM", "latin1"),
    element(2, 0, "UL", Buffer.from([syntax.length, 0, 0, 0]), false),
    syntax,
    element(0x08, 0x60, "CS", text("CT")),
    element(0x20, 0x32, "DS", text("0\\0\\0")),
    element(0x20, 0x37, "DS", text("1\\0\\0\\0\\1\\0")),
    element(0x28, 0x02, "US", short(1)),
    element(0x28, 0x04, "CS", text("MONOCHROME2")),
    element(0x28, 0x10, "US", short(2)),
    element(0x28, 0x11, "US", short(2)),
    element(0x28, 0x100, "US", short(bits)),
    element(0x28, 0x101, "US", short(bits)),
    element(0x28, 0x102, "US", short(bits - 1)),
    element(0x28, 0x103, "US", short(0)),
    element(0x28, 0x1052, "DS", text("-7")),
    element(0x28, 0x1053, "DS", text(slope)),
    // Words with the high byte first; of 8-bit pixels the first is the low byte (PS3.5 D.1, 8.1.1).
    element(0x7fe0, 0x10, "OW", bits === 16 ? Buffer.concat(pixels.map(short)) : Buffer.from(pixels).swap16()),
  ]);
}

it.each([
  [8, [1, 2, 250, 0]],
  [16, [1, 2, 60000, 256]],
] as const)("big-endian pixels of %i bits are read as others are", async (bits, pixels) => {
  const path = folder.put(`big-${bits}.dcm`, bigEndianFile(bits, pixels, "2"));
  expect(Array.from((await loadVolume(path)).data)).toEqual(pixels.map((value) => 2 * value - 7));
});
