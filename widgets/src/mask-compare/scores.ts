import type { MaskCompareState, MaskTotal, ScoreState } from "../../../src/protocol/mask-compare.js";
import { frameOf } from "../../../src/protocol/slices.js";

/** A score with two decimals; a dash if undefined. */
export function scoreText(score: number | null | undefined): string {
  return score === null || score === undefined ? "–" : score.toFixed(2);
}

/** A distance with its unit. */
export function distanceText(distance: number | null | undefined, unit: "mm" | "px"): string {
  return distance === null || distance === undefined ? "–" : `${distance.toFixed(1)} ${unit}`;
}

/** The score lines shown on a picture. */
export function scoreLines(scores: ScoreState | null, unit: "mm" | "px"): string[] {
  if (!scores) return [];
  return [`Dice ${scoreText(scores.dice)}`, `HD95 ${distanceText(scores.hd95, unit)}`];
}

type Scored = Pick<MaskCompareState, "subject" | "place" | "totals">;

/** `10 of 189 slices` if not all are scored; otherwise null. */
export function slicesText({ subject, place }: Scored, { slices }: Pick<MaskTotal, "slices">): string | null {
  return slices === null ? null : `${slices} of ${frameOf(subject, place.plane).count} slices`;
}

/** Said of total scores that cover different slices. */
export const knownSlices = "known slices";

/** What the total scores cover: `volume`, the number of slices, or {@link knownSlices}. */
export function wholeText(state: Scored): string {
  const texts = state.totals.filter(({ scores }) => scores !== null).map((total) => slicesText(state, total));
  const [first = null] = texts;
  if (texts.every((text) => text === first)) return first ?? "volume";
  return knownSlices;
}
