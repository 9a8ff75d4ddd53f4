import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { ByteStream } from "../../../src/io/files/byte-stream.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { parseNiftiHeader } from "../../../src/io/nifti/header.js";
import { temporaryCache } from "../../support/temporary.js";
import { failure, niftiBytes, scratchFolder, seededBytes } from "../helpers.js";
import { reported } from "../reported.js";

const folder = scratchFolder();
/** 16×16×16 voxels that do not zip well. */
const noise = seededBytes(4096, 1);
const good = niftiBytes({ dims: [16, 16, 16], voxels: noise });
const spoilt = (edit: (header: DataView) => void) => niftiBytes({ dims: [16, 16, 16], voxels: noise }, edit);

it("loads the file that the others are spoilt from", async () => {
  expect((await loadVolume(folder.put("good.nii", good))).data).toEqual(noise);
  expect((await loadVolume(folder.put("good.nii.gz", gzipSync(good)))).data).toEqual(noise);
});

describe("the file", () => {
  it("is missing", async () => {
    const error = await failure(loadVolume(folder.path("none.nii.gz")), "file-missing");
    expect(error.file).toBe(folder.path("none.nii.gz"));
    expect(error.message).toContain("Check the path");
  });

  it("is a folder", async () => {
    mkdirSync(folder.path("folder.nii"));
    expect((await failure(loadVolume(folder.path("folder.nii")), "file-missing")).message).toContain(
      "holds no DICOM file",
    );
  });

  it("is empty", async () => {
    const error = await failure(loadVolume(folder.put("empty.nii.gz", "")), "file-truncated");
    expect(error.message).toContain("is empty (0 bytes)");
  });

  it.each([1, 100, 340])("ends %i bytes into the header", async (length) => {
    const bytes = good.subarray(0, length);
    const code = length < 4 ? "format-unknown" : "file-truncated";
    await failure(loadVolume(folder.put("short.nii", bytes)), code);
  });

  it("ends before the last voxel", async () => {
    const error = await failure(loadVolume(folder.put("cut.nii", good.subarray(0, 3000))), "file-truncated");
    expect(error.message).toContain("3000 bytes where its 16×16×16 uint8 voxels need 4448");
    expect(error.value).toBe(3000);
  });

  it("is a gzip stream that was cut off", async () => {
    const zipped = gzipSync(good);
    const error = await failure(loadVolume(folder.put("cut.nii.gz", zipped.subarray(0, 2000))), "file-truncated");
    expect(error.message).toContain("its gzip stream ends after");
  });

  it("lacks only the gzip checksum", async () => {
    const zipped = gzipSync(good);
    await failure(loadVolume(folder.put("tail.nii.gz", zipped.subarray(0, -4))), "file-truncated");
  });

  it("is a whole gzip stream with too few voxels inside", async () => {
    const error = await failure(
      loadVolume(folder.put("few.nii.gz", gzipSync(good.subarray(0, 3000)))),
      "file-truncated",
    );
    expect(error.message).toContain("3000 bytes");
  });

  it.each([
    ["in its middle", 2000],
    ["in its checksum", -6],
  ])("is a gzip stream damaged %s", async (_, at) => {
    const zipped = new Uint8Array(gzipSync(good));
    zipped[at < 0 ? zipped.length + at : at] ^= 0xff;
    const error = await failure(loadVolume(folder.put("damaged.nii.gz", zipped)), "format-invalid");
    expect(error.message).toContain("is damaged: its gzip stream is corrupt");
  });
});

