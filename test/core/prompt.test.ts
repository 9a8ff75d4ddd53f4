import { describe, expect, it } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { isEmptyPrompt, type PromptSet, type PromptSupport, validatePrompt } from "../../src/core/prompt.js";

const all: PromptSupport = { points: true, box: true, mask: true, note: "" };
const outcome = (prompt: PromptSet, support = all) => {
  try {
    validatePrompt(prompt, 100, 50, support);
    return "accepted";
  } catch (error) {
    if (error instanceof SamlabError) return `${error.code} ${error.field ?? ""}`.trim();
    throw error;
  }
};

describe("accepted", () => {
  it.each<PromptSet>([
    { points: [{ x: 0, y: 0 }] },
    { points: [{ x: -0.5, y: 49.5, label: 0 }] },
    { points: [{ x: 99.5, y: 1, label: 1 }], box: [0, 0, 100, 50] },
    { box: [-0.5, -0.5, 10, 10] },
    { maskInput: new Float32Array(4) },
  ])("%j", (prompt) => expect(outcome(prompt)).toBe("accepted"));
});

describe("refused", () => {
  it.each<[PromptSet, string]>([
    [{}, "prompt-invalid"],
    [{ points: [] }, "prompt-invalid"],
    [
      {
        points: [
          { x: 1, y: 1 },
          { x: 100, y: 1 },
        ],
      },
      "prompt-invalid points[1]",
    ],
    [{ points: [{ x: 99.6, y: 1 }] }, "prompt-invalid points[0]"],
    [{ points: [{ x: 1, y: 49.6 }] }, "prompt-invalid points[0]"],
    [{ points: [{ x: 1, y: -0.6 }] }, "prompt-invalid points[0]"],
    [{ box: [99.6, 0, 100, 10] }, "prompt-invalid box"],
    [{ points: [{ x: Number.NaN, y: 1 }] }, "prompt-invalid points[0]"],
    [{ points: [{ x: 1, y: 1, label: 2 as 1 }] }, "prompt-invalid points[0]"],
    [{ box: [5, 5, 5, 10] }, "prompt-invalid box"],
    [{ box: [10, 5, 5, 10] }, "prompt-invalid box"],
    [{ box: [0, 0, 101, 10] }, "prompt-invalid box"],
    [{ box: [-1, 0, 10, 10] }, "prompt-invalid box"],
    [{ box: [0, 0, Number.POSITIVE_INFINITY, 10] }, "prompt-invalid box"],
    [{ box: { x0: 1, y0: 1, x1: 5, y1: 5 } as never }, "prompt-invalid box"],
    [{ box: "1,1,5,5" as never }, "prompt-invalid box"],
    [{ box: [1, 1, 5] as never }, "prompt-invalid box"],
    [{ points: { x: 1, y: 1 } as never }, "prompt-invalid points"],
    [{ points: [null as never] }, "prompt-invalid points[0]"],
  ])("%j", (prompt, expected) => expect(outcome(prompt)).toBe(expected));
});

describe("a model that was not trained with", () => {
  it.each<[keyof PromptSupport, PromptSet, string]>([
    ["points", { points: [{ x: 1, y: 1 }] }, "points"],
    ["box", { box: [0, 0, 5, 5] }, "box"],
    ["mask", { maskInput: new Float32Array(4) }, "maskInput"],
  ])("%s says why", (kind, prompt, field) => {
    const support = { ...all, [kind]: false, note: "It was trained with something else." };
    expect(outcome(prompt, support)).toBe(`prompt-unsupported ${field}`);
    const given = {
      points: "Give a box or a mask input.",
      box: "Give points or a mask input.",
      mask: "Give points or a box.",
    };
    expect(() => validatePrompt(prompt, 100, 50, support)).toThrow(
      `It was trained with something else. ${given[kind as keyof typeof given]}`,
    );
  });
});

it("says what to leave out where the rest is enough", () => {
  const prompt: PromptSet = { points: [{ x: 1, y: 1 }], box: [0, 0, 5, 5] };
  expect(() => validatePrompt(prompt, 100, 50, { ...all, points: false })).toThrow(
    "no points prompt. Leave points out.",
  );
});

it.each<[PromptSet["box"], string]>([
  [[7, 5, 7, 5], "half a pixel more on both sides: [6.5, 4.5, 7.5, 5.5]."],
  [[7, 5, 9, 5], "half a pixel more on both sides: [7, 4.5, 9, 5.5]."],
  [[9, 5, 7, 8], "Give the left top corner first"],
])("of the box %j without an area says what to give", (box, text) => {
  expect(() => validatePrompt({ box: box! }, 100, 50, all)).toThrow(text);
});

it("detects an empty prompt", () => {
  expect(isEmptyPrompt({ points: [] })).toBe(true);
  expect(isEmptyPrompt({ box: [0, 0, 1, 1] })).toBe(false);
});
