import { describe, expect, it } from "vitest";
import { type Mask2d, maskArea } from "../../src/core/mask.js";
import type { Image2d } from "../../src/io/image/image.js";
import { dice } from "../../src/metrics/overlap.js";
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

describe("pruned", () => {
  /** The object's mask, wider by so many pixels on the left. */
  const leaked = (by: number): Mask2d => ({
    ...object,
    data: object.data.map((value, n) => (value === 1 || object.data[n + by] === 1 ? 1 : 0)),
  });

  it("takes away what the object has left, and no more", () => {
    const image = picture(180, 60);
    const mask = new Appearance(image, object).pruned(image, leaked(7));
    expect(dice(leaked(7), object)).toBeLessThan(0.8);
    expect(dice(mask, object)).toBeGreaterThan(0.95);
  });

  it("keeps nearly everything where object and surroundings look alike", () => {
    const image = picture(90, 90);
    const mask = new Appearance(image, object).pruned(image, leaked(7));
    expect(maskArea(mask)).toBeGreaterThan(0.8 * maskArea(leaked(7)));
  });

  it("takes nothing away where the object's mask was empty, so that nothing is known of it", () => {
    const image = picture(180, 60);
    const empty = { ...object, data: new Uint8Array(width * height) };
    expect(new Appearance(image, empty).pruned(image, object)).toEqual(object);
  });

  it("fills holes that it makes, and leaves those that the mask had", () => {
    const image = picture(180, 60);
    const at = (x: number, y: number) => y * width + x;
    for (const y of [12, 13, 14]) for (const x of [16, 17, 18]) image.data[at(x, y)] = 60;
    const appearance = new Appearance(picture(180, 60), object);
    expect(appearance.pruned(image, object).data[at(17, 13)]).toBe(1);
    const open = { ...object, data: object.data.slice() };
    open.data[at(21, 14)] = 0;
    expect(appearance.pruned(picture(180, 60), open).data[at(21, 14)]).toBe(0);
  });
});
