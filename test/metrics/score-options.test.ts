import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import type { MaskLike } from "../../src/metrics/mask-like.js";
import {
  assd,
  averageSurfaceDistance,
  hausdorff,
  hd95,
  type MaskScores,
  maskScores,
  nsd,
  precision,
  recall,
  type ScoreOptions,
  scoreDescriptions,
  volumeDifference,
} from "../../src/metrics/scores.js";

/** A picture from rows of text; `.` is outside, a digit its own label. */
function picture(...rows: string[]): MaskLike {
  const data = Uint8Array.from(rows.join(""), (cell) => (cell === "." ? 0 : Number(cell)));
  return { width: rows[0].length, height: rows.length, data };
}

const none = picture("....", "....", "....");
const some = picture("....", ".11.", "....");
const other = picture("....", "..11", "..11");

describe("empty masks", () => {
  const allNaN = { dice: Number.NaN, iou: Number.NaN, precision: Number.NaN, recall: Number.NaN };
  const failed = { dice: 0, iou: 0, precision: 0, recall: 0 };
  const distances = (value: number) => ({ hd: value, hd95: value, asd: value, assd: value });

  it("leave distances undefined, and overlap 0, where something was missed or made up", () => {
    const miss: MaskScores = { ...failed, ...distances(Number.NaN), nsd: 0, volumeDifference: -1 };
    expect(maskScores(none, some)).toEqual(miss);
    expect(maskScores(none, some, { empty: "nan" })).toEqual(miss);
    expect(maskScores(some, none)).toEqual({ ...miss, volumeDifference: Number.NaN });
  });

  it("leave all undefined where there was nothing to find and nothing was found", () => {
    const nothing = { ...allNaN, ...distances(Number.NaN), nsd: Number.NaN, volumeDifference: Number.NaN };
    expect(maskScores(none, none)).toEqual(nothing);
    expect(maskScores(none, none, { empty: "worst" })).toEqual(nothing);
  });

  it("count as the image's diagonal under the rule `worst`", () => {
    expect(maskScores(none, some, { empty: "worst" })).toMatchObject({ ...failed, ...distances(5), nsd: 0 });
    expect(maskScores(some, none, { empty: "worst", spacing: [1.5, 4 / 1.5] })).toMatchObject(distances(10));
    const [empty, cube] = [0, 1].map((value): MaskLike => ({ size: [2, 3, 6], data: new Uint8Array(36).fill(value) }));
    expect(hausdorff(empty, cube, { empty: "worst" })).toBe(7);
  });

  it("count as no distance at all under SAM-SZU's rule", () => {
    expect(maskScores(none, some, { empty: "szu" })).toMatchObject({ ...failed, ...distances(0), nsd: 0 });
    expect(maskScores(none, none, { empty: "szu" })).toMatchObject({ ...allNaN, ...distances(0), nsd: Number.NaN });
  });
});

it("gives each score by itself what it gives all together", () => {
  const options: ScoreOptions = { spacing: [0.5, 2], definition: "monai", nsdTolerance: 0.5 };
  const scores = maskScores(some, other, options);
  expect({
    hd: hausdorff(some, other, options),
    hd95: hd95(some, other, options),
    asd: averageSurfaceDistance(some, other, options),
    assd: assd(some, other, options),
    nsd: nsd(some, other, options),
    precision: precision(some, other, options),
    recall: recall(some, other, options),
    volumeDifference: volumeDifference(some, other, options),
  }).toEqual({ ...scores, dice: undefined, iou: undefined });
  expect(scores).toMatchObject({ dice: 1 / 3, iou: 0.2, precision: 0.5, recall: 0.25, volumeDifference: -0.5 });
});

it("takes spacing as x, y, z", () => {
  const [left, right] = [picture("1...", "...."), picture("...1", "....")];
  expect(hausdorff(left, right, { spacing: [10, 1] })).toBe(30);
  const voxel = (cell: number): MaskLike => {
    const data = new Uint8Array(24);
    data[cell] = 1;
    return { size: [2, 3, 4], data };
  };
  expect(hausdorff(voxel(0), voxel(18), { spacing: [1, 1, 7] })).toBe(21);
  expect(hausdorff(voxel(0), voxel(4), { spacing: [1, 5, 7] })).toBe(10);
});

