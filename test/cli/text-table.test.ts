import { expect, it } from "vitest";
import { textTable } from "../../src/cli/text-table.js";

it("writes counts as whole numbers whatever they are, other columns with three decimals, and NaN as a dash", () => {
  const rows = [
    ["CT", 0, 1, 1, 2],
    ["MR", 3, 125, 0.25, Number.NaN],
  ];
  expect(textTable(["modality", "clicks", "n", "mean Dice", "cases"], rows)).toBe(
    "modality  clicks    n  mean Dice  cases\n" +
      "CT             0    1      1.000      2\n" +
      "MR             3  125      0.250      –\n",
  );
});
