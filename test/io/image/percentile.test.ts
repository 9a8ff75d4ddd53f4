import { describe, expect, it } from "vitest";
import { type NumericDtype, typedArrays } from "../../../src/core/dtype.js";
import { percentiles, valueRange } from "../../../src/io/image/percentile.js";
import { failure, golden } from "../helpers.js";

interface WindowCase {
  dtype: NumericDtype;
  data: number[];
  percents: number[];
  all: number[];
  above: number[];
}

describe.each(golden<{ cases: WindowCase[] }>("windows.json").cases)("percentiles of $dtype as numpy's", (expected) => {
  const data = new typedArrays[expected.dtype](expected.data);
  // float64 arithmetic on both sides: equal but for the last digit.
  const near = (found: number[], wanted: number[]) => {
    for (const [n, value] of wanted.entries()) {
      expect(Math.abs(found[n] - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
    }
  };

  it("over all values", () => near(percentiles(data, expected.percents), expected.all));
  it("over the values above 0", () => near(percentiles(data, expected.percents, { above: 0 }), expected.above));
  it("does not change the data", () => expect(Array.from(data)).toEqual(expected.data));
});

it("honors the offset of a view", () => {
  const whole = Float32Array.of(9, 9, 1, 2, 3);
  expect(percentiles(whole.subarray(2), [0, 50, 100])).toEqual([1, 2, 3]);
  const wide = Float64Array.of(9, 9, -1, -2, -3);
  expect(percentiles(wide.subarray(2), [0, 50, 100])).toEqual([-3, -2, -1]);
});

it("knows one value", () => expect(percentiles(Int16Array.of(-7), [0, 50, 100])).toEqual([-7, -7, -7]));

it("has none where no value is left", () =>
  expect(percentiles(Int16Array.of(-7, 0), [50], { above: 0 })).toEqual([Number.NaN]));

it("refuses NaN and percents outside 0 to 100", async () => {
  await failure(() => percentiles(Float32Array.of(1, Number.NaN), [50]), "image-not-finite");
  await failure(() => percentiles(Int16Array.of(1), [101]), "argument-invalid");
  await failure(() => percentiles(Int16Array.of(1), [Number.NaN]), "argument-invalid");
});

it("finds the range", () => {
  expect(valueRange(Int16Array.of(3, -8, 5))).toEqual({ min: -8, max: 5 });
});
