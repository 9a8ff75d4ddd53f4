import { expect, it } from "vitest";
import { stripPaths } from "../../src/protocol/strip-path.js";

it("has gaps where there is no value, and a dot where one stands alone", () => {
  const paths = (values: readonly number[]) =>
    stripPaths(
      values,
      (slice) => slice + 0.5,
      (value) => 100 * (1 - value),
    );
  expect(paths([Number.NaN, 0.5, 1, Number.NaN, 0.25, Number.NaN, 0, 0])).toEqual({
    line: "M1.50 50.00L2.50 0.00M6.50 100.00L7.50 100.00",
    dots: "M4.50 75.00h0.001",
  });
  expect(paths([Number.NaN])).toEqual({ line: "", dots: "" });
});
