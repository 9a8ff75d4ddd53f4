import { frameOf } from "../../../src/protocol/slices.js";
import type { Scores } from "./scorer.js";
import type { CompareSession } from "./session.js";
import type { Track } from "./track.js";

/** A score with two decimals; a dash where it is undefined. */
export function scoreText(score: number): string {
  return Number.isFinite(score) ? score.toFixed(2) : "–";
}

/** A distance with its unit, e.g. `3.2 mm`. */
export function distanceText(distance: number, unit: "mm" | "px"): string {
  return Number.isFinite(distance) ? `${distance.toFixed(1)} ${unit}` : "–";
}

/** How the scores were computed. `over` says what they cover. */
export function definitionText({ scorer, hasLabelsAsOne }: CompareSession, over: string): string {
  const merged = hasLabelsAsOne ? ", all labels of a mask as one" : "";
  return `Scores over ${over}${merged}; HD95 as ${scorer?.definition} defines it.`;
}

/** The compared masks as a line, and the scores over the whole image as a table. */
export function scoreTable(session: CompareSession): string {
  const { source, tracks, scorer, place } = session;
  const { width, height, count } = frameOf(source.subject, place.plane);
  const where = place.plane ? `${place.plane} slice ${place.index} of 0–${count - 1}` : "picture";
  const head = `MaskCompare(${source.subject.source}, ${where}, ${width}×${height} pixels)`;
  const compared = tracks.filter((track) => track !== scorer?.truth);
  if (!scorer) return `${head}\n${compared.map(({ info }) => info.name).join(", ")}: no truth, so no scores`;
  const rows = compared.map((track) => {
    const scores = scorer.total(track);
    return [track.info.name, ...(scores ? cells(scores, source.subject.unit) : ["not predicted on all slices"])];
  });
  return [
    head,
    ...table([["", "Dice", "IoU", "HD95"], ...rows]),
    definitionText(session, source.volume ? scoredSlices(compared, count) : "the picture"),
  ].join("\n");
}

/** What the scores cover: `the whole volume`, or `10 of 189 slices`. */
function scoredSlices(tracks: readonly Track[], count: number): string {
  const scored = tracks.filter(({ whole }) => whole !== null);
  const numbers = scored.map(({ slices }) => slices?.size ?? count);
  if (numbers.every((number) => number === count)) return "the whole volume";
  if (numbers.every((number) => number === numbers[0])) return `${numbers[0]} of ${count} slices`;
  return `${scored.map(({ info }, n) => `${numbers[n]} (${info.name})`).join(", ")} of ${count} slices`;
}

function cells({ dice, iou, hd95 }: Scores, unit: "mm" | "px"): string[] {
  return [scoreText(dice), scoreText(iou), distanceText(hd95, unit)];
}

/** Aligns cells: first column left, the others right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const whole = rows.filter((row) => row.length === columns);
  const width = (column: number) => Math.max(...(column === 0 ? rows : whole).map((row) => row[column].length));
  const widths = Array.from({ length: columns }, (_, column) => width(column));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]);
  return rows.map((row) => row.map(cell).join("  ").trimEnd());
}
