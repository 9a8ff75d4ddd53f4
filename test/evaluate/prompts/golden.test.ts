import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Mask2d } from "../../../src/core/mask.js";
import type { BoxPrompt, PointPrompt, PromptSet } from "../../../src/core/prompt.js";
import { parseStrategy } from "../../../src/evaluate/prompts/parse-strategy.js";
import type { PromptStep } from "../../../src/evaluate/types.js";
import { goldenPath } from "../../support/golden.js";

type Triple = [x: number, y: number, label: number];
type Pair = [x: number, y: number];

interface Case {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly runs: readonly number[];
  readonly szu: {
    readonly box: BoxPrompt;
    readonly object: readonly Pair[] | null;
    readonly background: readonly Pair[] | null;
    readonly sent: Readonly<Record<"1" | "5" | "10", readonly Triple[]>> | null;
  };
  readonly mazurowski: {
    readonly 1: readonly Pair[];
    readonly 2: readonly Pair[];
    readonly 3: BoxPrompt;
    readonly 4: readonly BoxPrompt[];
    readonly 5: BoxPrompt;
    readonly radius: number;
    readonly clicks: readonly Triple[];
  };
}

const { draws, cases } = JSON.parse(readFileSync(goldenPath("prompts/prompts.json"), "utf8")) as {
  readonly draws: readonly number[];
  readonly cases: readonly Case[];
};

function maskOf({ width, height, runs }: Case): Mask2d {
  const data = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((run, n) => {
    data.fill(n % 2, at, at + run);
    at += run;
  });
  return { width, height, data };
}

/** The golden script's draws from their beginning. */
function drawn(): () => number {
  let next = 0;
  return () => draws[next++ % draws.length];
}

function run(name: string, golden: Case, answer: (step: PromptStep) => Mask2d = () => maskOf(golden)): PromptStep[] {
  const object = { label: "object", labelValue: 1, part: 0, truth: maskOf(golden) };
  const going = parseStrategy(name).start(object, { random: drawn(), lowResSize: 64, takesScribbles: false });
  const steps: PromptStep[] = [];
  for (let step = going.next(null); step; step = going.next({ mask: answer(step), lowResLogits: null }))
    steps.push(step);
  return steps;
}

function only(name: string, golden: Case): PromptSet {
  const [step, ...more] = run(name, golden);
  expect(more).toEqual([]);
  expect(step.prompts).toHaveLength(1);
  return step.prompts[0];
}

const triples = (points: readonly PointPrompt[] = []) => points.map(({ x, y, label }): Triple => [x, y, label ?? 1]);
const labeled = (points: readonly Pair[], label: 0 | 1) => points.map(([x, y]): Triple => [x, y, label]);

/** A model takes no box without an area; the studies sent such boxes. */
function withArea([x0, y0, x1, y1]: BoxPrompt): BoxPrompt {
  const [dx, dy] = [x0 === x1 ? 0.5 : 0, y0 === y1 ? 0.5 : 0];
  return [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
}

describe("prompts equal those of the studies' own code", () => {
  it("covers 50 masks, most of which SAM-SZU's sampler gives a sixth point", () => {
    expect(cases).toHaveLength(50);
    expect(cases.filter(({ szu }) => (szu.object?.length ?? 0) > 5).length).toBeGreaterThan(25);
  });

  it.each(cases)("SAM-SZU on $name", (golden) => {
    const { box, object, background, sent } = golden.szu;
    expect(only("szu:S5", golden)).toEqual({ box: withArea(box) });
    // Where the study's code stops with an error (fewer than five pixels) there is nothing to compare.
    if (!object || !background || !sent) return;
    expect(triples(only("szu:S2", golden).points)).toEqual(sent[1]);
    expect(triples(only("szu:S3", golden).points)).toEqual(sent[5]);
    expect(triples(only("szu:S4,six-points", golden).points)).toEqual(sent[10]);
    const corrected = [...labeled(object.slice(0, 5), 1), ...labeled(background.slice(0, 5), 0)];
    expect(triples(only("szu:S4", golden).points)).toEqual(corrected);
    const both = only("szu:S6", golden);
    expect(both.box).toEqual(withArea(box));
    expect(triples(both.points)).toEqual(sent[1]);
  });

  it.each(cases)("Mazurowski on $name", (golden) => {
    const { mazurowski } = golden;
    expect(triples(only("mazurowski:1", golden).points)).toEqual(labeled(mazurowski[1], 1));
    expect(triples(only("mazurowski:2", golden).points)).toEqual(labeled(mazurowski[2], 1));
    expect(only("mazurowski:3", golden)).toEqual({ box: withArea(mazurowski[3]) });
    expect(run("mazurowski:4", golden)).toEqual([
      { prompts: mazurowski[4].map((box) => ({ box: withArea(box) })), clicks: 0 },
    ]);
    expect(only("mazurowski:5", golden)).toEqual({ box: withArea(mazurowski[5]) });
  });

  it.each(cases)("Mazurowski's clicks on $name", (golden) => {
    const radius = golden.mazurowski.radius ** 2;
    const answer = ({ prompts: [{ points = [] }] }: PromptStep) => {
      const mask = maskOf(golden);
      const within = (x: number, y: number, wanted: 0 | 1) =>
        points.some((point) => point.label === wanted && (x - point.x) ** 2 + (y - point.y) ** 2 <= radius);
      mask.data.forEach((_, n) => {
        const [x, y] = [n % mask.width, Math.floor(n / mask.width)];
        mask.data[n] = within(x, y, 1) && !within(x, y, 0) ? 1 : 0;
      });
      return mask;
    };
    const steps = run("mazurowski:clicks", golden, answer);
    expect(steps.map(({ clicks }) => clicks)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const given = triples(steps.at(-1)?.prompts[0].points);
    // With no error left the study's code goes on to click anywhere in the image; here nothing more is clicked.
    expect(given).toEqual(golden.mazurowski.clicks.slice(0, given.length));
    if (given.length < 9) expect(answer(steps[given.length - 1])).toEqual(maskOf(golden));
  });
});
