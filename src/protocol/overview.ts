import type { Place, WireBytes } from "./slices.js";

/** An object's mask on a section, or its cells in the surface grid. */
export interface ObjectRuns {
  /** The object's `id`. */
  readonly object: number;
  /** Bits, run-length coded as by `runsOfBits`. */
  readonly runs: WireBytes;
}

/** The masks on a section through the crosshair. */
export interface SectionMasks extends Place {
  /** In list order; the active object last. */
  readonly masks: readonly ObjectRuns[];
}

/** The three planes through one voxel. */
export interface OverviewState {
  /** Voxel indices i, j, k. */
  readonly crosshair: readonly [number, number, number];
  /** The two planes that the main picture does not show. */
  readonly sections: readonly SectionMasks[];
}

/** All masks on a coarse grid, from which the view makes surfaces. */
export interface SurfaceState {
  /** Cells towards the patient's left, back, and head. */
  readonly size: readonly [number, number, number];
  /** Size of a cell, mm. */
  readonly spacing: readonly [number, number, number];
  /** Bits with the first axis fastest; objects without a mask are omitted. */
  readonly objects: readonly ObjectRuns[];
}
