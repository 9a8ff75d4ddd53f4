import { describe, expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import { seededRandom } from "../../src/core/random.js";
import { drawBox, drawClick, drawClickAnywhere, drawCorrection, drawKind } from "../../src/train/prompt-drawing.js";

function rectangle(x0: number, y0: number, x1: number, y1: number): Mask2d {
  const data = new Uint8Array(20 * 10);
  for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) data[y * 20 + x] = 1;
  return { width: 20, height: 10, data };
}

const truth = rectangle(4, 2, 9, 5);
const random = seededRandom("prompts");
const many = <T>(make: () => T): T[] => Array.from({ length: 300 }, make);

describe("training prompts", () => {
  it("boxes are tight without jitter; with it each side moves out, and stays in the image", () => {
    expect(drawBox(truth, 0, random)).toEqual([4, 2, 9, 5]);
    const boxes = many(() => drawBox(truth, 3, random));
    expect(
      [0, 1, 2, 3].map((side) => [
        Math.min(...boxes.map((box) => box[side])),
        Math.max(...boxes.map((box) => box[side])),
      ]),
    ).toEqual([
      [1, 4],
      [0, 2],
      [9, 12],
      [5, 8],
    ]);
  });

  it("clicks lie in the object, all over it", () => {
    const clicks = many(() => drawClick(truth, random));
    expect(clicks.every(({ x, y, label }) => truth.data[y * 20 + x] === 1 && label === 1)).toBe(true);
    expect(new Set(clicks.map(({ x, y }) => `${x},${y}`)).size).toBe(24);
  });

  it("clicks anywhere lie in the object and outside equally often, and say where", () => {
    const clicks = many(() => drawClickAnywhere(truth, random));
    const isIn = ({ point: { x, y } }: (typeof clicks)[number]) => truth.data[y * 20 + x] === 1;
    expect(clicks.every((click) => click.isInObject === isIn(click) && click.point.label === 1)).toBe(true);
    const inside = clicks.filter(isIn).length;
    expect(Math.abs(inside - 150)).toBeLessThan(35);
    const [none, all] = [
      { ...truth, data: new Uint8Array(200) },
      { ...truth, data: new Uint8Array(200).fill(1) },
    ];
    expect(many(() => drawClickAnywhere(none, random)).some((click) => click.isInObject)).toBe(false);
    expect(many(() => drawClickAnywhere(all, random)).every((click) => click.isInObject)).toBe(true);
  });

  it("corrections lie where the mask is wrong: positive on what is missed, negative on what is too much", () => {
    const mask = rectangle(4, 2, 12, 4);
    for (const click of many(() => drawCorrection(truth, mask, random))) {
      if (!click) throw new Error("there is an error to correct");
      expect(click.label).toBe(click.y === 5 ? 1 : 0);
      expect(click.y === 5 || click.x > 9).toBe(true);
    }
    expect(drawCorrection(truth, truth, random)).toBeNull();
  });

  it("kinds come by their shares", () => {
    const kinds = many(() => drawKind({ box: 1, corrective: 3 }, random));
    expect(kinds.filter((kind) => kind === "point")).toEqual([]);
    // 75 expected; five standard deviations.
    expect(Math.abs(kinds.filter((kind) => kind === "box").length - 75)).toBeLessThan(38);
  });
});
