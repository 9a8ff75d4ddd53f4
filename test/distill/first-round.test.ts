import { describe, expect, it } from "vitest";
import { maskArea, packMask, unpackMask } from "../../src/core/mask.js";
import type { BoxPrompt } from "../../src/core/prompt.js";
import { seededRandom } from "../../src/core/random.js";
import { answeredBoxes, drawWeighted, promptedObjects } from "../../src/distill/first-round.js";
import type { Lesson } from "../../src/distill/lesson.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";

const side = 32;
const random = seededRandom("first round");

function block(x0: number, x1: number, isPair = false) {
  const data = Uint8Array.from({ length: side * side }, (_, n) => (n % side >= x0 && n % side <= x1 ? 1 : 0));
  const mask = { width: side, height: side, data };
  return { mask: packMask(mask), area: maskArea(mask), isPair };
}

// Twice as wide as high: below the middle of the square there is nothing.
const image: Image2d = {
  width: side,
  height: side / 2,
  channels: 1,
  data: new Uint8Array((side * side) / 2),
  spacing: null,
  window: null,
  source: "half",
};
const box: BoxPrompt = [8, 4, 20, 12];
const lesson: Lesson = { image, objects: [block(2, 5), block(0, 30, true)], boxes: [box] };

describe("the first round of a step", () => {
  it("asks about objects: those in two parts never with a single click", () => {
    const drawn = (clicks: number, isBoxed: boolean) =>
      promptedObjects(lesson, { clicks, box: isBoxed }, side, 64, random).truths.map(maskArea);
    expect(new Set(drawn(1, false))).toEqual(new Set([4 * side]));
    expect(new Set(drawn(2, false))).toEqual(new Set([4 * side, 31 * side]));
    expect(new Set(drawn(0, true))).toEqual(new Set([4 * side, 31 * side]));
    const onlyPairs = { ...lesson, objects: [block(0, 30, true)] };
    expect(promptedObjects(onlyPairs, { clicks: 1, box: false }, side, 1, random).truths).toHaveLength(1);
  });

  it("draws objects for a single click by the root of their area, for several clicks or a box alike", () => {
    const apart = { ...lesson, objects: [block(2, 5), block(0, 30)] };
    const shareOfLarge = (clicks: number) => {
      const { truths } = promptedObjects(apart, { clicks, box: clicks === 0 }, side, 1000, random);
      return truths.filter((truth) => maskArea(truth) > 4 * side).length / 1000;
    };
    // Standard errors of 0.014 and 0.016.
    expect(Math.abs(shareOfLarge(1) - Math.sqrt(31) / (Math.sqrt(31) + 2))).toBeLessThan(0.05);
    expect(Math.abs(shareOfLarge(2) - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(shareOfLarge(0) - 0.5)).toBeLessThan(0.05);
  });

  it("asks most often for the labeled object, by one click only where it is in one part", () => {
    const shareOf = (wanted: number, labeled: Lesson["objects"][number], clicks: number, objects = lesson.objects) => {
      const { truths } = promptedObjects({ ...lesson, objects, labeled }, { clicks, box: false }, side, 1000, random);
      return truths.filter((truth) => maskArea(truth) === wanted * side).length / 1000;
    };
    // Standard error 0.016.
    expect(Math.abs(shareOf(10, block(10, 19), 2) - 0.45)).toBeLessThan(0.05);
    expect(Math.abs(shareOf(10, block(10, 19), 1) - 0.45)).toBeLessThan(0.05);
    expect(shareOf(10, block(10, 19, true), 1)).toBe(0);
    expect(shareOf(10, block(10, 19), 2, [])).toBe(1);
    expect(shareOf(10, block(10, 19, true), 1, [])).toBe(1);
  });

  it("wants the objects' masks", () => {
    const { truths, target, prompts } = promptedObjects(lesson, { clicks: 2, box: true }, side, 4, random);
    expect(prompts.map(({ points }) => points.length)).toEqual([2, 2, 2, 2]);
    expect([...target]).toEqual(truths.flatMap(({ data }) => [...data]));
    expect(truths[0].data).toEqual(
      unpackMask(truths[0].data[0] ? block(0, 30).mask : block(2, 5).mask, side, side).data,
    );
  });

  it("asks the teacher about the loosened boxes that the student gets, and wants to be as sure as it is", async () => {
    const asked: BoxPrompt[] = [];
    const teacher = {
      lowResSize: side,
      architecture: { preprocessing: "sam" },
      embed: async () => ({}),
      predictBatch: async (given: readonly { box: BoxPrompt }[]) =>
        given.map((prompt) => {
          asked.push(prompt.box);
          return { lowResLogits: new Float32Array(side * side).fill(prompt.box[0] - 7) };
        }),
    } as unknown as LoadedSam;
    const { prompts, truths, target } = await answeredBoxes(teacher, lesson, 40, random);
    expect(prompts.map((prompt) => prompt.box)).toEqual(asked);
    expect(new Set(asked.map(([x0]) => x0))).toEqual(new Set([5, 6, 7, 8]));
    for (const [x0, y0, x1, y1] of asked) {
      expect(x0 <= box[0] && y0 <= box[1] && x1 >= box[2] && y1 >= box[3]).toBe(true);
      expect(x1 <= box[2] + 3 && y0 >= box[1] - 3).toBe(true);
    }
    asked.forEach(([x0], n) => {
      const own = target.subarray(n * side * side, (n + 1) * side * side);
      expect(own[0]).toBeCloseTo(1 / (1 + Math.exp(7 - x0)), 6);
      expect(own[(side * side) / 2]).toBeLessThan(1e-9);
      expect(maskArea(truths[n])).toBe(x0 > 7 ? (side * side) / 2 : 0);
    });
  });
});

const weighted = seededRandom("weighted");

describe("drawing by weight", () => {
  it("makes each as likely as its weight", () => {
    const all = [10, 20, 30, 40, 0];
    const counts = new Map<number, number>();
    for (const one of drawWeighted(all, (weight) => weight, 10_000, weighted)) {
      counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    // Of 100; the standard error is at most 0.005.
    for (const weight of all) expect(Math.abs((counts.get(weight) ?? 0) / 10_000 - weight / 100)).toBeLessThan(0.02);
  });

  it("takes one again where there are too few", () => {
    expect(drawWeighted(["a"], () => 1, 3, weighted)).toEqual(["a", "a", "a"]);
  });
});