describe("the header", () => {
  const set16 = (at: number, value: number) => (header: DataView) => header.setInt16(at, value, true);

  it.each([
    ["dim[0] 0", set16(40, 0), "dim[0] is 0"],
    ["dim[0] 8", set16(40, 8), "dim[0] is 8"],
    ["a zero axis", set16(44, 0), "dim[2] is 0"],
    ["a negative axis", set16(46, -16), "dim[3] is -16"],
    ["an unknown datatype", set16(70, 7), "datatype is 7"],
    ["an offset inside the header", (header: DataView) => header.setFloat32(108, 100, true), "vox_offset is 100"],
    [
      "an offset that is not a number",
      (header: DataView) => header.setFloat32(108, Number.NaN, true),
      "vox_offset is NaN",
    ],
  ])("has %s", async (_, edit, message) => {
    const error = await failure(loadVolume(folder.put("header.nii", spoilt(edit))), "format-invalid");
    expect(error.message).toContain(message);
  });

  it("has a slope but no intercept", async () => {
    const edit = (header: DataView) => {
      header.setFloat32(112, 2, true);
      header.setFloat32(116, Number.NaN, true);
    };
    expect((await failure(loadVolume(folder.put("slope.nii", spoilt(edit))), "format-invalid")).field).toBe(
      "scl_inter",
    );
  });

  it("promises more voxels than any array holds", async () => {
    const edit = (header: DataView) => {
      for (const at of [42, 44, 46]) header.setInt16(at, 32767, true);
    };
    const error = await failure(loadVolume(folder.put("huge.nii.gz", gzipSync(spoilt(edit)))), "format-invalid");
    expect(error.message).toContain("[32767, 32767, 32767]");
  });

  it("promises more than its gzip stream can hold, before anything is allocated", async () => {
    const edit = (header: DataView) => {
      for (const at of [42, 44]) header.setInt16(at, 8000, true);
    };
    const before = process.memoryUsage().arrayBuffers;
    const error = await failure(loadVolume(folder.put("big.nii.gz", gzipSync(spoilt(edit)))), "format-invalid");
    expect(error.message).toContain("but it unzips to 4448 bytes");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  });

  it("promises more than the file holds, before anything is allocated", async () => {
    const edit = (header: DataView) => {
      for (const at of [42, 44]) header.setInt16(at, 8000, true);
    };
    const before = process.memoryUsage().arrayBuffers;
    const error = await failure(loadVolume(folder.put("big.nii", spoilt(edit))), "file-truncated");
    expect(error.message).toContain("4448 bytes where its 8000×8000×16 uint8 voxels need 1024000352");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  });

  it("describes fewer slices than the file holds", async () => {
    const bytes = spoilt(set16(46, 8));
    for (const [name, content] of [["more.nii", bytes] as const, ["more.nii.gz", gzipSync(bytes)] as const]) {
      const error = await failure(loadVolume(folder.put(name, content)), "format-invalid");
      expect(error.message).toContain("holds 2048 bytes more than its header's 16×16×8 uint8 voxels");
    }
  });

  it("has extensions that point back at each other, which does not matter", async () => {
    const bytes = new Uint8Array(good.length + 32);
    bytes.set(good.subarray(0, 348));
    bytes[348] = 1;
    const view = new DataView(bytes.buffer);
    view.setFloat32(108, 384, true);
    view.setInt32(352, 16, true);
    view.setInt32(368, -16, true);
    bytes.set(good.subarray(352), 384);
    expect((await loadVolume(folder.put("extension.nii", bytes))).data).toEqual(noise);
    expect(parseNiftiHeader(bytes, "extension.nii").dataOffset).toBe(384);
  });
});

