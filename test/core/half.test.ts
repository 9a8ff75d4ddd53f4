import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16, roundedToFloat16 } from "../../src/core/half.js";

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

  it("goes to the nearer neighbor, at the middle to the even one, between all finite values", () => {
    const largest = 0x7bff;
    const values = float16ToFloat32(Uint16Array.from({ length: largest + 1 }, (_, half) => half));
    const [below, middle, above] = [new Float32Array(largest), new Float32Array(largest), new Float32Array(largest)];
    for (let half = 0; half < largest; half++) {
      // Exact: float32 has 13 more bits.
      const between = (values[half] + values[half + 1]) / 2;
      [below[half], middle[half], above[half]] = [between * (1 - 2 ** -23), between, between * (1 + 2 ** -23)];
    }
    expect(float32ToFloat16(below)).toEqual(Uint16Array.from(below, (_, half) => half));
    expect(float32ToFloat16(middle)).toEqual(Uint16Array.from(middle, (_, half) => half + (half & 1)));
    expect(float32ToFloat16(above)).toEqual(Uint16Array.from(above, (_, half) => half + 1));
    const negative = float32ToFloat16(middle.map((value) => -value));
    expect(negative).toEqual(Uint16Array.from(middle, (_, half) => 0x8000 | (half + (half & 1))));
  });

  it.each<[string, number, number]>([
    ["infinity", Number.POSITIVE_INFINITY, 0x7c00],
    ["minus infinity", Number.NEGATIVE_INFINITY, 0xfc00],
    ["NaN", Number.NaN, 0x7e00],
    ["minus zero", -0, 0x8000],
    ["the largest", 65504, 0x7bff],
    ["what just rounds down to it", 65519.996, 0x7bff],
    ["what rounds to infinity", 65520, 0x7c00],
    ["the smallest subnormal", 2 ** -24, 0x0001],
    ["half of it", 2 ** -25, 0x0000],
    ["a little more than half of it", 2 ** -25 * (1 + 2 ** -23), 0x0001],
    ["the smallest float32", 2 ** -149, 0x0000],
    ["the largest subnormal", 1023 * 2 ** -24, 0x03ff],
    ["what rounds up to a normal", 1023.5 * 2 ** -24, 0x0400],
  ])("%s", (_, value, half) => {
    // A view that does not begin at its buffer's beginning.
    expect(float32ToFloat16(Float32Array.of(7, value).subarray(1))[0]).toBe(half);
  });

  it("rounds as a whole, and says when a value does not fit", () => {
    const rounded = roundedToFloat16(Float32Array.of(0.1, -3, 2 ** -24));
    expect(rounded && [...rounded]).toEqual([0.0999755859375, -3, 2 ** -24]);
    for (const value of [65505, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(roundedToFloat16(Float32Array.of(1, value))).toBeNull();
    }
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
