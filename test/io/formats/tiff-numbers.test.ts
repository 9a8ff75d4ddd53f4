import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { float32ToFloat16 } from "../../../src/core/half.js";
import { loadImage, loadVolume } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float64Array
  | BigUint64Array;

interface Layout {
  readonly isDeflated?: boolean;
  readonly photometric?: number;
  /** Numbers a pixel. */
  readonly samples?: number;
  /** Default: those of the numbers. Fewer are for pages of bytes that hold them. */
  readonly bits?: number;
  /** Default: strips. */
  readonly isTiled?: boolean;
  /** ImageDescription, of more than four bytes. */
  readonly description?: string;
  /** Other fields, by their tags. */
  readonly more?: Readonly<Record<number, number>>;
  /** Pixels per inch. */
  readonly resolution?: number;
}

const tile = 16;

/** A TIFF of pages of 3×2 pixels, little-endian, one strip or tile a page. */
function tiffBytes(pages: readonly Numbers[], format: number, layout: Layout = {}): Uint8Array {
  const { isDeflated = false, photometric = 1, samples = 1, bits, isTiled = false, resolution } = layout;
  const { description = "", more = {} } = layout;
  const text = Buffer.from(description);
  const strips = pages.map((page) => {
    const rows = page as Uint16Array;
    const width = 3 * samples;
    const whole = isTiled ? new (rows.constructor as Uint16ArrayConstructor)(tile * tile * samples) : rows;
    if (isTiled)
      for (const row of [0, 1]) whole.set(rows.subarray(width * row, width * (row + 1)), tile * samples * row);
    const bytes = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
    return isDeflated ? deflateSync(bytes) : bytes;
  });
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0])];
  let at = 8;
  strips.forEach((strip, n) => {
    const fieldsAt = (values: number, start: number): (readonly [tag: number, type: number, value: number])[] =>
      [
        [256, 3, 3],
        [257, 3, 2],
        [258, 3, bits ?? 8 * pages[n].BYTES_PER_ELEMENT],
        [259, 3, isDeflated ? 8 : 1],
        [262, 3, photometric],
        ...(text.length > 0 ? [[270, 2, values + 8]] : []),
        [277, 3, samples],
        ...(resolution ? [282, 283].map((tag) => [tag, 5, values]) : []),
        ...(resolution ? [[296, 3, 2]] : []),
        ...(isTiled ? [322, 323].map((tag) => [tag, 3, tile]) : [[278, 3, 2]]),
        [isTiled ? 324 : 273, 4, start],
        [isTiled ? 325 : 279, 4, strip.length],
        [339, 3, format],
        ...Object.entries(more).map(([tag, value]) => [Number(tag), 3, value]),
      ].sort(([one], [other]) => one - other) as [number, number, number][];
    const { length } = fieldsAt(0, 0);
    const values = 2 + 12 * length + 4;
    const directory = values + 8 + text.length;
    const head = Buffer.alloc(directory);
    head.writeUInt16LE(length, 0);
    fieldsAt(at + values, at + directory).forEach(([tag, type, value], field) => {
      const own = 2 + 12 * field;
      head.writeUInt16LE(tag, own);
      head.writeUInt16LE(type, own + 2);
      head.writeUInt32LE(type === 2 ? text.length : 1, own + 4);
      head.writeUInt32LE(value, own + 8);
    });
    head.writeUInt32LE(resolution ?? 0, values);
    head.writeUInt32LE(1, values + 4);
    text.copy(head, values + 8);
    const end = at + directory + strip.length;
    head.writeUInt32LE(n + 1 < pages.length ? end : 0, values - 4);
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
    const one = folder.put(`${kind}-${isDeflated}.tif`, tiffBytes([numbers], format, { isDeflated }));
    expect(Array.from((await loadVolume(one)).data)).toEqual(wanted);
    expect(Array.from((await loadImage(one)).data)).toEqual(wanted);
    const pages = [numbers, numbers.slice().reverse()];
    const two = await loadVolume(folder.put(`${kind}-${isDeflated}-2.tif`, tiffBytes(pages, format, { isDeflated })));
    expect([two.size, Array.from(two.data)]).toEqual([
      [3, 2, 2],
      [...wanted, ...[...wanted].reverse()],
    ]);
  });
});

it("integers of 32 bits whose low values are bright are kept as they are stored, as ITK keeps others", async () => {
  const path = folder.put("white.tif", tiffBytes([Uint32Array.from(whole)], 1, { photometric: 0 }));
  expect(Array.from((await loadVolume(path)).data)).toEqual(whole);
});

