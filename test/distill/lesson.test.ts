import { describe, expect, it } from "vitest";
import { unpackMask } from "../../src/core/mask.js";
import type { BoxPrompt } from "../../src/core/prompt.js";
import { seededRandom } from "../../src/core/random.js";
import { type Lesson, teach, teachLabeled } from "../../src/distill/lesson.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";

const side = 64;

/** A picture with bright squares, x, y and side each. */
function squares(...all: readonly [number, number, number][]): Image2d {
  const data = new Uint8Array(side * side).fill(40);
  for (const [left, top, length] of all) {
    for (let y = top; y < top + length; y++) data.fill(200, y * side + left, y * side + left + length);
  }
  return { width: side, height: side, channels: 1, data, spacing: null, window: null, source: "squares" };
}

/** A teacher that answers a box with what is bright in it, or with all of it. */
function teacherOf(image: Image2d, seesObjects: boolean) {
  const asked: BoxPrompt[] = [];
  const teacher = {
    lowResSize: side,
    architecture: { preprocessing: "sam", imageSize: side },
    embed: async () => ({}),
    predictBatch: async (prompts: readonly { box: BoxPrompt }[]) =>
      prompts.map(({ box }) => {
        asked.push(box);
        const [x0, y0, x1, y1] = box;
        const isIn = (n: number) => {
          const [x, y] = [n % side, Math.floor(n / side)];
          return x >= x0 && x <= x1 && y >= y0 && y <= y1;
        };
        const isMask = (n: number) => isIn(n) && (!seesObjects || image.data[n] > 100);
        return { lowResLogits: Float32Array.from({ length: side * side }, (_, n) => (isMask(n) ? 4 : -4)) };
      }),
  };
  return { teacher: teacher as unknown as LoadedSam, asked };
}

const lessonOf = (image: Image2d, seesObjects: boolean) =>
  teach(teacherOf(image, seesObjects).teacher, image, seededRandom("lesson"));

describe("prompts for the teacher", () => {
  it("is each region by itself, and two alike as one object in two parts", async () => {
    const image = squares([6, 20, 14], [40, 22, 16]);
    const { objects } = await lessonOf(image, true);
    const parts = ({ mask }: { mask: Uint8Array }) => {
      const { data } = unpackMask(mask, side, side);
      return [6 + 64 * 21, 45 + 64 * 25].map((at) => data[at]);
    };
    expect(objects.filter(({ isPair }) => !isPair).map(parts)).toEqual(
      expect.arrayContaining([
        [1, 0],
        [0, 1],
      ]),
    );
    const both = objects.filter((object) => parts(object).every((value) => value === 1));
    expect(both.length).toBeGreaterThan(0);
    expect(both.every(({ isPair }) => isPair)).toBe(true);
    expect(Math.max(...both.map(({ area }) => area))).toBe(14 ** 2 + 16 ** 2);
  });

  it("is believed where the answer is the region, and to be answered the same in any case", async () => {
    // A box is the square itself; a box round both is not.
    const { objects, boxes } = await lessonOf(squares([6, 10, 14], [40, 40, 16]), false);
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.some(({ isPair }) => isPair)).toBe(false);
    // The whole image, both squares, and each alone.
    expect(boxes.slice(0, 1)).toEqual([[0, 0, side - 1, side - 1]]);
    expect(boxes.slice(1).map(([x0, , x1]) => x1 - x0)).toEqual(expect.arrayContaining([13, 15, 49]));
  });
});

describe("an image with a true mask", () => {
  const image = squares([6, 20, 14], [40, 22, 16]);
  const boxMask = (x0: number, y0: number, x1: number, y1: number) => ({
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side }, (_, n) => {
      const [x, y] = [n % side, Math.floor(n / side)];
      return x >= x0 && x <= x1 && y >= y0 && y <= y1 ? 1 : 0;
    }),
  });
  const { teacher } = teacherOf(image, true);
  const labeledLesson = (truth: ReturnType<typeof boxMask>) =>
    teachLabeled(teacher, { image, truth }, seededRandom("lesson"));
  const overlaps = ({ objects }: Lesson, truth: { data: Uint8Array }) =>
    objects.map(({ mask }) => {
      const { data } = unpackMask(mask, side, side);
      return data.reduce((sum, value, n) => sum + (value & truth.data[n]), 0);
    });

  it("is learned with it, and what the teacher took for the same object is left out", async () => {
    // The left square, drawn a little smaller than it looks.
    const truth = boxMask(7, 21, 18, 32);
    const found = await lessonOf(image, true);
    const lesson = await labeledLesson(truth);
    expect(unpackMask(lesson.labeled?.mask ?? new Uint8Array(), side, side).data).toEqual(truth.data);
    expect(lesson.labeled).toMatchObject({ area: 144, isPair: false });
    expect(lesson.objects.length).toBeGreaterThan(0);
    expect(lesson.objects.length).toBeLessThan(found.objects.length);
    // Both squares together stay, the left alone does not.
    expect(Math.max(...overlaps(lesson, boxMask(0, 0, 30, side)))).toBeLessThanOrEqual(196);
    expect(lesson.boxes).toEqual(found.boxes);
  });

  it("handles a truth in two parts, and an empty one", async () => {
    const [left, right] = [boxMask(6, 20, 19, 33), boxMask(40, 22, 55, 37)];
    const both = { ...left, data: left.data.map((value, n) => value | right.data[n]) };
    expect((await labeledLesson(both)).labeled?.isPair).toBe(true);
    expect((await labeledLesson(boxMask(5, 5, 4, 4))).labeled).toBeUndefined();
  });
});
