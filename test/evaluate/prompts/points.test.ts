import { describe, expect, it } from "vitest";
import { validatePrompt } from "../../../src/core/prompt.js";
import { seededRandom } from "../../../src/core/random.js";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import { drawObject } from "../../support/evaluation-object.js";

const object = drawObject(`
  ............
  ..######....
  ..######....
  ..######....
  ............`);
const { width, height } = object.truth;
const pointsOf = (strategy: string, random = seededRandom("points", strategy)) =>
  parseStrategy(strategy).start(object, { random, lowResSize: 4, takesScribbles: false }).next(null)!.prompts[0]!
    .points!;

describe("points", () => {
  it("are moved both ways along x and y by up to the shift, and stay inside the image", () => {
    const [still] = pointsOf("points:1");
    const random = seededRandom("shift");
    const offsets = [new Set<number>(), new Set<number>()];
    for (let n = 0; n < 400; n++) {
      const [moved] = pointsOf("points:1,shift=3", random);
      offsets[0]!.add(moved!.x - still!.x);
      offsets[1]!.add(moved!.y - still!.y);
      validatePrompt({ points: [moved!] }, width, height, { points: true, box: true, mask: true, note: "" });
    }
    expect([...offsets[0]!].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    // The image ends two pixels above and below.
    expect([...offsets[1]!].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  });

  it("keep their labels when they are moved", () => {
    expect(pointsOf("points:2+2,shift=1").map(({ label }) => label)).toEqual([1, 1, 0, 0]);
  });

  it("are the same in reverse order", () => {
    const points = pointsOf("points:3+1");
    expect(pointsOf("points:3+1,reversed")).toEqual([...points].reverse());
  });

  it("stand beside a box, moved and reversed too", () => {
    const given = parseStrategy("box+points:3,reversed").start(object, {
      random: seededRandom("box"),
      lowResSize: 4,
      takesScribbles: false,
    });
    expect(given.next(null)!.prompts).toEqual([{ box: [2, 1, 7, 3], points: [...pointsOf("points:3")].reverse() }]);
  });
});
