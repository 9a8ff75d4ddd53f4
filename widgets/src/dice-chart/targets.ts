import type { ChartShown, DiceChartState } from "../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../src/protocol/dice-chart-columns.js";
import type { SelectTarget } from "../../../src/protocol/dice-chart-intents.js";

/** True if individual objects are drawn, rather than means or boxes. */
export function showsPoints({ kind }: Pick<DiceChartState, "kind">, { view, marks }: ChartShown): boolean {
  return view !== "modalities" || (kind === "modalities" && marks === "points");
}

/** What the keyboard steps through: means or boxes row by row, or points by cell, each from low to high Dice. */
export function targetsOf(
  state: DiceChartState,
  shown: ChartShown,
  columns: ChartColumns,
  hidden: ReadonlySet<number>,
): SelectTarget[] {
  if (!showsPoints(state, shown)) {
    return state.cells
      .filter(({ series }) => !hidden.has(series))
      .map(({ group, series }) => ({ of: "cell", group, series }));
  }
  const { group, series, dice } = columns;
  const x = shown.view === "modalities" ? dice : columns[shown.view];
  return Array.from(dice, (_, n) => n)
    .filter((n) => !hidden.has(series[n]) && Number.isFinite(x[n]))
    .sort((a, b) => group[a] - group[b] || series[a] - series[b] || dice[a] - dice[b])
    .map((point) => ({ of: "point", point }));
}
