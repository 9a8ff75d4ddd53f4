import { truncateSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

const sizes = [4, 3, 5];
const needed = 2 * 4 * 3 * 5;
const slice = 2 * 4 * 3;

interface Format {
  readonly ending: string;
  readonly header: string;
  readonly pack: (bytes: Buffer) => Uint8Array;
  readonly field: string;
}

const meta = (compressed: string) =>
  `ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = ${compressed}\nDimSize = ${sizes.join(" ")}\nElementSpacing = 1 1 1\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;
const nrrd = (encoding: string) =>
  `NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nsizes: ${sizes.join(" ")}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nendian: little\nencoding: ${encoding}\n\n`;

const formats: readonly Format[] = [
  { ending: "mha", header: meta("False"), pack: (bytes) => bytes, field: "DimSize" },
  { ending: "z.mha", header: meta("True"), pack: (bytes) => deflateSync(bytes), field: "DimSize" },
  { ending: "nrrd", header: nrrd("raw"), pack: (bytes) => bytes, field: "sizes" },
  { ending: "gz.nrrd", header: nrrd("gzip"), pack: (bytes) => gzipSync(bytes), field: "sizes" },
];

describe.each(formats)("a file with other data than its header says, .$ending", ({ ending, header, pack, field }) => {
  const put = (bytes: number) =>
    folder.put(
      `${bytes}.${ending}`,
      Buffer.concat([Buffer.from(header), pack(Buffer.from(Array.from({ length: bytes }, (_, n) => n)))]),
    );

  it("is read when it has just that", async () => {
    const volume = await loadVolume(put(needed));
    expect([volume.size, volume.notes]).toEqual([sizes, []]);
  });

  it("is refused when it is shorter, with the bytes", async () => {
    const path = put(needed - 2);
    const error = await failure(loadVolume(path), "file-truncated");
    expect(error).toMatchObject({ file: path, value: needed - 2 });
    expect(error.message).toContain("is cut off: 118 bytes where its 4×3×5 short voxels need 120.");
  });

  it("is refused when it holds a slice more", async () => {
    const path = put(needed + slice);
    const error = await failure(loadVolume(path), "format-invalid");
    expect(error).toMatchObject({ file: path, field, value: sizes });
    expect(error.message).toContain("holds 24 bytes more than its header's 4×3×5 short voxels.");
  });

  it("is read with a note when it holds less than that more", async () => {
    expect((await loadVolume(put(needed + 3))).notes).toEqual(["3 bytes after the last voxel were ignored."]);
  });
});

describe("a compressed MetaImage", () => {
  const values = Int16Array.from({ length: 60 }, (_, n) => 300 * n - 9000);
  const packed = deflateSync(Buffer.from(values.buffer));
  const put = (name: string, size: string, data: string, rest: Uint8Array) =>
    folder.put(
      name,
      Buffer.concat([Buffer.from(meta("True").replace("DimSize", `${size}DimSize`).replace("LOCAL", data)), rest]),
    );

  it.each([
    ["no size of its data", ""],
    ["one that is too small", `CompressedDataSize = ${packed.length - 7}\n`],
    ["one that is too large", `CompressedDataSize = ${packed.length + 7}\n`],
    ["the right one", `CompressedDataSize = ${packed.length}\n`],
  ])("with %s has its voxels", async (what, size) => {
    const volume = await loadVolume(put(`${what}.mha`, size, "LOCAL", packed));
    expect(Array.from(volume.data)).toEqual(Array.from(values));
    const longer = await loadVolume(put(`${what} +.mha`, size, "LOCAL", Buffer.concat([packed, Buffer.alloc(5, 7)])));
    expect(Array.from(longer.data)).toEqual(Array.from(values));
    folder.put(`${what}.zraw`, packed);
    const apart = await loadVolume(put(`${what}.mhd`, size, `${what}.zraw`, new Uint8Array()));
    expect(Array.from(apart.data)).toEqual(Array.from(values));
  });
});

describe("a MetaImage of MET_LONG, which has 32 bits", () => {
  const long = (type: string) => meta("False").replace("MET_SHORT", type).replace(sizes.join(" "), "3 3 3");

  it.each([
    ["MET_LONG", Int32Array.from({ length: 27 }, (_, n) => 100_000 * (n - 13))],
    ["MET_ULONG", Uint32Array.from({ length: 27 }, (_, n) => 100_000_000 * n)],
  ])("%s has its voxels", async (type, values) => {
    const bytes = Buffer.from(values.buffer);
    const one = await loadVolume(folder.put(`${type}.mha`, Buffer.concat([Buffer.from(long(type)), bytes])));
    expect([one.data, one.size]).toEqual([values, [3, 3, 3]]);
    folder.put(`${type}.raw`, Buffer.concat([Buffer.alloc(11, 1), bytes]));
    for (const skip of [11, -1]) {
      const header = long(type).replace("LOCAL", `${type}.raw`).replace("DimSize", `HeaderSize = ${skip}\nDimSize`);
      expect((await loadVolume(folder.put(`${type}${skip}.mhd`, header))).data).toEqual(values);
    }
  });
});

it("an encoding that is not read is named", async () => {
  const path = folder.put("b.nrrd", Buffer.concat([Buffer.from(nrrd("bzip2")), Buffer.alloc(60, 1)]));
  const error = await failure(loadVolume(path), "format-unsupported");
  expect(error).toMatchObject({ file: path, field: "encoding", value: "bzip2" });
  expect(error.message).toContain("raw, gzip, ascii and hex are read");
});

it("an exception of ITK is not told as a number", async () => {
  const text = meta("False").replace("NDims = 3", "NDims = 7");
  const path = folder.put("dims.mha", Buffer.concat([Buffer.from(text), Buffer.alloc(needed)]));
  const error = await failure(loadVolume(path), "format-invalid");
  expect(error.message).not.toMatch(/read: \d+/);
  expect(error.message).toContain("ITK, which reads it, gives no reason. Compare its header");
});

it.each([
  ["gz.nrrd", nrrd("gzip"), "sizes: 4 3 5", "sizes: 1024 1024 1024"],
  ["z.mha", meta("True"), "DimSize = 4 3 5", "DimSize = 1024 1024 1024"],
])("a file of more voxels than ITK holds is refused with its size, .%s", async (ending, header, sizes, large) => {
  const path = folder.put(
    `large.${ending}`,
    Buffer.concat([Buffer.from(header.replace(sizes, large)), Buffer.alloc(3e6)]),
  );
  const error = await failure(loadVolume(path), "format-unsupported");
  expect(error).toMatchObject({ file: path, field: "size", value: 2 ** 31 });
  expect(error.message).toContain("holds 2.15 GB; files of its format are read up to 2.1 GB. Save it as NIfTI");
});

it("so is a large TIFF that ITK does not read", async () => {
  const path = folder.put("large.tif", Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  truncateSync(path, 2 ** 31);
  expect(await failure(loadVolume(path), "format-unsupported")).toMatchObject({ field: "size", value: 2 ** 31 });
});
