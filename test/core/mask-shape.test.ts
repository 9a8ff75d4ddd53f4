import { describe, expect, it } from "vitest";
import { signedDistance } from "../../src/core/distance-transform.js";
import { type Mask2d, maskArea } from "../../src/core/mask.js";
import { brushedMask, commonMask, eitherMask, grownMask, interpolatedMask } from "../../src/core/mask-shape.js";
import { seededRandom } from "../../src/core/random.js";
import { iou } from "../../src/metrics/overlap.js";

function maskOf(...rows: string[]): Mask2d {
  return {
    width: rows[0]!.length,
    height: rows.length,
    data: Uint8Array.from(rows.join(""), (one) => (one === "#" ? 1 : 0)),
  };
}

function disc(width: number, height: number, x0: number, y0: number, radius: number): Mask2d {
  const data = new Uint8Array(width * height);
  for (let n = 0; n < data.length; n++) {
    if (Math.hypot((n % width) - x0, Math.floor(n / width) - y0) <= radius) data[n] = 1;
  }
  return { width, height, data };
}

describe("signedDistance", () => {
  it("is the distance to the nearest pixel of the other kind, less half a pixel", () => {
    const random = seededRandom("signed distance");
    for (let round = 0; round < 20; round++) {
      const [width, height] = [1 + Math.floor(12 * random()), 1 + Math.floor(12 * random())];
      const data = Uint8Array.from({ length: width * height }, () => (random() < 0.3 ? 1 : 0));
      const distances = signedDistance({ width, height, data });
      distances.forEach((distance, n) => {
        let nearest = Number.POSITIVE_INFINITY;
        data.forEach((value, m) => {
          if (value === data[n]) return;
          nearest = Math.min(
            nearest,
            Math.hypot((n % width) - (m % width), Math.floor(n / width) - Math.floor(m / width)),
          );
        });
        if (nearest === Number.POSITIVE_INFINITY) expect(Math.abs(distance)).toBeGreaterThan(1e5);
        else expect(distance).toBeCloseTo(data[n] === 1 ? nearest - 0.5 : 0.5 - nearest, 9);
      });
    }
  });
});

describe("shapes of masks", () => {
  it("grow and shrink by a distance", () => {
    const mask = maskOf(".....", ".....", "..#..", ".....", ".....");
    expect(grownMask(mask, 1)).toEqual(maskOf(".....", ".###.", ".###.", ".###.", "....."));
    expect(maskArea(grownMask(mask, -1))).toBe(0);
    const empty = maskOf("...", "...");
    expect(grownMask(empty, 2)).toBe(empty);
  });

  it("are those of the whole picture, wherever the mask lies in it", () => {
    const random = seededRandom("cut masks");
    for (let round = 0; round < 60; round++) {
      const [width, height] = [1 + Math.floor(30 * random()), 1 + Math.floor(30 * random())];
      const blob = () => disc(width, height, width * random(), height * random(), 8 * random() ** 2);
      const [a, b] = [blob(), blob()];
      const [fromA, fromB] = [signedDistance(a), signedDistance(b)];
      for (const pixels of [-2.5, -1, 0, 1, 3.2]) {
        const grown = fromA.map((distance) => (maskArea(a) > 0 && distance + pixels > 0 ? 1 : 0));
        expect([...grownMask(a, pixels).data]).toEqual([...grown]);
      }
      const between = fromA.map((distance, n) => (0.7 * distance + 0.3 * fromB[n]! > 0 ? 1 : 0));
      expect([...interpolatedMask(a, b, 0.3).data]).toEqual([...between]);
    }
  });

  it("lie between two others", () => {
    const [small, large] = [disc(40, 40, 20, 20, 4), disc(40, 40, 20, 20, 12)];
    expect(interpolatedMask(small, large, 0)).toEqual(small);
    expect(interpolatedMask(small, large, 1)).toEqual(large);
    expect(iou(interpolatedMask(small, large, 0.5), disc(40, 40, 20, 20, 8))).toBeGreaterThan(0.93);
    // A shape that moves is half way between.
    expect(
      iou(interpolatedMask(disc(40, 40, 16, 20, 8), disc(40, 40, 22, 20, 8), 0.5), disc(40, 40, 19, 20, 8)),
    ).toBeGreaterThan(0.8);
  });

  it("are cut and joined", () => {
    const [a, b] = [maskOf("##..", "##.#"), maskOf(".##.", ".#.#")];
    expect(eitherMask(a, b)).toEqual(maskOf("###.", "##.#"));
    expect(commonMask(a, b)).toEqual(maskOf(".#..", ".#.#"));
  });
});

describe("the brush", () => {
  it("always takes the pixels under its middle, however thin it is and however thick they are", () => {
    const random = seededRandom("brush");
    const empty = maskOf("......", "......", "......", "......");
    for (let round = 0; round < 50; round++) {
      const [x, y] = [6 * random() - 0.5, 4 * random() - 0.5];
      const painted = brushedMask(empty, { path: [x, y], radius: 0.05, spacing: [0.5, 5] }, false);
      expect(painted.data[Math.round(y) * 6 + Math.round(x)]).toBe(1);
      expect(maskArea(painted)).toBe(1);
    }
    const line = { path: [0, 1.4, 5, 1.4], radius: 0.1, spacing: [1, 1] } as const;
    expect(brushedMask(empty, line, false)).toEqual(maskOf("......", "######", "......", "......"));
    expect(brushedMask(brushedMask(empty, line, false), line, true)).toEqual(empty);
  });

  it("may come from far away", () => {
    const stroke = { path: [-1e9, 1, 1e9, 1], radius: 0.6, spacing: [1, 1] } as const;
    expect(brushedMask(maskOf("...", "...", "..."), stroke, false)).toEqual(maskOf("...", "###", "..."));
  });
});
