import { describe, expect, it } from "vitest";
import { checkFinite } from "../../src/predict/check-finite.js";

describe("checkFinite", () => {
  const values = () => Float32Array.from({ length: 11 }, (_, n) => n * 1e37 * (n % 2 ? -1 : 1));

  it("takes finite values, however large", () => {
    expect(() => checkFinite(values(), "slice 3")).not.toThrow();
    expect(() => checkFinite(new Float32Array(0), "slice 3")).not.toThrow();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("finds %s at every place", (value) => {
    for (let at = 0; at < values().length; at++) {
      const bad = values();
      bad[at] = value;
      expect(() => checkFinite(bad, "slice 3")).toThrow(`The model gave ${value} for slice 3.`);
    }
  });
});
