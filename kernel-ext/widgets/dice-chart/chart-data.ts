import { SamlabError, show } from "../../../src/core/errors.js";
import { withDistinctModels } from "../../../src/evaluate/result/row-identity.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import {
  type ChartCorrelation,
  type ChartKind,
  type ChartMarks,
  chartMarks,
  chartMeasures,
  type DiceChartState,
  diceChartProtocol,
} from "../../../src/protocol/dice-chart.js";
import { type PublishedAnchor, placeAnchors } from "./anchors.js";
import { cellsOf, diceOf, type Placement, rowsByCell } from "./cells.js";
import { footnoteOf, noticesOf, subtitleOf } from "./footnote.js";
import { groupByClicks, groupByKind, type RowKind, sortByMean } from "./groups.js";
import { pointsOf } from "./points.js";
import { lastSteps, sortRows } from "./rows.js";
import { type ColorField, type SeriesSplit, splitSeries } from "./series.js";
import { spearman } from "./spearman.js";

/** Rows, or an evaluation result. */
export type RowSource = readonly EvaluationRow[] | { readonly rows: readonly EvaluationRow[] };

export interface ChartInput {
  readonly kind: ChartKind;
  readonly color?: ColorField | readonly ColorField[] | undefined;
  readonly by?: RowKind | undefined;
  readonly marks?: ChartMarks | undefined;
  readonly title?: string | undefined;
  readonly seed?: number | undefined;
  readonly anchors?: readonly PublishedAnchor[] | undefined;
}

/** Everything a chart shows, with the rows behind it. */
export interface ChartData {
  readonly state: DiceChartState;
  /** The rows with a Dice that the chart is based on. */
  readonly rows: readonly EvaluationRow[];
  /** Row index of each point. */
  readonly pointRows: readonly number[];
  readonly placement: Placement;
}

/**
 * Builds chart data from rows.
 * @throws {SamlabError} `argument-invalid`
 */
export function chartData(given: RowSource, input: ChartInput): ChartData {
  const { kind, marks = "bars", title = "", anchors: published = [] } = input;
  if (!chartMarks.includes(marks)) {
    throw new SamlabError("argument-invalid", `There are no marks ${show(marks)}.`, {
      field: "marks",
      value: marks,
      remedy: `Choose among ${chartMarks.join(", ")}.`,
    });
  }
  const sorted = sortRows(rowsOf(given));
  const { rows: kept, dropped } =
    kind === "modalities" ? lastSteps(sorted.scored) : { rows: sorted.scored, dropped: 0 };
  const rows = withDistinctModels(kept);
  const told: ColorField = input.by === "model" ? "model" : "modality";
  const split = splitSeries(kind === "modalities" ? rows : rows.map(inFamily), input.color, [told]);
  const seed = input.seed ?? rows[0].seed ?? 0;
  const unsorted = kind === "modalities" ? groupByKind(rows, input.by) : groupByClicks(rows);
  const cellsUnsorted = cellsOf(rows, { group: unsorted.of, series: split.of }, seed);
  const { groups, of, cells } =
    kind === "modalities" ? sortByMean(unsorted, cellsUnsorted) : { ...unsorted, cells: cellsUnsorted };
  const placement: Placement = { group: of, series: split.of };
  const { points, cases, labels, rows: pointRows } = pointsOf(rows, placement);
  const { placed, unplaced } = placeAnchors(published, groups);
  const remarks = kind === "modalities" ? stepRemark(dropped) : clickRemarks(rows, split);
  const state: DiceChartState = {
    protocol: diceChartProtocol,
    kind,
    title,
    subtitle: subtitleOf(rows, split),
    footnote: footnoteOf({
      kind,
      poolsPairs: groups.some(({ label }) => label === ""),
      rows,
      split,
      seed,
      cells,
      anchors: placed,
      unplaced,
      remarks,
    }),
    notices: [
      ...noticesOf(sorted, points.count, rows.length),
      ...(kind === "prompts" ? lostObjects(split, cells) : []),
    ],
    series: split.series,
    groups,
    cells,
    cases,
    labels,
    points,
    correlations: kind === "modalities" ? correlationsOf(rows, split) : [],
    anchors: placed,
    shown: { view: "modalities", marks },
    selection: null,
    opens: false,
    opened: null,
    handled: {},
  };
  return { state, rows: kept, pointRows, placement };
}

function rowsOf(given: RowSource): readonly EvaluationRow[] {
  return typeof given === "object" && given !== null && "rows" in given ? given.rows : given;
}

/** `points:1`, `points:3` and so on are one strategy with an increasing number of clicks. */
const inFamily = (row: EvaluationRow): EvaluationRow => ({
  ...row,
  strategy: row.strategy.replace(/^points:\d+(?=,|$)/, "points"),
});

const stepRemark = (dropped: number) =>
  dropped > 0 ? ["Of strategies that click again and again, the last step of each object."] : [];

function clickRemarks(rows: readonly EvaluationRow[], { fields }: SeriesSplit): string[] {
  const pairs = [...new Set(rows.map((row) => `${row.modality} · ${row.label}`))];
  const most = 12;
  const names = [...pairs.slice(0, most), ...(pairs.length > most ? [`${pairs.length - most} more`] : [])];
  const isApart = fields.includes("modality");
  return [`${isApart ? "Objects of each modality" : "All of these together"}: ${names.join(", ")}.`];
}

/** Objects that finish early are missing from later steps, so later means cover fewer objects. */
function lostObjects({ series }: SeriesSplit, cells: DiceChartState["cells"]): string[] {
  return series.flatMap(({ name }, n) => {
    const counts = cells.filter((cell) => cell.series === n).map((cell) => cell.n);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return least < most ? [`${name}: n falls from ${most} to ${least}, so its means are not of the same objects.`] : [];
  });
}

function correlationsOf(rows: readonly EvaluationRow[], split: SeriesSplit): ChartCorrelation[] {
  const members = rowsByCell({ group: new Uint16Array(rows.length), series: split.of });
  return members.flatMap(({ series, rows: numbers }) =>
    chartMeasures.map((measure) => ({
      series,
      measure,
      ...spearman(
        numbers.map((n) => rows[n][measure] ?? Number.NaN),
        numbers.map((n) => diceOf(rows[n])),
      ),
    })),
  );
}
