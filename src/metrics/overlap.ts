import { type EmptyRule, emptyScore } from "./empty.js";
import { checkLabel, type MaskLike, onOneGrid } from "./mask-like.js";

/** What counts as inside, and what empty masks score. */
export interface OverlapOptions extends EmptyRule {
  /** Compare this label only: cells equal to it are inside. Default: every value above 0 is. */
  readonly label?: number;
}

/** Cell counts of two masks. */
export interface Overlap {
  /** Inside both. */
  readonly both: number;
  /** Inside `a`, inside `b`. */
  readonly a: number;
  readonly b: number;
  /** Cells of the grid. */
  readonly cells: number;
}

/**
 * Counts the cells of two masks on the same grid; see `onOneGrid`.
 * @throws {SamlabError} `geometry-mismatch`, `argument-invalid` for a label that is no number
 */
export function overlap(first: MaskLike, second: MaskLike, options: Pick<OverlapOptions, "label"> = {}): Overlap {
  const [a, b] = onOneGrid(first, second);
  const { label } = options;
  checkLabel(label);
  const cells = a.data.length;
  let [both, countA, countB] = [0, 0, 0];
  for (let n = 0; n < cells; n++) {
    const [valueA, valueB] = [Number(a.data[n]), Number(b.data[n])];
    const inA = label === undefined ? valueA > 0 : valueA === label;
    const inB = label === undefined ? valueB > 0 : valueB === label;
    if (inA) countA++;
    if (inB) countB++;
    if (inA && inB) both++;
  }
  return { both, a: countA, b: countB, cells };
}

/**
 * The Dice coefficient 2·|A∩B| / (|A| + |B|), 0 to 1. Empty masks follow {@link EmptyRule}.
 * @throws {SamlabError} `geometry-mismatch`
 */
export function dice(a: MaskLike, b: MaskLike, options: OverlapOptions = {}): number {
  const count = overlap(a, b, options);
  return emptyScore(count.a, count.b, options) ?? (2 * count.both) / (count.a + count.b);
}

/**
 * Intersection over union (the Jaccard index) |A∩B| / |A∪B|, 0 to 1. Empty masks follow {@link EmptyRule}.
 * @throws {SamlabError} `geometry-mismatch`
 */
export function iou(a: MaskLike, b: MaskLike, options: OverlapOptions = {}): number {
  const count = overlap(a, b, options);
  return emptyScore(count.a, count.b, options) ?? count.both / (count.a + count.b - count.both);
}
