import { type Mask2d, maskArea } from "../core/mask.js";
import type { Appearance } from "./appearance.js";
import type { SegmentedSlice } from "./types.js";

/** A finished slice of an object. */
export interface Done extends SegmentedSlice {
  readonly mask: Mask2d;
  readonly lowResLogits: Float32Array | null;
}

/** An object that is propagated in one direction. */
export interface Walk {
  readonly label: number;
  readonly step: 1 | -1;
  /** The prompted slice where it started; by memory the last one that it has passed. */
  start: Done;
  at: number;
  /** The last slice. */
  readonly end: number;
  /** The next prompted slice of the object in this direction. */
  towards: Done | undefined;
  /** On the prompted slice. */
  appearance: Appearance;
  /** Predicted IoU on the prompted slice, or on the first slice after a given one. */
  sure: number | undefined;
  from: Done;
}

export function doneAs(
  state: SegmentedSlice["state"],
  label: number,
  slice: number,
  { mask, predictedIou, lowResLogits }: Pick<Done, "mask" | "predictedIou" | "lowResLogits">,
): Done {
  return { state, label, slice, mask, predictedIou, lowResLogits, area: maskArea(mask), iouToNeighbor: null };
}

/**
 * The lower slice's share of the slices between two prompted ones, by its diameter. Tracking toward the tapered end is
 * more reliable.
 */
export function shareByDiameter(lower: Done, upper: Done): number {
  const [own, other] = [lower, upper].map(({ mask }) => Math.sqrt(maskArea(mask))) as [number, number];
  return own + other === 0 ? 0.5 : own / (own + other);
}

/** The first slice that a walk reaches. */
export function firstOf(walks: readonly Walk[], step: 1 | -1): number | undefined {
  if (walks.length === 0) return undefined;
  return step * Math.min(...walks.map(({ at }) => step * at));
}

/** The slice that walks reach after `slice`, if none is stopped there. */
export function nextSlice(walks: readonly Walk[], slice: number, step: 1 | -1): number | undefined {
  const after = walks.flatMap(({ at, end }) => {
    if (at !== slice) return [at];
    return step * (end - at) > 0 ? [at + step] : [];
  });
  return after.length === 0 ? undefined : step * Math.min(...after.map((at) => step * at));
}

/** How many slices the walks in one direction have left, at most. */
export function slicesLeft(walks: readonly Walk[]): number {
  const slices = new Set<number>();
  for (const { at, end, step } of walks) for (let n = at; step * (end - n) >= 0; n += step) slices.add(n);
  return slices.size;
}
