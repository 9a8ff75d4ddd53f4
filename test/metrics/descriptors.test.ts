import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import type { Mask2d } from "../../src/core/mask.js";
import { boundaryComplexity } from "../../src/metrics/boundary-complexity.js";
import { objectContrast } from "../../src/metrics/contrast.js";
import { describeObject } from "../../src/metrics/descriptors.js";
import { largestOutline } from "../../src/metrics/outline.js";

const draw = (width: number, height: number, isInside: (x: number, y: number) => boolean): Mask2d => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, n) => (isInside(n % width, Math.floor(n / width)) ? 1 : 0)),
});

const picture = (...rows: string[]) => draw(rows[0].length, rows.length, (x, y) => rows[y][x] === "1");

const disc = draw(64, 64, (x, y) => Math.hypot(x - 31, y - 33) <= 20);

/** A star whose radius swings by `swing` with `points` points. */
const star = (points: number, swing = 0.3, side = 200) =>
  draw(side, side, (x, y) => {
    const [dx, dy] = [x - side / 2 + 0.3, y - side / 2 - 0.2];
    return Math.hypot(dx, dy) <= (side / 3) * (1 + swing * Math.cos(points * Math.atan2(dy, dx)));
  });

describe("the outline", () => {
  const steps = (mask: Mask2d) => {
    const outline = largestOutline(mask);
    return outline && Array.from(outline.x, (x, n) => [x, outline.y[n]]);
  };

  it("goes round a pixel clockwise", () => {
    expect(steps(picture("...", ".1.", "..."))).toEqual([
      [1.5, 1],
      [2, 1.5],
      [1.5, 2],
      [1, 1.5],
    ]);
  });

  it("joins pixels that touch at a corner", () => {
    expect(steps(picture("1.", ".1"))).toHaveLength(8);
    expect(steps(picture(".1", "1."))).toHaveLength(8);
  });

  it("takes the largest part and leaves its holes", () => {
    const outline = steps(picture("1.....", "...111", "...1.1", "...111"));
    expect(outline).toHaveLength(12);
    expect(outline?.every(([x, y]) => x >= 3 && y >= 1)).toBe(true);
  });

  it("goes along the image's border", () => {
    expect(steps(picture("11", "11"))).toHaveLength(8);
    expect(steps(picture("..", ".."))).toBeNull();
  });
});

describe("boundary complexity", () => {
  it("is 1 for a disc and a single pixel, 3 for a long ellipse and a square", () => {
    const ellipse = draw(90, 50, (x, y) => ((x - 44) / 40) ** 2 + ((y - 25) / 15) ** 2 <= 1);
    const square = draw(60, 60, (x, y) => x > 10 && x < 50 && y > 10 && y < 50);
    const pixel = picture("...", ".1.", "...");
    expect([disc, pixel, ellipse, square].map(boundaryComplexity)).toEqual([1, 1, 3, 3]);
  });

  it("grows with the points of a star, from one point fewer than it has", () => {
    // r = 1 + cos(kφ) is made of the harmonics k − 1 and k + 1.
    for (const points of [3, 5, 8, 13]) {
      const order = boundaryComplexity(star(points));
      expect(order).toBeGreaterThanOrEqual(points - 1);
      expect(order).toBeLessThanOrEqual(points + 1);
    }
    expect(boundaryComplexity(star(8, 0.02))).toBe(1);
  });

  it("does not change with size, place or a turn by 90°", () => {
    const shape = star(6, 0.25);
    const turned = draw(200, 200, (x, y) => shape.data[(199 - x) * 200 + y] === 1);
    expect(boundaryComplexity(turned)).toBe(boundaryComplexity(shape));
    expect(boundaryComplexity(star(6, 0.25, 400))).toBe(boundaryComplexity(shape));
    const placed = draw(
      300,
      220,
      (x, y) => x >= 90 && x < 290 && y >= 15 && y < 215 && shape.data[(y - 15) * 200 + x - 90] === 1,
    );
    expect(boundaryComplexity(placed)).toBe(boundaryComplexity(shape));
  });

  it("ignores holes and smaller parts", () => {
    const holed = draw(
      64,
      64,
      (x, y) => (disc.data[y * 64 + x] === 1 && Math.hypot(x - 31, y - 33) > 6) || (x < 3 && y < 3),
    );
    expect(boundaryComplexity(holed)).toBe(1);
  });

  it("ends for a line one pixel wide", () => {
    const order = boundaryComplexity(draw(80, 80, (x, y) => x === y));
    expect(order).toBeGreaterThan(1);
    expect(order).toBeLessThanOrEqual(160);
  });
});

describe("contrast", () => {
  const paint = (mask: Mask2d, inside: number, outside: number, noise = 0) =>
    Float64Array.from(mask.data, (value, n) => (value ? inside : outside) + (n % 2 === 0 ? noise : -noise));
  const contrast = (data: ArrayLike<number>, mask = disc) =>
    objectContrast({ width: mask.width, height: mask.height, data }, mask);

  it("is 1 for a flat object in flat surroundings, 0 where there is no difference", () => {
    expect(contrast(paint(disc, 200, 50))).toBe(1);
    expect(contrast(paint(disc, 50, 200))).toBe(1);
    expect(contrast(paint(disc, 80, 80))).toBe(0);
  });

  it("is a half where difference and noise are alike, whatever offset and scale", () => {
    const data = paint(disc, 10, 0, 10);
    expect(contrast(data)).toBeCloseTo(0.5, 2);
    expect(contrast(data.map((value) => 3 * value - 1000))).toBeCloseTo(contrast(data), 10);
    expect(contrast(paint(disc, 30, 0, 10))).toBeCloseTo(0.75, 2);
  });

  it("looks at a ring round the object, not at the rest of the image", () => {
    // The disc has radius 20, so the ring is 4 wide.
    const far = draw(64, 64, (x, y) => Math.hypot(x - 31, y - 33) > 24.5);
    const data = paint(disc, 10, 0).map((value, n) => (far.data[n] ? 1000 : value));
    expect(contrast(data)).toBe(1);
    const near = draw(64, 64, (x, y) => Math.hypot(x - 31, y - 33) > 23);
    expect(contrast(paint(disc, 10, 0).map((value, n) => (near.data[n] ? 1000 : value)))).toBeLessThan(1);
  });

  it("is undefined without an object or surroundings", () => {
    const [none, all] = [picture("...", "..."), picture("111", "111")];
    expect(contrast(new Float64Array(6), none)).toBe(Number.NaN);
    expect(contrast(new Float64Array(6), all)).toBe(Number.NaN);
  });

  it("refuses an image of another size", () => {
    const image = { width: 64, height: 64, data: new Float64Array(64 * 64 * 3) };
    expect(() => objectContrast(image, disc)).toThrow(/64×64 image with 12288 values does not fit a 64×64 mask/);
    try {
      objectContrast({ ...image, width: 63 }, disc);
    } catch (error) {
      expect(isSamlabError(error, "geometry-mismatch")).toBe(true);
    }
  });
});

it("describes an object", () => {
  const image = { width: 64, height: 64, data: Float32Array.from(disc.data) };
  expect(describeObject(image, disc)).toEqual({ size: 1257, contrast: 1, complexity: 1 });
  const empty = { ...disc, data: new Uint8Array(64 * 64) };
  expect(describeObject(image, empty)).toEqual({ size: 0, contrast: Number.NaN, complexity: Number.NaN });
});
