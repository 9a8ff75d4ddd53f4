import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { typedArrays } from "../../../src/core/dtype.js";
import { readHead } from "../../../src/io/files/read-file.js";
import { readNifti } from "../../../src/io/nifti/read.js";
import { encodeNifti, saveNifti } from "../../../src/io/nifti/write.js";
import { bytesOfBase64, failure, golden, scratchFolder } from "../helpers.js";

interface WrittenCase {
  name: string;
  dtype: "uint8" | "int16" | "float32";
  size: [number, number, number];
  affine: number[];
  data: number[];
  bytes: string;
}

const folder = scratchFolder();
const written = golden<WrittenCase[]>("written.json");

describe("files as nibabel writes them", () => {
  it.each(written)("$name", ({ dtype, size, affine, data, bytes }) => {
    const ours = encodeNifti({ data: new typedArrays[dtype](data), size, affine });
    const theirs = bytesOfBase64(bytes);
    // The quaternion is computed differently: equal up to the second-to-last bit of a float32. All else is equal byte
    // for byte.
    const [a, b] = [ours, theirs].map((file) => new DataView(file.buffer));
    for (let at = 256; at < 268; at += 4) {
      expect(Math.abs(a.getFloat32(at, true) - b.getFloat32(at, true)), `quaternion at ${at}`).toBeLessThan(2e-7);
    }
    const rest = (file: Uint8Array) => [...file.subarray(0, 256), ...file.subarray(268)];
    expect(rest(ours)).toEqual(rest(theirs));
  });
});

describe("a saved volume", () => {
  const [{ dtype, size, affine, data }] = written.filter(({ name }) => name === "RAS int16");
  const content = { data: new typedArrays[dtype](data), size, affine };

  it.each(["volume.nii", "volume.nii.gz", "VOLUME.NII.GZ"])("is read back from %s", async (name) => {
    await saveNifti(folder.path(name), content);
    const zipped = (await readHead(folder.path(name), 2))[0] === 0x1f;
    expect(zipped).toBe(name.toLowerCase().endsWith(".gz"));
    const image = await readNifti(folder.path(name));
    expect({ data: image.data, size: image.size, notes: image.notes }).toEqual({ data: content.data, size, notes: [] });
    for (const [n, value] of affine.entries()) expect(image.affine[n]).toBeCloseTo(value, 5);
  });

  it("leaves no temporary file behind", () => {
    expect(readdirSync(dirname(folder.path("x"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("must have a name of its format", async () => {
    await failure(saveNifti(folder.path("volume.nrrd"), content), "argument-invalid");
  });

  it("must fill its size", async () => {
    await failure(() => encodeNifti({ ...content, size: [1, 1, 1] }), "geometry-mismatch");
  });

  it("must not be longer than NIfTI-1 allows", async () => {
    const long = { data: new Uint8Array(40000), size: [1, 40000, 1] as const, affine };
    expect((await failure(() => encodeNifti(long), "format-unsupported")).field).toBe("size[1]");
  });
});

it("writes a view without its neighbors", () => {
  const whole = Int16Array.of(9, 9, 1, 2, 3, 9);
  const { affine } = written[0];
  const bytes = encodeNifti({ data: whole.subarray(2, 5), size: [3, 1, 1], affine });
  expect(Array.from(new Int16Array(bytes.buffer, 352))).toEqual([1, 2, 3]);
});
