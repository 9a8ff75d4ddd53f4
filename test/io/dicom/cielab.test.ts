import { expect, it } from "vitest";
import { cielabOf, colorOfCielab } from "../../../src/io/dicom/cielab.js";

/** L, a, b as numbers. */
const lab = (color: string) => {
  const [l, a, b] = cielabOf(color);
  return [(l / 65535) * 100, (a / 65535) * 255 - 128, (b / 65535) * 255 - 128];
};

it("is CIELab with the white of sRGB, D65", () => {
  for (const [color, expected] of [
    ["#ff0000", [53.24, 80.09, 67.2]],
    ["#00ff00", [87.73, -86.18, 83.18]],
    ["#0000ff", [32.3, 79.19, -107.86]],
    ["#ffffff", [100, 0, 0]],
    ["#000000", [0, 0, 0]],
  ] as const) {
    lab(color).forEach((value, n) => {
      expect(Math.abs(value - expected[n]!)).toBeLessThan(0.05);
    });
  }
});

it("gives every color back", () => {
  for (const color of ["#e69f00", "#cc79a7", "#56b4e9", "#f0e442", "#0072b2", "#010203", "#fefdfc"]) {
    expect(colorOfCielab(cielabOf(color))).toBe(color);
  }
  expect(colorOfCielab([1, 2])).toBeNull();
  expect(colorOfCielab(null)).toBeNull();
});