describe("the content", () => {
  it("is 4D", async () => {
    const bytes = niftiBytes({ dims: [16, 16, 8, 2], voxels: noise });
    const error = await failure(loadVolume(folder.put("4d.nii", bytes)), "format-unsupported");
    expect(error.message).toContain("it holds 2 volumes. Pick one, counted from 0: { frame: 0 } to { frame: 1 }");
    const outside = await failure(loadVolume(folder.path("4d.nii"), { frame: 2 }), "argument-invalid");
    expect(outside.message).toContain("There is no volume 2");
  });

  it.each([
    [32, 64, "complex numbers"],
    [1792, 128, "complex numbers"],
    [1, 1, "single bits"],
    [1536, 128, "128-bit floats"],
  ])("is of NIfTI type %i", async (datatype, bitpix, what) => {
    const bytes = niftiBytes({ dims: [2, 2, 2], datatype, bitpix, voxels: new Uint8Array(bitpix) });
    const error = await failure(loadVolume(folder.put("type.nii", bytes)), "format-unsupported");
    expect(error.message).toContain(`holds ${what}`);
    expect(error.remedy).toMatch(/^Save /);
  });

  it.each([16, 64])("has NaN and infinite voxels in type %i", async (datatype) => {
    const values = datatype === 16 ? new Float32Array(24) : new Float64Array(24);
    values[17] = Number.NaN;
    values[20] = Number.NEGATIVE_INFINITY;
    const bytes = niftiBytes({
      dims: [2, 3, 4],
      datatype,
      bitpix: 2 * datatype > 64 ? 64 : 32,
      voxels: new Uint8Array(values.buffer),
    });
    const error = await failure(loadVolume(folder.put("nan.nii", bytes)), "image-not-finite");
    expect(error.value).toEqual({ count: 2, first: [1, 2, 2] });
    expect(error.message).toContain('load it with { nonFinite: "zero" }');
  });

  it("has 64-bit integers that no float64 holds", async () => {
    const values = BigInt64Array.of(0n, 2n ** 53n + 1n);
    const bytes = niftiBytes({ dims: [2, 1, 1], datatype: 1024, bitpix: 64, voxels: new Uint8Array(values.buffer) });
    const error = await failure(loadVolume(folder.put("int64.nii", bytes)), "format-unsupported");
    expect(error.message).toContain("the 64-bit integer 9007199254740993 at voxel number 1");
  });
});

