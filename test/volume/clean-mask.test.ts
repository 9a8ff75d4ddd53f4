import { expect, it } from "vitest";
import { MaskVolume } from "../../src/io/mask/mask-volume.js";
import { dice } from "../../src/metrics/overlap.js";
import { cleanMask } from "../../src/volume/clean-mask.js";

const size = [32, 30, 14] as const;
const spacing = [1, 1, 3] as const;

/** A mask of labels by a voxel's place, on voxels of 1 × 1 × 3 mm. */
function maskOf(labelAt: (x: number, y: number, z: number) => number): MaskVolume {
  const data = new Uint8Array(size[0] * size[1] * size[2]);
  for (let n = 0; n < data.length; n++) {
    data[n] = labelAt(n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / (size[0] * size[1])));
  }
  const affine = [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
  return new MaskVolume({ data, size, affine, source: "test" });
}

const ball = (x: number, y: number, z: number, radius = 9) => Math.hypot(x - 15, y - 14, 3 * (z - 6)) < radius;
const at = (mask: MaskVolume, x: number, y: number, z: number) => mask.data[(z * size[1] + y) * size[0] + x];

it("keeps each object's largest part, parts joined at corners being one", () => {
  const isSpeck = (x: number, y: number, z: number) => x < 2 && y < 3 && z === 12;
  const isChain = (x: number, y: number, z: number) => z === 0 && x === y && x > 20 && x < 28;
  const mask = maskOf((x, y, z) => (ball(x, y, z) || isSpeck(x, y, z) ? 1 : isChain(x, y, z) ? 3 : 0));
  const clean = cleanMask(mask, { largest: true });
  expect(clean).not.toBe(mask);
  expect(clean.data).toEqual(maskOf((x, y, z) => (ball(x, y, z) ? 1 : isChain(x, y, z) ? 3 : 0)).data);
  expect(at(mask, 0, 0, 12)).toBe(1);
});

it("fills what is enclosed, but not what is open or another object's", () => {
  const isTumor = (x: number, y: number, z: number) => x === 17 && y === 14 && z === 6;
  const isHole = (x: number, y: number, z: number) => x >= 12 && x <= 13 && y === 14 && z === 6;
  const isTunnel = (x: number, y: number) => x === 15 && y === 11;
  const mask = maskOf((x, y, z) => {
    if (isTumor(x, y, z)) return 2;
    return ball(x, y, z) && !isHole(x, y, z) && !isTunnel(x, y) ? 1 : 0;
  });
  const clean = cleanMask(mask, { holes: true });
  expect([12, 13].map((x) => at(clean, x, 14, 6))).toEqual([1, 1]);
  expect(at(clean, 17, 14, 6)).toBe(2);
  expect(at(clean, 15, 11, 6)).toBe(0);
  expect(clean.voxels).toBe(mask.voxels + 2);
});

it("smooths in mm, so that a step of slices weighs as much as three of pixels", () => {
  // Every other slice is one pixel larger; a spike stands out.
  const rough = maskOf((x, y, z) => (ball(x, y, z, 9 + (z % 2)) || (y === 14 && z === 6 && x > 22 && x < 31) ? 1 : 0));
  const truth = maskOf((x, y, z) => (ball(x, y, z, 9.5) ? 1 : 0));
  const clean = cleanMask(rough, { smoothing: 2 });
  expect(dice(clean, truth)).toBeGreaterThan(dice(rough, truth));
  expect(at(clean, 29, 14, 6)).toBe(0);
  expect(Math.abs(clean.voxels / truth.voxels - 1)).toBeLessThan(0.03);
  // A sheet of one slice is not smoothed away.
  const sheet = maskOf((_, y, z) => (z === 6 && y > 3 && y < 26 ? 1 : 0));
  expect(dice(cleanMask(sheet, { smoothing: 4 }), sheet)).toBeGreaterThan(0.6);
  expect(() => cleanMask(sheet, { smoothing: -1 })).toThrow("smoothing is -1");
  const unknown = { fillHoles: true } as object;
  expect(() => cleanMask(sheet, unknown)).toThrow("clean has no option fillHoles");
});
