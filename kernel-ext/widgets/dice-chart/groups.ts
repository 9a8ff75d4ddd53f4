import { SamlabError, show } from "../../../src/core/errors.js";
import { mean } from "../../../src/evaluate/statistics/describe.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import type { ChartCell, ChartGroup } from "../../../src/protocol/dice-chart.js";

/** What a row of the chart stands for. */
export const rowKinds = ["label", "modality", "model"] as const;
/** What a row of the chart stands for. */
export type RowKind = (typeof rowKinds)[number];

/** Up to this many modality–label pairs each get their own row. */
export const mostPairs = 16;

export interface Grouping {
  readonly groups: readonly ChartGroup[];
  /** Group index of each row. */
  readonly of: Uint16Array;
}

function number<T>(items: readonly T[], keyOf: (item: T) => string): { firsts: T[]; of: Uint16Array } {
  const firsts: T[] = [];
  const numbers = new Map<string, number>();
  const of = Uint16Array.from(items, (item) => {
    const key = keyOf(item);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, firsts.length);
    return firsts.push(item) - 1;
  });
  return { firsts, of };
}

const pairKey = ({ modality, label }: EvaluationRow) => JSON.stringify([modality, label]);

/**
 * One chart row per modality–label pair (default if there are few), per modality, or per model. Unsorted.
 * @throws {SamlabError} `argument-invalid` for another kind of row
 */
export function groupByKind(rows: readonly EvaluationRow[], by?: RowKind): Grouping {
  if (by !== undefined && !rowKinds.includes(by)) {
    throw new SamlabError("argument-invalid", `The chart has no rows by ${show(by)}.`, {
      field: "by",
      value: by,
      remedy: `Choose among ${rowKinds.join(", ")}.`,
    });
  }
  if (by === "model") {
    const { firsts, of } = number(rows, ({ model }) => model);
    return { groups: firsts.map(({ model }) => ({ name: model, modality: "", label: "", clicks: -1 })), of };
  }
  const pairs = number(rows, pairKey);
  if (by === "label" || (by === undefined && pairs.firsts.length <= mostPairs)) {
    const groups = pairs.firsts.map(({ modality, label }) => ({
      name: `${modality} · ${label}`,
      modality,
      label,
      clicks: -1,
    }));
    return { groups, of: pairs.of };
  }
  const { firsts, of } = number(rows, ({ modality }) => modality);
  return { groups: firsts.map(({ modality }) => ({ name: modality, modality, label: "", clicks: -1 })), of };
}

/** One group per number of clicks, ascending. */
export function groupByClicks(rows: readonly EvaluationRow[]): Grouping {
  const clicks = [...new Set(rows.map((row) => row.clicks))].sort((a, b) => a - b);
  const groups = clicks.map((count) => ({ name: String(count), modality: "", label: "", clicks: count }));
  return { groups, of: Uint16Array.from(rows, (row) => clicks.indexOf(row.clicks)) };
}

/** Sorts groups by descending mean of their series' means, so a series with many rows does not dominate. */
export function sortByMean({ groups, of }: Grouping, cells: readonly ChartCell[]): Grouping & { cells: ChartCell[] } {
  const means = groups.map((_, n) => mean(cells.filter(({ group }) => group === n).map((cell) => cell.mean)));
  const order = groups.map((_, n) => n).sort((a, b) => means[b] - means[a]);
  const place = Uint16Array.from(groups, (_, n) => order.indexOf(n));
  return {
    groups: order.map((n) => groups[n]),
    of: of.map((n) => place[n]),
    cells: cells
      .map((cell) => ({ ...cell, group: place[cell.group] }))
      .sort((a, b) => a.group - b.group || a.series - b.series),
  };
}
