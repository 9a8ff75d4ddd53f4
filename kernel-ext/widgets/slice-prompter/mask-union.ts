import { sliceStrides } from "../../../src/core/plane.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Place } from "../../../src/protocol/slices.js";

interface PlacedBits {
  readonly place: Place;
  /** As packed by `packMask`. */
  readonly bits: Uint8Array;
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
  #held = new Map<Uint8Array, Place>();
  #area = 0;
  #common = 0;

  constructor(truth: MaskVolume, label: number) {
    this.#truth = truth;
    this.label = label;
    this.#claims = new Uint8Array(truth.data.length);
  }

  /** Of these masks, one for each slice. */
  of(masks: readonly PlacedBits[]): { readonly area: number; readonly common: number } {
    const next = new Map(masks.map(({ place, bits }) => [bits, place]));
    for (const [bits, place] of this.#held) if (!next.has(bits)) this.#count(place, bits, -1);
    for (const [bits, place] of next) if (!this.#held.has(bits)) this.#count(place, bits, 1);
    this.#held = next;
    return { area: this.#area, common: this.#common };
  }

  #count({ plane, index }: Place, bits: Uint8Array, by: 1 | -1): void {
    const view = this.#truth.view(plane!);
    const { offset, strideX, strideY } = sliceStrides(view, index);
    for (let byte = 0; byte < bits.length; byte++) {
      for (let rest = bits[byte]!; rest !== 0; rest &= rest - 1) {
        const pixel = 8 * byte + 31 - Math.clz32(rest & -rest);
        const voxel = offset + (pixel % view.width) * strideX + Math.floor(pixel / view.width) * strideY;
        const claims = this.#claims[voxel]! + by;
        this.#claims[voxel] = claims;
        // It joins or leaves the union.
        if (claims !== (by === 1 ? 1 : 0)) continue;
        this.#area += by;
        if (this.#truth.data[voxel] === this.label) this.#common += by;
      }
    }
  }
}
