import { describe, expect, it } from "vitest";
import type { Image2d } from "../../src/io/image/image.js";
import { applyWindow } from "../../src/io/image/window.js";
import { bytesPerPixel, grayLevel, storedRange, storedToValue } from "../../src/protocol/samples.js";

describe("grayLevel", () => {
  const window = { low: -160, high: 240, name: "" };

  it("shows what the model is given", () => {
    const data = Float32Array.from({ length: 501 }, (_, n) => -200 + n);
    const image: Image2d = { width: 501, height: 1, channels: 1, data, spacing: null, window, source: "" };
    expect(Array.from(data, (value) => grayLevel(window, value))).toEqual(Array.from(applyWindow(image).data));
  });

  it("is a step when the window has no width", () => {
    expect([39, 40, 41].map((value) => grayLevel({ low: 40, high: 40 }, value))).toEqual([0, 0, 255]);
  });
});

it("describes stored numbers by their format", () => {
  const int16 = { type: "int16", slope: 0.5, intercept: 100 } as const;
  expect(storedToValue(int16, -32768)).toBe(-16284);
  expect(storedRange(int16)).toEqual({ first: -32768, count: 65536 });
  expect(storedRange({ type: "uint8", slope: 1, intercept: 0 })).toEqual({ first: 0, count: 256 });
  expect((["uint8", "int16", "rgb8"] as const).map((type) => bytesPerPixel({ type, slope: 1, intercept: 0 }))).toEqual([
    1, 2, 3,
  ]);
});
