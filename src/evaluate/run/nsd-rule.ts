import type { Mask2d } from "../../core/mask.js";
import { nsd, type ScoreOptions } from "../../metrics/scores.js";
import { mean } from "../statistics/describe.js";
import { groupBy } from "../statistics/group-by.js";
import type { EvaluationRow } from "../types.js";

/** The mean Dice of a case up to which the challenge's script puts its NSD to 0. */
const lowDice = 0.2;

/**
 * The NSD of a picture's object in the laptop challenge: of a volume of one slice of 1×1×1 mm voxels (LiteMedSAM,
 * evaluation/compute_metrics.py).
 */
export function challengeNsd(mask: Mask2d, truth: Mask2d, options: Omit<ScoreOptions, "spacing">): number {
  const slab = ({ width, height, data }: Mask2d) => ({ size: [width, height, 1] as const, data });
  return nsd(slab(mask), slab(truth), { ...options, spacing: [1, 1, 1] });
}

/**
 * Rows of one case and strategy with an NSD of 0 where the mean Dice of its objects, with one policy and as many
 * clicks, is 0.2 at most; one that failed counts as 0.
 */
export function withLowCasesAtZero(rows: readonly EvaluationRow[]): EvaluationRow[] {
  const diceOf = ({ dice, failure }: EvaluationRow) => (failure === "" ? dice : 0);
  const low = groupBy(rows, ({ policy, clicks }) => [policy, clicks])
    .filter((objects) => mean(objects.map(diceOf)) <= lowDice)
    .flat();
  const isLow = new Set(low);
  return rows.map((row) => (isLow.has(row) && row.failure === "" ? { ...row, nsd: 0 } : row));
}
