import { meanRanks } from "./ranks.js";

export interface WilcoxonResult {
  /** Number of pairs, and of pairs that differ. */
  readonly n: number;
  readonly nonZero: number;
  /** The smaller of the rank sums of positive and of negative differences. */
  readonly statistic: number;
  /** Two-sided. NaN if no pair differs. */
  readonly p: number;
  readonly method: "exact" | "normal";
}

/**
 * Wilcoxon's signed-rank test of paired differences, two-sided. Zero differences are dropped (Wilcoxon's method); ties
 * get their mean rank. Exact up to 50 pairs without zeros and ties, and up to 13 pairs with them (by all sign changes
 * of the ranks); otherwise the normal approximation with the tie correction of the variance and without a continuity
 * correction. Choices and numbers are those of scipy.stats.wilcoxon(method="auto"), SciPy 1.17. If all differences are
 * zero, SciPy's p is 1 or NaN, depending on its version; here it is NaN.
 */
export function wilcoxon(differences: readonly number[]): WilcoxonResult {
  const n = differences.length;
  const nonZero = differences.filter((difference) => difference !== 0);
  if (nonZero.length === 0) return { n, nonZero: 0, statistic: Number.NaN, p: Number.NaN, method: "exact" };
  const { ranks, ties } = meanRanks(nonZero.map(Math.abs));
  const plus = ranks.reduce((sum, rank, at) => sum + (nonZero[at] > 0 ? rank : 0), 0);
  const total = (nonZero.length * (nonZero.length + 1)) / 2;
  const statistic = Math.min(plus, total - plus);
  const isPlain = ties.length === 0 && nonZero.length === n;
  const isExact = n <= 13 || (isPlain && n <= 50);
  const p = isExact ? exactP(ranks, statistic) : normalP(nonZero.length, plus, ties);
  return { n, nonZero: nonZero.length, statistic, p, method: isExact ? "exact" : "normal" };
}

/**
 * Twice the probability that random signs give a rank sum as small as this one. Counts all 2ⁿ sign choices by their
 * sum, in half ranks.
 */
function exactP(ranks: readonly number[], smaller: number): number {
  const halves = ranks.map((rank) => Math.round(2 * rank));
  const chance = new Float64Array(halves.reduce((sum, half) => sum + half, 0) + 1);
  chance[0] = 1;
  let reached = 0;
  for (const half of halves) {
    reached += half;
    for (let sum = reached; sum >= 0; sum--) chance[sum] = (chance[sum] + (sum >= half ? chance[sum - half] : 0)) / 2;
  }
  let tail = 0;
  for (let sum = 0; sum <= Math.round(2 * smaller); sum++) tail += chance[sum];
  return Math.min(1, 2 * tail);
}

function normalP(n: number, plus: number, ties: readonly number[]): number {
  const correction = ties.reduce((sum, tie) => sum + tie ** 3 - tie, 0) / 2;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - correction) / 24);
  const z = (plus - (n * (n + 1)) / 4) / deviation;
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * The complementary error function for x ≥ 0: its series below 1.5, above it Laplace's continued fraction. Relative
 * error below 1e-12.
 */
export function erfc(x: number): number {
  if (x < 1.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
      if (term === 0) break;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let k = 300; k > 0; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}