it("uses surface-distance's definition at 2 mm unless told otherwise", () => {
  expect(maskScores(some, other)).toEqual(maskScores(some, other, { definition: "surface-distance", nsdTolerance: 2 }));
  expect(hd95(some, other)).not.toBe(hd95(some, other, { definition: "medpy" }));
});

it("counts a distance equal to the tolerance as within", () => {
  const [a, b] = [picture("1..."), picture("..1.")];
  expect(nsd(a, b, { definition: "medpy", nsdTolerance: 2 })).toBe(1);
  expect(nsd(a, b, { definition: "medpy", nsdTolerance: 1.999 })).toBe(0);
});

it("compares one label", () => {
  const [a, b] = [picture("112.", "...."), picture("11..", "2...")];
  expect(maskScores(a, b, { label: 1 })).toMatchObject({ dice: 1, hd: 0, nsd: 1 });
  expect(hausdorff(a, b, { label: 2, definition: "medpy" })).toBe(Math.sqrt(5));
  expect(maskScores(a, b, { label: 3 }).dice).toBe(Number.NaN);
});

it("takes booleans and numbers of any kind", () => {
  const truth = { width: 3, height: 1, data: [true, true, false] };
  for (const data of [[1, 7, 0], Float32Array.of(0.5, 2, -3), Int16Array.of(1, 1, -1), Uint8Array.of(255, 128, 0)]) {
    expect(maskScores({ width: 3, height: 1, data }, truth)).toMatchObject({
      dice: 1,
      hd: 0,
      hd95: 0,
      assd: 0,
      nsd: 1,
    });
  }
});

it("does not mind where on the grid the masks lie", () => {
  const corner = picture("11....", "1.....", "......", "......");
  const moved = picture("......", "......", "....11", "....1.");
  const shift = (mask: MaskLike) => maskScores(mask, mask).hd;
  expect([shift(corner), shift(moved)]).toEqual([0, 0]);
  const [cornerDot, movedDot] = [
    picture("1.....", "......", "......", "......"),
    picture("......", "......", "....1.", "......"),
  ];
  expect(maskScores(corner, cornerDot)).toEqual(maskScores(moved, movedDot));
});

it("describes every score for footnotes", () => {
  expect(Object.keys(scoreDescriptions).sort()).toEqual(Object.keys(maskScores(some, other)).sort());
});

it("refuses an image in place of a mask, all of which is above 0", () => {
  const image = { ...some, window: { low: 0, high: 1, name: "all" } } as unknown as MaskLike;
  for (const call of [() => hd95(image, some), () => maskScores(some, image)]) {
    expect(call).toThrow("A 4×3 image was given as a mask.");
  }
});

describe("BAD CALL", () => {
  const fails = (options: object, a = some, b = other) => {
    try {
      maskScores(a, b, options);
    } catch (error) {
      if (isSamlabError(error)) return `${error.code} ${error.field}: ${error.message}`;
    }
    return "nothing was thrown";
  };

  it("with options out of range", () => {
    for (const spacing of [[1], [1, 1, 1], [0, 1], [1, -2], [1, Number.NaN], [1, Number.POSITIVE_INFINITY]]) {
      expect(fails({ spacing })).toContain("argument-invalid spacing: A 4×3 mask takes 2 spacings above 0");
      expect(fails({ spacing }, none, none)).toContain("argument-invalid spacing");
    }
    expect(fails({ definition: "itk" })).toBe(
      'argument-invalid definition: There is no distance definition "itk". Use one of surface-distance, medpy, monai.',
    );
    expect(fails({ empty: "best" })).toBe(
      'argument-invalid empty: There is no rule "best" for empty masks. Use one of nan, worst, szu.',
    );
    for (const nsdTolerance of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(fails({ nsdTolerance })).toContain("argument-invalid nsdTolerance: An NSD tolerance is 0 mm or more");
    }
  });

  it("with masks of different grids", () => {
    expect(fails({}, some, picture("..."))).toContain("geometry-mismatch size: The masks are of different size");
  });
});
