import { caseKey, identityNotes, objectKey } from "../../../src/evaluate/result/row-identity.js";
import { isWholeVolume } from "../../../src/evaluate/run/slices.js";
import type { EvaluationRow, MaskPolicy } from "../../../src/evaluate/types.js";
import type { ChartAnchor, ChartCell, ChartKind } from "../../../src/protocol/dice-chart.js";
import { resamples } from "./cells.js";
import { reasonList, type SortedRows } from "./rows.js";
import { type ColorField, colorFields, type SeriesSplit } from "./series.js";

const policyMeanings: Readonly<Record<MaskPolicy, string>> = {
  first: "the model's own answer; in presets of older studies the first of its three masks",
  "predicted-iou": "the mask that the model rates highest",
  oracle: "the best mask against the truth, which no one without the truth could choose",
};

const thousands = (value: number) => value.toString().replace(/\B(?=(\d{3})+$)/g, "\u2009");
const plural = (n: number, one: string, many = `${one}s`) => `${thousands(n)} ${n === 1 ? one : many}`;

/**
 * `lite-medsam · box · policy first · 240 objects from 12 cases`. An object is one label (or a part of one) on one
 * slice, or in a whole volume.
 */
export function subtitleOf(rows: readonly EvaluationRow[], { common }: SeriesSplit): string {
  const parts = colorFields.flatMap((field) => {
    const value = common[field];
    return value === undefined ? [] : [field === "policy" ? `policy ${value}` : value];
  });
  const cases = new Set(rows.map(caseKey)).size;
  const objects = new Set(rows.map(objectKey)).size;
  return [...parts, `${plural(objects, "object")} from ${plural(cases, "case")}`].join(" · ");
}

export interface FootnoteInput {
  readonly kind: ChartKind;
  /** True if several modality–label pairs share a mean. */
  readonly poolsPairs: boolean;
  readonly rows: readonly EvaluationRow[];
  readonly split: SeriesSplit;
  readonly seed: number;
  readonly cells: readonly ChartCell[];
  readonly anchors: readonly ChartAnchor[];
  readonly unplaced: number;
  /** Further notes on how the numbers were computed. */
  readonly remarks: readonly string[];
}

/** How the numbers were computed, one line each. */
export function footnoteOf({
  kind,
  poolsPairs,
  rows,
  split,
  seed,
  cells,
  anchors,
  unplaced,
  remarks,
}: FootnoteInput): string[] {
  const policies = [...new Set(rows.map((row) => row.policy))];
  const models = [...new Set(rows.map((row) => row.model))];
  const sources = [
    ...new Set(anchors.map(({ metric, source }) => `${metric}${metric === "Dice" ? "" : ", not Dice"}: ${source}`)),
  ];
  const boxes = kind === "modalities" ? " Boxes: quartiles, whiskers within 1.5 interquartile ranges." : "";
  const pooling = poolsPairs ? " Where labels share a row, the mean of their means." : "";
  const lines = [
    `Mean and 95 % bootstrap interval (percentile, ${thousands(resamples)} resamples of whole subjects, seed ${seed}).${fewSubjectsText(cells)}${pooling}${boxes}`,
    `Dice = 2 |prediction ∩ truth| ∕ (|prediction| + |truth|), ${scopeOf(rows)}. ${models.length === 1 ? "Model" : "Models"}: ${models.join(", ")}.`,
    `Mask policy ${policies.map((policy) => `${policy}: ${policyMeanings[policy] ?? "as the rows say"}`).join("; ")}.`,
    ...split.pooled.map(({ field, values }) => `Pooled over ${pluralOf(field)} ${values.join(", ")}.`),
    ...remarks,
  ];
  if (anchors.length > 0) {
    lines.push(
      `◇ published ${sources.join("; ")}. ${unplaced > 0 ? `${plural(unplaced, "more figure")} without a row here.` : ""}`.trim(),
    );
  } else if (unplaced > 0) lines.push(`None of the ${plural(unplaced, "published figure")} has a row here.`);
  return lines;
}

/** What one Dice is of: an object on a slice or picture, in its whole volume, or by strategy. */
function scopeOf(rows: readonly EvaluationRow[]): string {
  const whole = rows.filter(isWholeVolume);
  if (whole.length === 0) return "for each object on each slice";
  if (whole.length === rows.length) return "for each object in its whole volume";
  const strategies = [...new Set(whole.map(({ strategy }) => strategy))];
  return `for each object on each slice, but in its whole volume where the strategy is ${strategies.join(" or ")}`;
}

/**
 * Below this number a percentile bootstrap is clearly too narrow: for the mean of n values from a normal population it
 * has √((n − 1) ∕ n) · 1.96 ∕ t(0.975, n − 1) of the width of Student's interval, 0.82 for n = 10.
 */
const fewSubjects = 10;

function fewSubjectsText(cells: readonly ChartCell[]): string {
  const fewest = Math.min(...cells.filter(({ low }) => low !== null).map(({ subjects }) => subjects));
  return fewest < fewSubjects
    ? ` Intervals from fewer than ${fewSubjects} subjects are too narrow; the fewest here: ${fewest}.`
    : "";
}

const pluralOf = (field: ColorField) => (field === "model" ? "models" : `${field.slice(0, -1)}ies`);

/** What the reader must know first. */
export function noticesOf({ excluded, total, scored }: SortedRows, drawn: number, shown: number): string[] {
  const policies = [...new Set(scored.map((row) => row.policy))];
  const missing = total - scored.length;
  return [
    ...(missing > 0
      ? [
          `${thousands(missing)} of ${plural(total, "row")} ${missing === 1 ? "has" : "have"} no Dice and ${missing === 1 ? "is" : "are"} left out, not counted as 0: ${reasonList(excluded)}.`,
        ]
      : []),
    ...(policies.length > 1
      ? [`Mask policies are mixed (${policies.join(", ")}): means of different policies are not comparable.`]
      : []),
    ...identityNotes(scored),
    ...(drawn < shown
      ? [`${thousands(drawn)} of ${thousands(shown)} points are drawn; means, boxes and ρ are of all.`]
      : []),
  ];
}
