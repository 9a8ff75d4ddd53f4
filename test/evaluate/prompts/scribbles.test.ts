import { describe, expect, it } from "vitest";
import type { PromptSet } from "../../../src/core/prompt.js";
import { seededRandom } from "../../../src/core/random.js";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import type { EvaluationObject } from "../../../src/evaluate/types.js";
import { drawObject } from "../../support/evaluation-object.js";

const bent = drawObject(`
  ..............
  .######.......
  .######.......
  .######.......
  ...###########
  ...###########
  ...###########
  ..............
  .###..........
  .###..........
  .###..........`);

function asked(strategy: string, takesScribbles: boolean, seed: string, object: EvaluationObject = bent) {
  const run = parseStrategy(strategy).start(object, { random: seededRandom(seed), lowResSize: 4, takesScribbles });
  const step = run.next(null)!;
  expect(run.next({ mask: object.truth, lowResLogits: null })).toBeNull();
  return { prompt: step.prompts[0] as PromptSet, clicks: step.clicks };
}

const isInside = ({ truth }: EvaluationObject, x: number, y: number) => truth.data[y * truth.width + x] === 1;

describe("the strategy scribble", () => {
  it("draws a line of neighboring pixels inside the object, the same for the same seed", () => {
    const { prompt, clicks } = asked("scribble", true, "one");
    expect([Object.keys(prompt), clicks]).toEqual([["scribbles"], 1]);
    const [{ path, label }] = prompt.scribbles! as [NonNullable<PromptSet["scribbles"]>[number]];
    expect(label).toBe(1);
    expect(path.length).toBeGreaterThan(4);
    path.forEach(([x, y], n) => {
      expect(isInside(bent, x, y)).toBe(true);
      const [u, v] = path[n - 1] ?? [x + 1, y];
      expect(Math.max(Math.abs(x - u), Math.abs(y - v))).toBe(1);
    });
    expect(asked("scribble", true, "one")).toEqual({ prompt, clicks });
    const drawn = Array.from({ length: 30 }, (_, n) => asked("scribble", true, `seed ${n}`).prompt.scribbles![0]!.path);
    const lengths = drawn.map((way) => way.length);
    const longest = Math.max(...lengths);
    expect(new Set(lengths).size).toBeGreaterThan(2);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(longest / 2);
  });

  it("draws further lines along what is left, no pixel twice, as many as there are", () => {
    const { prompt, clicks } = asked("scribble:2", true, "two");
    const [first, second] = prompt.scribbles!.map(({ path }) => path.map(String));
    expect(clicks).toBe(2);
    expect(first!.filter((pixel) => second!.includes(pixel))).toEqual([]);
    const all = asked("scribble:100", true, "all").prompt.scribbles!;
    expect(all.length).toBeLessThan(100);
  });

  it("gives points along the lines to models that take none", () => {
    const { prompt, clicks } = asked("scribble:2", false, "two");
    expect(Object.keys(prompt)).toEqual(["points"]);
    const lines = asked("scribble:2", true, "two").prompt.scribbles!.flatMap(({ path }) => path.map(String));
    expect(clicks).toBe(2);
    expect(prompt.points!.length).toBeGreaterThanOrEqual(3);
    for (const { x, y, label } of prompt.points!) {
      expect(label).toBe(1);
      expect(lines).toContain(String([x, y]));
    }
  });

  it("takes the deepest pixel of an object without a skeleton", () => {
    const small = drawObject(`
      ....
      .##.
      .##.
      ....`);
    const [{ path }] = asked("scribble", true, "small", small).prompt.scribbles! as [{ path: [number, number][] }];
    expect(path).toHaveLength(1);
    expect(isInside(small, ...path[0]!)).toBe(true);
  });
});
