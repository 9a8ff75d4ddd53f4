import { forEachRowRun } from "../../../src/core/mask-runs.js";
import { sliceStrides } from "../../../src/core/plane.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { PackedMask } from "./packed-mask.js";

interface PlacedMask {
  readonly place: Place;
  readonly mask: PackedMask;
}

/**
 * How many voxels the masks of slices of all planes have together, and how many of them a label of a truth has. Follows
 * changes: a mask that changes costs its own pixels.
 */
export class MaskUnion {
  readonly label: number;
  readonly #truth: MaskVolume;
  /** For each voxel, how many masks have it: at most one of each plane. */
  readonly #claims: Uint8Array;
  #held = new Map<PackedMask, Place>();
  #area = 0;
  #common = 0;

  constructor(truth: MaskVolume, label: number) {
    this.#truth = truth;
    this.label = label;
    this.#claims = new Uint8Array(truth.data.length);
  }

  /** Of these masks, one for each slice. */
  of(masks: readonly PlacedMask[]): { readonly area: number; readonly common: number } {
    const next = new Map(masks.map(({ place, mask }) => [mask, place]));
    for (const [mask, place] of this.#held) if (!next.has(mask)) this.#count(place, mask, -1);
    for (const [mask, place] of next) if (!this.#held.has(mask)) this.#count(place, mask, 1);
    this.#held = next;
    return { area: this.#area, common: this.#common };
  }

  #count({ plane, index }: Place, { runs }: PackedMask, by: 1 | -1): void {
    const view = this.#truth.view(plane!);
    const { offset, strideX, strideY } = sliceStrides(view, index);
    forEachRowRun(runs, view.width, (y, start, end) => {
      for (let x = start; x < end; x++) {
        const voxel = offset + x * strideX + y * strideY;
        const claims = this.#claims[voxel]! + by;
        this.#claims[voxel] = claims;
        // It joins or leaves the union.
        if (claims !== (by === 1 ? 1 : 0)) continue;
        this.#area += by;
        if (this.#truth.data[voxel] === this.label) this.#common += by;
      }
    });
  }
}
