import { bytesView } from "../../../src/core/dtype.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import type { ChartPoints } from "../../../src/protocol/dice-chart.js";
import { type Placement, rowsByCell } from "./cells.js";

/** Maximum number of points drawn: more would slow down the page and be indistinguishable. */
export const mostPoints = 6000;

export interface DrawnPoints {
  readonly points: ChartPoints;
  readonly cases: readonly string[];
  readonly labels: readonly string[];
  /** Row index of each point. */
  readonly rows: readonly number[];
}

/**
 * Every row as a point. Above {@link mostPoints}, each cell is sampled in proportion to its size, evenly over its rows,
 * and always keeps its worst.
 */
export function pointsOf(rows: readonly EvaluationRow[], placement: Placement): DrawnPoints {
  const drawn = drawnRows(rows, placement);
  const cases = [...new Set(drawn.map((n) => rows[n].case))];
  const labels = [...new Set(drawn.map((n) => rows[n].label))];
  const [caseNumbers, labelNumbers] = [cases, labels].map((names) => new Map(names.map((name, n) => [name, n])));
  const floats = (field: "dice" | "size" | "contrast" | "complexity") =>
    bytesView(Float32Array.from(drawn, (n) => rows[n][field] ?? Number.NaN));
  const points: ChartPoints = {
    count: drawn.length,
    group: bytesView(Uint16Array.from(drawn, (n) => placement.group[n])),
    series: bytesView(Uint16Array.from(drawn, (n) => placement.series[n])),
    dice: floats("dice"),
    size: floats("size"),
    contrast: floats("contrast"),
    complexity: floats("complexity"),
    case: bytesView(Uint32Array.from(drawn, (n) => caseNumbers.get(rows[n].case) ?? 0)),
    label: bytesView(Uint16Array.from(drawn, (n) => labelNumbers.get(rows[n].label) ?? 0)),
    slice: bytesView(Int32Array.from(drawn, (n) => rows[n].slice ?? -1)),
    part: bytesView(Int32Array.from(drawn, (n) => rows[n].part ?? 0)),
  };
  return { points, cases, labels, rows: drawn };
}

function drawnRows(all: readonly EvaluationRow[], placement: Placement): number[] {
  const count = all.length;
  if (count <= mostPoints) return Array.from({ length: count }, (_, n) => n);
  return rowsByCell(placement)
    .flatMap(({ rows }) => {
      const share = Math.max(1, Math.floor((rows.length * mostPoints) / count));
      const drawn = Array.from({ length: share }, (_, k) => rows[Math.floor(((k + 0.5) * rows.length) / share)]);
      const worst = rows.reduce((least, n) => (all[n].dice < all[least].dice ? n : least));
      return [...new Set([...drawn, worst])];
    })
    .sort((a, b) => a - b);
}
