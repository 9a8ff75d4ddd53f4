import { describe, expect, it } from "vitest";
import { clampedLogits, isStable } from "../../src/predict/postprocess.js";

/** Logits of one value each, so many times. */
const logits = (...parts: readonly (readonly [value: number, count: number])[]) =>
  Float32Array.from(parts.flatMap(([value, count]) => new Array<number>(count).fill(value)));

describe("SAM 2 answers with its single mask", () => {
  it.each([
    ["where 98 of 100 pixels stay at the higher threshold", logits([1, 98], [0, 2], [-1, 50]), true],
    ["not where 97 do", logits([1, 97], [0, 3], [-1, 50]), false],
    ["where it is empty", logits([-1, 9]), true],
    ["not where all of it lies between the thresholds", logits([0.04, 9]), false],
    ["and the thresholds themselves do not count", logits([1, 98], [0.05, 2], [-0.05, 9]), true],
    ["nor is one at the higher threshold inside", logits([1, 97], [0.05, 3]), false],
  ])("%s", (_, mask, stable) => {
    expect(isStable(mask)).toBe(stable);
  });
});

it("gives logits of SAM 2 between −32 and 32", () => {
  expect(clampedLogits(Float32Array.of(-40, -32, 0.5, 33))).toEqual(Float32Array.of(-32, -32, 0.5, 32));
});