describe("a bzip2 stream", () => {
  const whole = readFileSync(reported("nii-pair-gz-and-mgz-message/x.nii.bz2"));
  const cache = temporaryCache();

  it("is decompressed once; a damaged copy in the cache is not used", async () => {
    const path = folder.put("kept.nii.bz2", whole);
    const first = await loadVolume(path);
    const unpacked = join(cache(), "unpacked");
    const [name] = readdirSync(unpacked);
    const kept = readFileSync(join(unpacked, name!));
    for (const [damage, at] of [
      ["kept", -1],
      ["a voxel", 400],
      ["a digest", kept.length - 1],
    ] as const) {
      const bytes = Buffer.from(kept);
      if (at >= 0) bytes[at]! ^= 1;
      writeFileSync(join(unpacked, name!), bytes);
      expect((await loadVolume(path)).data, damage).toEqual(first.data);
      expect(readFileSync(join(unpacked, name!)), damage).toEqual(kept);
    }
    writeFileSync(join(unpacked, name!), kept.subarray(0, 20));
    expect((await loadVolume(path)).data).toEqual(first.data);
  });

  it("is read from the cache", async () => {
    const path = folder.put("kept.nii.bz2", whole);
    const first = await loadVolume(path);
    const unpacked = join(cache(), "unpacked");
    const [name] = readdirSync(unpacked);
    const changed = readFileSync(join(unpacked, name!)).subarray(0, -32);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(join(unpacked, name!), Buffer.concat([changed, createHash("sha256").update(changed).digest()]));
    expect((await loadVolume(path)).data).not.toEqual(first.data);
    vi.stubEnv("SAMLAB_UNPACKED_CACHE_MB", "0");
    expect((await loadVolume(path)).data).toEqual(first.data);
  });

  it("is cut off", async () => {
    for (const length of [3, 4, 20, whole.length >> 1, whole.length - 4]) {
      const error = await failure(loadVolume(folder.put("cut.nii.bz2", whole.subarray(0, length))), "format-invalid");
      expect(error.message).toContain("its bzip2 stream is corrupt or cut off");
    }
  });

  it("is corrupt", async () => {
    const bytes = Uint8Array.from(whole);
    bytes[whole.length >> 1] ^= 0xff;
    await failure(loadVolume(folder.put("bad.nii.bz2", bytes)), "format-invalid");
  });

  it("goes on after its end: both streams are read", async () => {
    const twice = folder.put("twice.nii.bz2", Buffer.concat([whole, whole]));
    expect((await failure(loadVolume(twice), "format-invalid")).message).toContain("more");
  });

  it("is followed by what is none, which bunzip2 ignores too", async () => {
    const padded = folder.put("padded.nii.bz2", Buffer.concat([whole, Buffer.alloc(512), Buffer.from("garbage")]));
    expect((await loadVolume(padded)).size).toEqual([12, 10, 6]);
  });

  it("ends its thread when only the start was read", async () => {
    const file = fileURLToPath(new URL("../../../data-samples/lung2_image.nii.bz2", import.meta.url));
    const stream = new ByteStream(file, { compression: "bzip2", name: file });
    expect((await stream.peek(348))[0]).toBe(348 % 256);
    const before = process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
    stream.close();
    const ports = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
    await expect.poll(ports).toBeLessThan(before);
  });

  it("leaves nothing on a signal that many files are read with", async () => {
    const { signal } = new AbortController();
    await loadVolume(folder.put("plain.nii.bz2", whole), { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("stops when it is canceled", async () => {
    const controller = new AbortController();
    const loading = loadVolume(folder.put("whole.nii.bz2", whole), { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await failure(loading, "canceled");
  });
});

describe("another format", () => {
  const pair = spoilt(() => undefined);
  pair.set([0x6e, 0x69, 0x31, 0], 344);
  const analyze = spoilt(() => undefined);
  analyze.set([0, 0, 0, 0], 344);
  const dicom = new Uint8Array(200);
  dicom.set(Buffer.from("DICM"), 128);
  // "hello, world"
  const bzip2 = Buffer.from("QlpoOTFBWSZTWUL33UoAAAIRgEAEBkSQgCAAMQZMQQB6JQHJbDH4u5IpwoSCF77qUA==", "base64");

  it.each([
    ["header.hdr", pair, "file-missing", "its voxels are not beside it"],
    ["analyze.hdr", analyze, "file-missing", "its voxels are not beside it"],
    ["voxels.img", noise, "file-missing", "its header is not beside it"],
    ["slice.dcm", dicom, "format-invalid", "damaged DICOM file"],
    ["image.nrrd", Buffer.from("NRRD0004\ntype: short\n"), "format-invalid", "sizes"],
    ["image.mha", Buffer.from("ObjectType = Image\nNDims = 3\n"), "format-invalid", "sizes"],
    ["image.tif", Buffer.from("II*\0abcdefgh"), "file-truncated", "its directory ends early"],
    ["text.bz2", bzip2, "format-unsupported", "what is inside is no .nii file"],
    [
      "lfs.nii.gz",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
      "format-unsupported",
      "a Git LFS pointer",
    ],
    ["page.nii", Buffer.from("<!DOCTYPE html><title>Sign in</title>"), "format-unsupported", "a web page"],
    ["array.npy", Buffer.from("\x93NUMPY\x01\x00", "latin1"), "format-unsupported", "Save it as NIfTI"],
    ["text.nii", Buffer.from("hello, world"), "format-unknown", "it starts with 68 65 6c 6c"],
    ["text.nii.gz", gzipSync("hello, world"), "format-unknown", "not NIfTI, Analyze, or MGH inside"],
  ] as const)("%s is refused with a way out", async (name, bytes, code, message) => {
    expect((await failure(loadVolume(folder.put(name, bytes)), code)).message).toContain(message);
  });
});

it("stops when it is canceled", async () => {
  const controller = new AbortController();
  controller.abort();
  await failure(loadVolume(folder.path("good.nii.gz"), { signal: controller.signal }), "canceled");
});
