import { type ChartShown, chartMarks, chartMeasures, type DiceChartState } from "./dice-chart.js";
import { type Addressed, isCount, isRecord, isText, type Parsed } from "./intent-checks.js";

/** What was clicked on: a point, or the mean or box of one series in one group. */
export type SelectTarget =
  | { readonly of: "point"; readonly point: number }
  | { readonly of: "cell"; readonly group: number; readonly series: number };

/** A user action on a chart, sent by a view. */
export type ChartIntent =
  | { readonly kind: "show"; readonly shown: ChartShown }
  | { readonly kind: "select"; readonly target: SelectTarget }
  | { readonly kind: "deselect" }
  /** The reply is a `FileMessage`. */
  | { readonly kind: "save"; readonly format: ChartFormat };

/** File formats that a chart can be saved in. */
export const chartFormats = ["svg", "png"] as const;
/** File formats that a chart can be saved in. */
export type ChartFormat = (typeof chartFormats)[number];

/** An intent as sent in a message. */
export type ChartIntentMessage = Addressed<ChartIntent>;

/** State that an intent is validated against. */
export type ChartSubject = Pick<DiceChartState, "kind" | "points" | "cells">;

/** A chart of Dice over the number of clicks has only one view. */
export function isShown(value: unknown, { kind }: ChartSubject): value is ChartShown {
  if (!isRecord(value) || !chartMarks.some((marks) => marks === value.marks)) return false;
  return value.view === "modalities" || (kind === "modalities" && chartMeasures.some((name) => name === value.view));
}

function isTarget(value: unknown, { points, cells }: ChartSubject): value is SelectTarget {
  if (!isRecord(value)) return false;
  const { of, point, group, series } = value;
  if (of === "point") return isCount(point) && point < points.count;
  return of === "cell" && cells.some((cell) => cell.group === group && cell.series === series);
}

function intentOf(content: { readonly [key: string]: unknown }, subject: ChartSubject): ChartIntent | string {
  const { kind, shown, target } = content;
  switch (kind) {
    case "show":
      return isShown(shown, subject) ? { kind, shown: { view: shown.view, marks: shown.marks } } : "show";
    case "select":
      return isTarget(target, subject) ? { kind, target } : "select";
    case "deselect":
      return { kind };
    case "save": {
      const format = chartFormats.find((name) => name === content.format);
      return format ? { kind, format } : "save";
    }
    default:
      return "";
  }
}

/** Validates the content of a custom message. Never throws: for an invalid message it returns a `problem` text. */
export function parseChartIntent(content: unknown, subject: ChartSubject): Parsed<ChartIntent> {
  const bad = (problem: string): Parsed<ChartIntent> => ({ ok: false, problem });
  if (!isRecord(content)) return bad("a message without fields");
  const { view, seq } = content;
  if (!isText(view, 64) || !isCount(seq)) return bad("a message without a view and seq");
  const intent = intentOf(content, subject);
  if (intent === "") return bad(`unknown intent ${JSON.stringify(content.kind)}`);
  if (typeof intent === "string") {
    const field = { show: "view or marks", select: "target" }[intent] ?? "format";
    return bad(`${intent} with an invalid ${field}`);
  }
  return { ok: true, intent: { ...intent, view, seq } };
}
