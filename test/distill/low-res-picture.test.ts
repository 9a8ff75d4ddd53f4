import { expect, it } from "vitest";
import { lowResPicture } from "../../src/distill/low-res-picture.js";
import type { Image2d } from "../../src/io/image/image.js";

const image = (width: number, height: number, channels: 1 | 3, value: (n: number) => number): Image2d => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, n) => value(n)),
  spacing: null,
  window: null,
  source: "test",
});

it("lays the image at the left top of the square, longest side filling it, zeros beside", () => {
  const { width, height, data } = lowResPicture(
    image(8, 4, 1, (n) => (n % 8 < 4 ? 255 : 51)),
    4,
    "sam",
  );
  expect([width, height]).toEqual([4, 2]);
  const [white, gray] = [1, Math.fround(0.2)];
  expect([...data]).toEqual([white, white, gray, gray, white, white, gray, gray, 0, 0, 0, 0, 0, 0, 0, 0]);
});

it("takes the mean of colors", () => {
  const { data } = lowResPicture(
    image(2, 2, 3, (n) => [0, 255, 255][n % 3] * (n < 6 ? 1 : 0)),
    2,
    "sam",
  );
  expect(data[0]).toBeCloseTo(2 / 3);
  expect(data[2]).toBe(0);
});
