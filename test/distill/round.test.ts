import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { corrected, drawRound, firstPrompt, tokensOf } from "../../src/distill/round.js";

const random = seededRandom("rounds");

function rectangle(x0: number, y0: number, x1: number, y1: number) {
  const data = new Uint8Array(32 * 32);
  for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) data[y * 32 + x] = 1;
  return { width: 32, height: 32, data };
}

const truth = rectangle(8, 10, 20, 16);
const isIn = ({ x, y }: { x: number; y: number }) => truth.data[y * 32 + x] === 1;

describe("a round of prompts", () => {
  it("is one click or a box mostly", () => {
    const kinds = Array.from({ length: 1000 }, () => drawRound(random));
    const share = (holds: (kind: (typeof kinds)[number]) => boolean) => kinds.filter(holds).length / 1000;
    expect(share(({ clicks, box }) => clicks === 1 && !box)).toBeCloseTo(0.38, 1);
    expect(share(({ box }) => box)).toBeCloseTo(0.44, 1);
    expect(kinds.every(({ clicks, box }) => clicks > 0 || box)).toBe(true);
  });

  it("starts inside the object, its box never cutting it", () => {
    for (let n = 0; n < 100; n++) {
      const { points, box } = firstPrompt(truth, { clicks: 2, box: true }, random);
      expect(points).toHaveLength(2);
      expect(points.every(isIn)).toBe(true);
      const [x0, y0, x1, y1] = box ?? [99, 99, 0, 0];
      expect(x0 <= 8 && y0 <= 10 && x1 >= 20 && y1 >= 16).toBe(true);
      expect(x0 >= 5 && y0 >= 7 && x1 <= 23 && y1 <= 19).toBe(true);
    }
    expect(firstPrompt(truth, { clicks: 1, box: false }, random).box).toBeNull();
  });

  it("corrects where the mask is wrong, with as many clicks where nothing is", () => {
    const prompt = firstPrompt(truth, { clicks: 1, box: false }, random);
    const shifted = rectangle(12, 10, 24, 16);
    for (let n = 0; n < 50; n++) {
      const { points } = corrected(prompt, truth, shifted, 2, random);
      expect(points.slice(0, 1)).toEqual(prompt.points);
      for (const { x, label } of points.slice(1)) expect(label === 1 ? x < 12 : x > 20).toBe(true);
      const right = corrected(prompt, truth, truth, 2, random).points;
      expect(right).toHaveLength(3);
      expect(right.every((point) => isIn(point) && point.label === 1)).toBe(true);
    }
  });

  it("becomes tokens in the model's frame: points, then the box or a padding token", () => {
    const points = [
      { x: 3, y: 5, label: 1 },
      { x: 7, y: 1, label: 0 },
    ] as const;
    const clicks = tokensOf([{ points, box: null }], 4);
    expect([...clicks.coords]).toEqual([13.5, 21.5, 29.5, 5.5, 0, 0]);
    expect([...clicks.labels]).toEqual([1, 0, -1]);
    const boxed = tokensOf([{ points: [], box: [1, 2, 3, 4] }], 1);
    expect([...boxed.coords]).toEqual([1, 2, 3, 4]);
    expect([...boxed.labels]).toEqual([2, 3]);
  });
});
