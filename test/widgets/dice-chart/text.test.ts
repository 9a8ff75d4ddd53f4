import { expect, it } from "vitest";
import { readColumns } from "../../../src/protocol/dice-chart-columns.js";
import { pointLines } from "../../../widgets/src/dice-chart/text.js";
import { chartState } from "./chart-port.js";

it("pointLines gives counts of pixels in full, other measures to three digits", () => {
  const columns = readColumns(chartState.points);
  columns.size[0] = 81925;
  columns.contrast[0] = 0.12345;
  expect(pointLines(chartState, columns, 0)).toEqual([
    "a · slice 7",
    "CT · liver",
    "Dice 0.750 · box",
    "size 81925 px, contrast 0.123, complexity 1",
  ]);
});
