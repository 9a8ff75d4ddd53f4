/**
 * The value of overlap scores for empty masks. The defaults never make a failure look good: a model that finds nothing
 * where there is something, or something where there is nothing, scores 0; where both are empty the score is undefined
 * (NaN), so that slices without the object do not affect a mean unless you choose otherwise.
 */
export interface EmptyRule {
  /** The score when both masks are empty. Default NaN: leave it out of means. 1 counts it as perfect. */
  readonly bothEmpty?: number;
  /** The score when exactly one mask is empty. Default 0. */
  readonly oneEmpty?: number;
}

/**
 * The score that the rule gives for masks of these sizes, or `null` when neither is empty and the score is to be
 * computed.
 */
export function emptyScore(areaA: number, areaB: number, rule: EmptyRule = {}): number | null {
  if (areaA === 0 && areaB === 0) return rule.bothEmpty ?? Number.NaN;
  if (areaA === 0 || areaB === 0) return rule.oneEmpty ?? 0;
  return null;
}

/**
 * What a distance is when a mask is empty, so that there is no surface to measure from.
 *
 * - `nan`: undefined, NaN; the overlap scores show the failure (0 when one mask is empty). A mean over distances must
 * say how many are left out.
 * - `worst`: a miss is as far off as can be, the diagonal of the image. Undefined (NaN) where both are empty: there was
 * nothing to find.
 * - `szu`: 0, as in the code of the SAM-SZU study. **Caution**: a model that finds nothing gets perfect distances. Use
 * it only to reproduce that study.
 *
 * Under every rule Dice, IoU, precision, recall and NSD are 0 when exactly one mask is empty and NaN when both are.
 */
export type EmptyDistanceRule = "nan" | "worst" | "szu";

export const emptyDistanceRules: readonly EmptyDistanceRule[] = ["nan", "worst", "szu"];
