import { expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import type { Image2d } from "../../src/io/image/image.js";
import { Appearance } from "../../src/volume/appearance.js";
import { uniform } from "../support/drawn.js";

const [width, height] = [40, 30];
const object: Mask2d = {
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, n) =>
    Math.hypot((n % width) - 18, Math.floor(n / width) - 14) < 8 ? 1 : 0,
  ),
};

function picture(inside: number, around: number): Image2d {
  const noise = uniform(`${inside} ${around}`, width * height);
  const data = Float32Array.from(noise, (value, n) => (object.data[n] === 1 ? inside : around) + 10 * value);
  const window = { low: 0, high: 255, name: "test" };
  return { width, height, channels: 1, data, spacing: null, window, source: "test" };
}

it("tells an object that goes on from what lies behind its end", () => {
  const appearance = new Appearance(picture(180, 60), object);
  expect(appearance.likeness(picture(180, 60), object)).toBeCloseTo(1, 1);
  expect(appearance.likeness(picture(60, 60), object)).toBeLessThan(0.05);
  const half = { ...object, data: object.data.map((value, n) => (n % width < 18 ? value : 0)) };
  expect(appearance.likeness(picture(180, 60), half)).toBeCloseTo(1, 1);
});

it("ends nothing where object and surroundings look alike", () => {
  const appearance = new Appearance(picture(90, 90), object);
  expect(appearance.likeness(picture(90, 90), object)).toBeGreaterThan(0.6);
});
