import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from "../../src/checkpoint/half.js";

describe("float16", () => {
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, 65504],
    [0x7c00, Number.POSITIVE_INFINITY],
  ])("0x%s is %s", (half, value) => {
    expect(float16ToFloat32(Uint16Array.of(half))[0]).toBe(value);
  });

  it("comes back from float32 unchanged, every finite value", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, n) => n).filter((half) => (half & 0x7c00) !== 0x7c00);
    expect(float32ToFloat16(float16ToFloat32(all))).toEqual(all);
  });

  it("rounds half to even and overflows to infinity", () => {
    expect([...float32ToFloat16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65520))]).toEqual([
      0x3c00, 0x3c02, 0x7c00,
    ]);
  });
});

it("bfloat16 is the upper half of float32", () => {
  expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc040))]).toEqual([1, -3]);
});
