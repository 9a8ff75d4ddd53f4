import { expect, it } from "vitest";
import { chamferDistance, euclideanDistance } from "../../src/core/distance-transform.js";
import type { Mask2d } from "../../src/core/mask.js";
import { seededRandom } from "../../src/core/random.js";
import { drawMask } from "../support/draw-mask.js";

function bruteForce({ width, height, data }: Mask2d): number[] {
  const outside = [...data.keys()].filter((n) => data[n] === 0);
  return Array.from({ length: width * height }, (_, n) =>
    data[n] === 0
      ? 0
      : Math.min(
          ...outside.map(
            (m) => ((m % width) - (n % width)) ** 2 + (Math.floor(m / width) - Math.floor(n / width)) ** 2,
          ),
        ),
  );
}

it("gives exact squared distances on random masks, dense and sparse", () => {
  for (const density of [0.5, 0.9, 0.99, 1]) {
    const random = seededRandom("distance", density);
    const [width, height] = [23, 17];
    const data = Uint8Array.from({ length: width * height }, (_, n) => {
      const [x, y] = [n % width, Math.floor(n / width)];
      return x > 0 && y > 0 && x < width - 1 && y < height - 1 && random() < density ? 1 : 0;
    });
    const mask = { width, height, data };
    expect(Array.from(euclideanDistance(mask))).toEqual(bruteForce(mask));
  }
});

it("sums straight, diagonal and knight's moves in single precision", () => {
  const { fround } = Math;
  const mask = drawMask(`
    .......
    .#####.
    .#####.
    .#####.
    .#####.
    .#####.
    .......`);
  expect(Array.from(chamferDistance(mask).subarray(3 * 7, 4 * 7))).toEqual([0, 1, 2, 3, 2, 1, 0]);
  const corner = Uint8Array.from(mask.data, (_, n) => (n === 0 ? 0 : 1));
  const distances = chamferDistance({ ...mask, data: corner });
  expect(distances[1 * 7 + 1]).toBe(fround(1.4));
  expect(distances[1 * 7 + 2]).toBe(fround(2.1969));
  expect(distances[2 * 7 + 3]).toBe(fround(fround(2.1969) + fround(1.4)));
});
