import { describe, expect, it } from "vitest";
import { type Loop, maskLoops } from "../../../../widgets/src/shared/slice-view/contour.js";

/** A mask drawn with `#` for inside. */
function draw(...rows: string[]) {
  const [width, height] = [rows[0].length, rows.length];
  return { width, height, data: Uint8Array.from([...rows.join("")], (sign) => (sign === "#" ? 1 : 0)) };
}

/** Twice the signed area; positive when the inside is on the right hand (y grows downwards). */
function doubleArea(loop: Loop): number {
  let sum = 0;
  for (let i = 0; i < loop.length; i += 2) {
    const next = (i + 2) % loop.length;
    sum += loop[i] * loop[next + 1] - loop[next] * loop[i + 1];
  }
  return sum;
}

describe("maskLoops", () => {
  it("goes round a pixel by its four corners, clockwise", () => {
    expect(maskLoops(draw("...", ".#.", "..."))).toEqual([[2, 1, 2, 2, 1, 2, 1, 1]]);
  });

  it("turns only where the outline does", () => {
    expect(maskLoops(draw("###", "#.."))).toEqual([[3, 0, 3, 1, 1, 1, 1, 2, 0, 2, 0, 0]]);
  });

  it("goes round holes the other way", () => {
    const loops = maskLoops(draw("###", "#.#", "###"));
    expect(loops.map(doubleArea)).toEqual([18, -2]);
  });

  it("parts pixels that touch at a corner only", () => {
    expect(maskLoops(draw("#.", ".#"))).toHaveLength(2);
    expect(maskLoops(draw(".#", "#."))).toHaveLength(2);
  });

  it("has nothing to say about an empty mask", () => {
    expect(maskLoops(draw("..", ".."))).toEqual([]);
  });

  it("encloses exactly the mask, whatever its shape", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let round = 0; round < 50; round++) {
      const [width, height] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
      const data = Uint8Array.from({ length: width * height }, () => Number(random() < 0.55));
      const loops = maskLoops({ width, height, data });
      const area = loops.reduce((sum, loop) => sum + doubleArea(loop), 0) / 2;
      expect(area).toBe(data.reduce((sum, value) => sum + value, 0));
      expect(Uint8Array.from(data, (_, n) => crossings(loops, n % width, Math.floor(n / width)) % 2)).toEqual(data);
    }
  });
});

/** Upright edges to the left of a pixel's middle: odd inside, as in even–odd filling. */
function crossings(loops: readonly Loop[], px: number, py: number): number {
  let count = 0;
  for (const loop of loops) {
    for (let i = 0; i < loop.length; i += 2) {
      const [x0, y0] = [loop[i], loop[i + 1]];
      const [x1, y1] = [loop[(i + 2) % loop.length], loop[(i + 3) % loop.length]];
      if (x0 === x1 && x0 <= px && Math.min(y0, y1) <= py && py < Math.max(y0, y1)) count++;
    }
  }
  return count;
}
