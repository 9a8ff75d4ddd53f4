import { describe, expect, it } from "vitest";
import { parseNpy } from "../../../src/datasets/import/npy.js";
import { bytesOfBase64, failure } from "../../io/helpers.js";
import { golden } from "./helpers.js";

interface Arrays {
  read: { name: string; bytes: string; shape: number[]; data: number[] }[];
  refused: { name: string; bytes: string }[];
}
const { read, refused } = golden<Arrays>("npy.json");

it.each(read)("reads $name as NumPy wrote it", ({ bytes, shape, data }) => {
  const array = parseNpy(bytesOfBase64(bytes), "a.npy");
  expect(array.shape).toEqual(shape);
  expect(Array.from(array.data)).toEqual(data);
});

it("reads an array within a larger buffer, and leaves it as it is", () => {
  const { bytes, data } = read.find(({ name }) => name === ">i4 C")!;
  const inner = bytesOfBase64(bytes);
  const buffer = new Uint8Array(inner.length + 3);
  buffer.set(inner, 3);
  const before = buffer.slice();
  expect(Array.from(parseNpy(buffer.subarray(3), "a.npy").data)).toEqual(data);
  expect(buffer).toEqual(before);
});

describe("refuses", () => {
  it.each(refused)("$name", async ({ name, bytes }) => {
    const error = await failure(() => parseNpy(bytesOfBase64(bytes), "a.npy"), "format-unsupported");
    expect(error.message).toContain(name === "object" ? "pickled Python objects" : "not plain numbers");
  });

  const good = () => bytesOfBase64(read[2].bytes);
  it("what is cut off, in its values and in its header", async () => {
    const error = await failure(() => parseNpy(good().subarray(0, -1), "a.npy"), "file-truncated");
    expect(error.message).toBe(
      "a.npy is cut off: 23 bytes where 2×3×4 values of |u1 need 24. Copy or download it again.",
    );
    await failure(() => parseNpy(good().subarray(0, 40), "a.npy"), "file-truncated");
    await failure(() => parseNpy(good().subarray(0, 8), "a.npy"), "file-truncated");
  });

  it("what is no array", async () => {
    await failure(() => parseNpy(new Uint8Array(100), "a.npy"), "format-invalid");
    const text = good();
    text.set(new TextEncoder().encode("'shapf'"), Buffer.from(text).indexOf("'shape'"));
    const error = await failure(() => parseNpy(text, "a.npy"), "format-invalid");
    expect(error.field).toBe("header");
    const later = good();
    later[6] = 9;
    await failure(() => parseNpy(later, "a.npy"), "format-invalid");
  });

  it("whole numbers that JavaScript cannot hold", async () => {
    const { bytes } = read.find(({ name }) => name === "<u8 C")!;
    const large = bytesOfBase64(bytes).fill(255, -8);
    const error = await failure(() => parseNpy(large, "a.npy"), "format-invalid");
    expect(error.field).toBe("value");
  });
});
