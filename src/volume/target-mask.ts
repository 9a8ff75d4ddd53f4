import type { Mask2d } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { Volume } from "../io/image/volume.js";
import { emptyMask, type MaskVolume, maskOnGrid } from "../io/mask/mask-volume.js";
import { rangeOf } from "./check-options.js";
import type { SegmentVolumeOptions } from "./types.js";

/** The mask that a volume's objects are written into. */
export class TargetMask {
  readonly mask: MaskVolume;
  readonly #plane: Plane;
  /** Voxels of objects without prompts, which are not overwritten. */
  readonly #locked: MaskVolume | null;

  /** @param options checked by `checkOptions` */
  constructor(volume: Volume, options: SegmentVolumeOptions) {
    this.mask = emptyMask(volume);
    this.#plane = options.plane ?? "axial";
    this.#locked = startFrom(this.mask, volume, options);
  }

  /** Writes an object's slice into a mask, without overwriting objects that weren't prompted. */
  place(target: MaskVolume, label: number, slice: number, mask: Mask2d): void {
    const locked = this.#locked?.slice(slice, this.#plane);
    const free = locked ? { ...mask, data: mask.data.map((value, n) => (locked.data[n] === 0 ? value : 0)) } : mask;
    target.setSlice(slice, this.#plane, free, label);
  }
}

/**
 * Copies the mask to start from, without the prompted objects in their range. Returns the voxels of the other objects;
 * `null` if there is no mask to start from.
 */
function startFrom(mask: MaskVolume, volume: Volume, options: SegmentVolumeOptions): MaskVolume | null {
  const { start, prompts, plane = "axial" } = options;
  if (!start) return null;
  mask.data.set(maskOnGrid(start, volume).data);
  const prompted = new Set(prompts.map(({ label = 1 }) => label));
  for (const label of prompted) {
    const range = rangeOf(volume, options, label);
    for (let slice = range[0]; slice <= range[1]; slice++) {
      const { width, height } = mask.view(plane);
      mask.setSlice(slice, plane, { width, height, data: new Uint8Array(width * height) }, label);
    }
  }
  const locked = emptyMask(volume);
  locked.data.set(mask.data.map((label) => (prompted.has(label) ? 0 : label)));
  return locked;
}
