import { describe, expect, it } from "vitest";
import { classesOf, meanClassDice, oneHot } from "../../src/autoprompt/classes.js";
import type { TrainingCase } from "../../src/finetune/types.js";

const slice = (truth: readonly number[], classNames?: readonly string[]): TrainingCase => ({
  image: {
    width: truth.length,
    height: 1,
    channels: 1,
    data: Uint8Array.from(truth),
    spacing: null,
    window: null,
    source: `slice ${truth.join("")}`,
  },
  truth: { width: truth.length, height: 1, data: Uint8Array.from(truth) },
  ...(classNames ? { classNames } : {}),
});

describe("the classes of slices", () => {
  it("are those that the slices name, that are given, or one object", () => {
    const names = ["background", "liver", "spleen"];
    expect(classesOf([slice([0, 1, 2], names), slice([0, 0, 0], names)], [], undefined)).toEqual(names);
    expect(classesOf([slice([0, 1, 2])], [], ["a", "b"])).toEqual(["background", "a", "b"]);
    expect(classesOf([slice([0, 1, 1])], [slice([0, 0, 0])], undefined)).toEqual(["background", "object"]);
  });

  it("may be told of one picture by several people", () => {
    const [first, second] = [slice([0, 1, 1]), slice([1, 1, 0])];
    const nothing = { ...slice([0, 0, 0]), image: first.image };
    expect(classesOf([first, { ...second, image: first.image }, nothing], [], undefined)).toHaveLength(2);
  });

  it.each([
    [[slice([0, 1], ["background", "a"]), slice([0, 1], ["background", "b"])], [], /slice 01 has the classes/],
    [[slice([0, 1])], [slice([0, 3])], /slice 03 has the class 3/],
    [[slice([0, 1], ["background", "a", "b"])], [], /b occurs in none/],
    [
      [slice([0, 1]), slice([1, 0])].map((one, _, [first]) => ({ ...one, image: first!.image })),
      [],
      /several truths that lie apart/,
    ],
  ])("are refused where they contradict each other: %#", (cases, validation, message) => {
    expect(() => classesOf(cases, validation, undefined)).toThrow(message);
  });
});

it("Dice counts the classes that are there or were found, and nothing found of nothing as right", () => {
  const dice = (found: readonly number[], truth: readonly number[]) =>
    meanClassDice(Uint8Array.from(found), slice(truth).truth, 3);
  expect(dice([0, 1, 1, 2], [0, 1, 2, 2])).toBeCloseTo((2 / 3 + 2 / 3) / 2);
  expect(dice([0, 0, 0, 0], [0, 0, 0, 0])).toBe(1);
  expect(dice([0, 0, 1, 0], [0, 0, 0, 0])).toBe(0);
});

it("a target is 1 at each pixel's class", () => {
  expect([...oneHot(Float32Array.of(0, 2, 1), 0, 3)]).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0]);
});