describe("pages in tiles", () => {
  const words = [0, 65535, 300, 1199, 256, 7];

  it.each([1, 0])("of unsigned integers are read as they are, photometric %i", async (photometric) => {
    const layout = { isTiled: true, photometric };
    const pages = [Uint16Array.from(words), Uint16Array.from(words).reverse()];
    const volume = await loadVolume(folder.put(`tiles16-${photometric}.tif`, tiffBytes(pages, 1, layout)));
    expect([volume.size, volume.data]).toEqual([[3, 2, 2], Uint16Array.from([...words, ...words.toReversed()])]);
    expect(volume.notes.some((note) => note.includes("gray"))).toBe(false);
    const bytes = Uint8Array.of(0, 255, 3, 128, 7, 9);
    const small = await loadVolume(folder.put(`tiles8-${photometric}.tif`, tiffBytes([bytes, bytes], 1, layout)));
    expect(small.data).toEqual(Uint8Array.from([...bytes, ...bytes]));
  });

  it("keep labels above 255", async () => {
    const pages = [Uint16Array.from(words), Uint16Array.from(words)];
    const mask = await loadMask(folder.put("labels.tif", tiffBytes(pages, 1, { isTiled: true })));
    expect(mask).toMatchObject({ data: Uint16Array.from([...words, ...words]) });
  });

  it.each([
    ["16 bits", Int16Array.of(0, -1, 300, -32768, 32767, 7)],
    ["8 bits", Int8Array.of(0, -1, 100, -128, 127, 7)],
  ])("of signed integers of %s are read as they are", async (what, numbers) => {
    const pages = folder.put(`signed-${what}.tif`, tiffBytes([numbers, numbers], 2, { isTiled: true }));
    const { data } = await loadVolume(pages);
    expect([data.constructor, Array.from(data)]).toEqual([numbers.constructor, [...numbers, ...numbers]]);
    const alone = folder.put(`signed-alone-${what}.tif`, tiffBytes([numbers], 2, { isTiled: true }));
    expect(await loadImage(alone)).toMatchObject({ channels: 1, data: numbers });
  });

  it("of floats of 16 bits are refused rather than reduced to 8 bits", async () => {
    const numbers = float32ToFloat16(Float32Array.from(halves));
    const path = folder.put("reduced.tif", tiffBytes([numbers, numbers], 3, { isTiled: true }));
    const error = await failure(loadVolume(path), "format-unsupported");
    expect(error.message).toContain("floats of 16 bits in tiles");
    expect(error.remedy).toContain("in strips");
  });

  it("of colors of 16 bits are refused rather than reduced to 8 bits", async () => {
    const colors = Uint16Array.from({ length: 18 }, (_, n) => 3000 * n);
    const path = folder.put(
      "colors.tif",
      tiffBytes([colors, colors], 1, { isTiled: true, photometric: 2, samples: 3 }),
    );
    const error = await failure(loadVolume(path), "format-unsupported");
    expect(error).toMatchObject({ field: "BitsPerSample", value: 16 });
  });
});

describe("an orientation of a stack", () => {
  it.each([3, 4, 6])("%i is ignored, with a note, for integers", async (orientation) => {
    const page = Uint16Array.of(0, 1, 300, 65535, 40000, 7);
    const volume = await loadVolume(
      folder.put("turned.tif", tiffBytes([page, page], 1, { more: { 274: orientation } })),
    );
    expect(volume.data).toEqual(Uint16Array.of(...page, ...page));
    expect(volume.notes).toContain(
      `Rows and columns are kept as they are stored; Orientation (${orientation}) was ignored.`,
    );
  });

  it("is refused for floats, which would be turned by some and not by others", async () => {
    const bits = float32ToFloat16(Float32Array.from(halves));
    const path = folder.put("turned-half.tif", tiffBytes([bits, bits], 3, { more: { 274: 4 } }));
    expect(await failure(loadVolume(path), "format-unsupported")).toMatchObject({ field: "Orientation", value: 4 });
  });
});

it("pages of one bit hold 0 and 1", async () => {
  const page = Uint8Array.of(0b10100000, 0b01000000);
  const path = folder.put("bits.tif", tiffBytes([page, page], 1, { bits: 1 }));
  const volume = await loadVolume(path);
  const row = [1, 0, 1, 0, 1, 0];
  expect(volume.data).toEqual(Uint8Array.of(...row, ...row));
  expect(volume.notes.join()).not.toContain("colors");
  expect((await loadMask(path, { label: 1 })).data).toEqual(volume.data);
});

