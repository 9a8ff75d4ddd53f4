import { describe, expect, it } from "vitest";
import { validatePrompt } from "../../../src/core/prompt.js";
import { seededRandom } from "../../../src/core/random.js";
import { jitteredBox, tightBox } from "../../../src/evaluate/prompts/box.js";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import { drawMask } from "../../support/draw-mask.js";
import { contextOf, drawObject } from "../../support/evaluation-object.js";

const object = drawObject(`
  ........
  ..###...
  ..###...
  ........`);
const support = { points: true, box: true, mask: true, note: "" };

describe("box", () => {
  it("is tight, in one step", () => {
    const run = parseStrategy("box").start(object, contextOf(0.9));
    expect(run.next(null)).toEqual({ prompts: [{ box: [2, 1, 4, 2] }], clicks: 0 });
    expect(run.next({ mask: object.truth, lowResLogits: null })).toBeNull();
  });

  it("gets an area where the object is a line or a pixel", () => {
    expect(tightBox(drawMask(".##."))).toEqual([1, -0.5, 2, 0.5]);
    expect(tightBox(drawMask("...#"))).toEqual([2.5, -0.5, 3.5, 0.5]);
  });

  it("moves each edge by up to the jitter, both ways, inside the image", () => {
    const random = seededRandom("jitter");
    const offsets = [new Set<number>(), new Set<number>(), new Set<number>(), new Set<number>()];
    const mask = { width: 40, height: 40, data: new Uint8Array(1600).fill(1, 18 * 40 + 15, 18 * 40 + 25) };
    mask.data.fill(1, 27 * 40 + 15, 27 * 40 + 25);
    for (let n = 0; n < 500; n++) {
      jitteredBox(mask, 3, random).forEach((edge, side) => {
        offsets[side].add(edge - [15, 18, 24, 27][side]);
      });
    }
    for (const seen of offsets) expect([...seen].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  });

  it("stays a valid prompt whatever the jitter does", () => {
    const random = seededRandom("wild");
    for (const truth of [object.truth, drawMask("#"), drawMask("#..")]) {
      for (let n = 0; n < 200; n++) {
        const box = jitteredBox(truth, 9, random);
        expect(() => validatePrompt({ box }, truth.width, truth.height, support)).not.toThrow();
      }
    }
  });

  it("refuses an object without a pixel", () => {
    expect(() => parseStrategy("box").start(drawObject("..."), contextOf(0))).toThrow("empty truth");
  });
});

it("box and points go together in one prompt set", () => {
  const run = parseStrategy("box+points:1+1").start(object, contextOf(0));
  const step = run.next(null);
  expect(step).toMatchObject({ clicks: 2, prompts: [{ box: [2, 1, 4, 2], points: [{ label: 1 }, { label: 0 }] }] });
  expect(run.next({ mask: object.truth, lowResLogits: null })).toBeNull();
});
