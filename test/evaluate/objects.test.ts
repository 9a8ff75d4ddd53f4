import { describe, expect, it } from "vitest";
import { objectsOf } from "../../src/evaluate/objects.js";
import { maskRows } from "../support/draw-mask.js";

const names = new Map([
  [1, "tumor"],
  [2, "edema"],
]);

const truth = {
  width: 6,
  height: 3,
  data: [...[2, 0, 1, 1, 0, 7], ...[0, 0, 0, 0, 1, 7], ...[1, 1, 0, 0, 0, 2]],
};

const summary = (objects: ReturnType<typeof objectsOf>) =>
  objects.map(({ label, labelValue, part, truth: mask }) => [label, labelValue, part, ...maskRows(mask)]);

describe("objectsOf", () => {
  it("takes each named label as a whole", () => {
    expect(summary(objectsOf(truth, names, { per: "label" }))).toEqual([
      ["tumor", 1, 0, "..##..", "....#.", "##...."],
      ["edema", 2, 0, "#.....", "......", ".....#"],
    ]);
  });

  it("takes each 8-connected part, the largest first, equal ones in raster order", () => {
    expect(summary(objectsOf(truth, names, { per: "component" }))).toEqual([
      ["tumor", 1, 1, "..##..", "....#.", "......"],
      ["tumor", 1, 2, "......", "......", "##...."],
      ["edema", 2, 1, "#.....", "......", "......"],
      ["edema", 2, 2, "......", "......", ".....#"],
    ]);
  });

  it("takes each value as an instance of its name", () => {
    const nuclei = new Map([1, 2, 7].map((value) => [value, "nucleus"]));
    expect(objectsOf(truth, nuclei, { per: "instance" }).map(({ label, part }) => [label, part])).toEqual([
      ["nucleus", 1],
      ["nucleus", 2],
      ["nucleus", 7],
    ]);
  });

  it("numbers what shares a name by its value, and parts across values", () => {
    const lungs = new Map([1, 2, 7].map((value) => [value, value === 7 ? "heart" : "lung"]));
    const told = (per: "label" | "component") =>
      objectsOf(truth, lungs, { per }).map(({ label, labelValue, part }) => [label, labelValue, part]);
    expect(told("label")).toEqual([
      ["lung", 1, 1],
      ["lung", 2, 2],
      ["heart", 7, 0],
    ]);
    expect(told("component")).toEqual([
      ["lung", 1, 1],
      ["lung", 1, 2],
      ["lung", 2, 3],
      ["lung", 2, 4],
      ["heart", 7, 1],
    ]);
  });

  it("leaves out objects with too few pixels, of labels and of parts", () => {
    expect(objectsOf(truth, names, { per: "label", minPixels: 3 }).map(({ label }) => label)).toEqual(["tumor"]);
    expect(objectsOf(truth, names, { per: "component", minPixels: 2 }).map(({ part }) => part)).toEqual([1, 2]);
    expect(objectsOf({ width: 1, height: 1, data: [0] }, names, { per: "label" })).toEqual([]);
  });

  it("refuses what makes no sense", () => {
    expect(() => objectsOf(truth, names, { per: "label", minPixels: 0 })).toThrow("whole number from 1");
    expect(() => objectsOf({ ...truth, width: 5 }, names, { per: "label" })).toThrow("5×3 truth has 15 pixels, not 18");
  });
});
