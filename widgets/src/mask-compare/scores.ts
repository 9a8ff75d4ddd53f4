import type { ScoreState } from "../../../src/protocol/mask-compare.js";

/** A score with two decimals; a dash where it is undefined. */
export function scoreText(score: number | null | undefined): string {
  return score === null || score === undefined ? "–" : score.toFixed(2);
}

/** A distance with its unit. */
export function distanceText(distance: number | null | undefined, unit: "mm" | "px"): string {
  return distance === null || distance === undefined ? "–" : `${distance.toFixed(1)} ${unit}`;
}

/** The lines that stand on a picture. */
export function scoreLines(scores: ScoreState | null, unit: "mm" | "px"): string[] {
  if (!scores) return [];
  return [`Dice ${scoreText(scores.dice)}`, `HD95 ${distanceText(scores.hd95, unit)}`];
}
