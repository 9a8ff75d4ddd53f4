import { describe, expect, it } from "vitest";
import { messageOf, SamlabError, show } from "../../src/core/errors.js";

describe("a value in a message", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  it.each<[unknown, string]>([
    ["a", '"a"'],
    ["x".repeat(99), `"${"x".repeat(77)}..."`],
    [Number.NaN, "NaN"],
    [12n, "12n"],
    [undefined, "undefined"],
    [null, "null"],
    [[1, "b", Number.NaN], '[1, "b", NaN]'],
    [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), "[1, 2, 3, 4, 5, 6, 7, 8, ... 9 in all]"],
    [{ low: Number.NaN, high: Number.POSITIVE_INFINITY }, '{"low":NaN,"high":Infinity}'],
    [{ voxel: 9007199254740993n, at: [1n, { j: 2n }] }, '{"voxel":9007199254740993n,"at":[1n, {"j":2n}]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [circle, '{"self":{"self":{"self":{"self":{…}}}}}'],
  ])("%o", (value, text) => expect(show(value)).toBe(text));

  it("stays short", () => {
    expect(show({ text: Array.from({ length: 99 }, (_, n) => `${n}`.repeat(40)) }).length).toBeLessThanOrEqual(300);
  });
});

it("says what was thrown, whatever it was", () => {
  expect(messageOf(new SamlabError("canceled", "Stopped."))).toBe("Stopped.");
  expect(messageOf("no error")).toBe("no error");
});
