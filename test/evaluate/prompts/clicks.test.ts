import { describe, expect, it } from "vitest";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import { drawMask } from "../../support/draw-mask.js";
import { contextOf, drawObject } from "../../support/evaluation-object.js";

const object = drawObject(`
  .........
  .###.###.
  .###.###.
  .###.###.
  .........`);

describe("clicks", () => {
  const nothing = { ...object.truth, data: new Uint8Array(object.truth.data.length) };
  const logits = Float32Array.of(1, 2);

  it("sends all clicks so far, step by step", () => {
    const run = parseStrategy("clicks:3").start(object, contextOf(0));
    const first = run.next(null);
    expect(first).toEqual({ prompts: [{ points: [{ x: 2, y: 2, label: 1 }] }], clicks: 1 });
    const left = drawMask(`
      .........
      .###.....
      .###.....
      .###.....
      .........`);
    const second = run.next({ mask: left, lowResLogits: logits });
    expect(second).toEqual({
      prompts: [
        {
          points: [
            { x: 2, y: 2, label: 1 },
            { x: 6, y: 2, label: 1 },
          ],
        },
      ],
      clicks: 2,
    });
    expect(run.next({ mask: nothing, lowResLogits: logits })?.clicks).toBe(3);
    expect(run.next({ mask: nothing, lowResLogits: logits })).toBeNull();
  });

  it("gives the last logits as mask prompt on request", () => {
    const run = parseStrategy("clicks:3,feedback").start(object, contextOf(0));
    expect(run.next(null)?.prompts[0]).not.toHaveProperty("maskInput");
    expect(run.next({ mask: nothing, lowResLogits: logits })?.prompts[0].maskInput).toBe(logits);
    expect(run.next({ mask: nothing, lowResLogits: null })?.prompts[0]).not.toHaveProperty("maskInput");
  });

  it("asks the same again when nothing is left to correct", () => {
    const run = parseStrategy("clicks:3,feedback").start(object, contextOf(0));
    const first = run.next(null);
    const again = run.next({ mask: object.truth, lowResLogits: logits });
    expect(again).toEqual({ ...first, clicks: 2 });
    expect(run.next({ mask: object.truth, lowResLogits: logits })?.clicks).toBe(3);
    expect(run.next({ mask: object.truth, lowResLogits: logits })).toBeNull();
  });

  it("may begin at the centroid or anywhere inside", () => {
    const firstOf = (name: string) => parseStrategy(name).start(object, contextOf(0)).next(null)?.prompts[0].points;
    expect(firstOf("clicks:1,centroid")).toEqual([{ x: 4, y: 2, label: 1 }]);
    expect(firstOf("clicks:1,random")).toEqual([{ x: 1, y: 1, label: 1 }]);
    expect(firstOf("mazurowski:clicks")).toEqual([{ x: 2, y: 2, label: 1 }]);
  });
});