it("pages that differ are refused, as all are read as the first", async () => {
  const path = folder.put(
    "mixed.tif",
    tiffBytes([Uint16Array.of(0, 1, 2, 3, 4, 5), Uint8Array.of(0, 1, 2, 3, 4, 5)], 1),
  );
  const error = await failure(loadVolume(path), "format-unsupported");
  expect(error).toMatchObject({ field: "BitsPerSample", value: 8 });
  expect(error.message).toContain("BitsPerSample is 16 on page 1 and 8 on page 2.");
});

it("pages that follow each other in a circle are refused", async () => {
  const page = Uint16Array.of(0, 1, 2, 3, 4, 5);
  const bytes = Buffer.from(tiffBytes([page, page], 1));
  const first = bytes.readUInt32LE(4);
  const nextOf = (directory: number) => directory + 2 + 12 * bytes.readUInt16LE(directory);
  bytes.writeUInt32LE(first, nextOf(bytes.readUInt32LE(nextOf(first))));
  const error = await failure(loadVolume(folder.put("circle.tif", bytes)), "format-invalid");
  expect(error.message).toContain("circle.tif is damaged: page 2 is followed by an earlier one.");
});

it.each([
  ["ImageDescription", { description: "ImageJ=1.54f\nimages=5\nslices=5\n" }],
  ["ImageDepth", { more: { 32997: 5 } }],
])("several slices in one page are refused, told by %s", async (field, layout) => {
  const path = folder.put(`${field}.tif`, tiffBytes([Uint16Array.of(0, 1, 2, 3, 4, 5)], 1, layout));
  for (const load of [loadVolume, loadImage, loadMask])
    expect(await failure(load(path), "format-unsupported")).toMatchObject({ field, value: 5 });
});

it("channels of ImageJ are noted, whose pages take turns", async () => {
  const page = Uint16Array.of(0, 1, 2, 3, 4, 5);
  const description = "ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\nhyperstack=true\n";
  const { notes } = await loadVolume(
    folder.put("channels.tif", tiffBytes([page, page, page, page], 1, { description })),
  );
  expect(notes).toContain("Its pages are 2 channels in turn, not slices alone; save one channel for a volume.");
});

it("a page for each slice of ImageJ is read", async () => {
  const page = Uint16Array.of(0, 1, 2, 3, 4, 5);
  const bytes = tiffBytes([page, page], 1, { description: "ImageJ=1.54f\nimages=2\nslices=2\n" });
  expect((await loadVolume(folder.put("imagej.tif", bytes))).size).toEqual([3, 2, 2]);
});

it.each([
  ["gray with an alpha channel", { samples: 2, photometric: 1 }, "SamplesPerPixel", 2],
  ["of places in a palette", { samples: 1, photometric: 3 }, "PhotometricInterpretation", 3],
])("pages %s are refused, as ITK reads other numbers", async (what, layout, field, value) => {
  const page = Uint8Array.from({ length: 6 * layout.samples }, (_, n) => n);
  const path = folder.put(`${what}.tif`, tiffBytes([page, page], 1, layout));
  expect(await failure(loadVolume(path), "format-unsupported")).toMatchObject({ field, value });
});

it("a mask whose low values are bright holds the numbers that are stored, one page as several", async () => {
  const page = Uint8Array.of(0, 255, 0, 0, 255, 0);
  const one = await loadMask(folder.put("white-mask.tif", tiffBytes([page], 1, { photometric: 0 })));
  expect(one.data).toEqual(Uint8Array.of(0, 1, 0, 0, 1, 0));
  const two = await loadMask(folder.put("white-masks.tif", tiffBytes([page, page], 1, { photometric: 0 })));
  expect(two.data).toEqual(Uint8Array.of(...page, ...page));
});

it("a stack whose low values are bright says so, and a page alone that it was inverted", async () => {
  const page = Uint16Array.of(0, 1, 2, 3, 4, 65535);
  const stack = await loadVolume(folder.put("stack.tif", tiffBytes([page, page], 1, { photometric: 0 })));
  expect([stack.data[5], stack.notes[1]]).toEqual([
    65535,
    "Low values are meant to be bright (MinIsWhite); the values were kept as they are stored.",
  ]);
  const alone = await loadImage(folder.put("page.tif", tiffBytes([page], 1, { photometric: 0 })));
  expect([alone.data[5], alone.notes]).toEqual([
    0,
    ["Low values are meant to be bright (MinIsWhite); the values were inverted."],
  ]);
});

it("a resolution for printing is not taken as the size of voxels", async () => {
  const page = Uint16Array.of(0, 1, 2, 3, 4, 5);
  const volume = await loadVolume(folder.put("dpi.tif", tiffBytes([page, page], 1, { resolution: 72 })));
  expect([volume.hasSpacing, volume.spacing]).toEqual([false, [1, 1, 1]]);
  expect(volume.notes[1]).toContain("Its resolution is not taken as the size of voxels");
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
