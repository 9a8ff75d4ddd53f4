import { SamlabError } from "../core/errors.js";
import { allFinite } from "../core/finite.js";
import { affineSpacing, orientationOf } from "../core/geometry.js";
import type { Volume } from "../io/image/volume.js";
import { emptyMask, type MaskVolume } from "../io/mask/mask-volume.js";
import { samMed3dSize as side } from "../models/sam-med3d.js";

/** Voxel indices i, j, k of a volume, as in `volume.data`; fractions are allowed. */
export type Voxel = readonly [i: number, j: number, k: number];

/** The spacing of the cube's voxels, in mm. */
const cubeSpacing = 1.5;

/** An axis of the cube, and the axis of the volume that it runs along. */
interface CropAxis {
  /** 0 = i, 1 = j, 2 = k */
  readonly axis: number;
  readonly isTurned: boolean;
  /** Voxels of the volume on it, and mm between them. */
  readonly size: number;
  readonly spacing: number;
  /** Voxels of the resampled volume on it, and the first of these that is in the cube. */
  readonly length: number;
  readonly start: number;
}

/** Where a voxel of a cube lies on one axis of a volume: between two voxels, or nowhere. */
interface Sample {
  readonly lower: number;
  readonly upper: number;
  /** Weight of the upper one. */
  readonly share: number;
}

/**
 * The cube of 128×128×128 voxels of 1.5 mm that SAM-Med3D sees of a volume (utils/infer_utils.py of SAM-Med3D,
 * `data_preprocess`, by TorchIO's `Resample`, `ToCanonical`, `CropOrPad`, and `ZNormalization`). Its axes run toward
 * right, anterior, and superior, each along the nearest axis of the volume.
 */
export class VolumeCrop {
  readonly #volume: Volume;
  readonly #axes: readonly CropAxis[];

  /**
   * @param center the voxel of the volume in the cube's middle, to the nearest of the cube's voxels
   * @throws {SamlabError} `argument-invalid` for a volume without spacing
   */
  constructor(volume: Volume, center: Voxel) {
    if (!volume.hasSpacing) {
      throw new SamlabError("argument-invalid", `${volume.source} does not say how large its voxels are.`, {
        file: volume.source,
        field: "spacing",
        remedy: "SAM-Med3D sees voxels of 1.5 mm. Give a volume with a spacing, such as a NIfTI or DICOM file.",
      });
    }
    this.#volume = volume;
    const { axis, sign } = orientationOf(volume.affine);
    const spacings = affineSpacing(volume.affine);
    this.#axes = axis.map((own, n) => {
      const [size, spacing, isTurned] = [volume.size[own], spacings[own], sign[n] < 0];
      const length = size === 1 ? 1 : Math.ceil((size * spacing) / cubeSpacing);
      const free = { axis: own, isTurned, size, spacing, length, start: 0 };
      return { ...free, start: Math.round(placeOn(free, center[own])) - side / 2 };
    });
  }

  /** Where a voxel of the volume lies in the cube, in its voxels, 0 at the center of the first. */
  place(voxel: Voxel): [number, number, number] {
    const [x, y, z] = this.#axes.map((one) => placeOn(one, voxel[one.axis]));
    return [x, y, z];
  }

  /**
   * The cube, [128, 128, 128] with the last axis the fastest: the volume, interpolated linearly without smoothing, and
   * 0 outside of it; then less the mean of the values above 0, over their standard deviation. Values of integer types
   * stay integers between the two steps, rounded toward 0, as they do in TorchIO.
   * @throws {SamlabError} `image-not-finite`; `image-empty` without two different values above 0
   */
  values(): Float32Array {
    const cube = this.#resampled();
    const { source } = this.#volume;
    if (!allFinite(cube)) {
      throw new SamlabError("image-not-finite", `${source} has values that are not finite.`, {
        file: source,
        field: "data",
        remedy: 'Load it with { nonFinite: "zero" }, or replace the values.',
      });
    }
    let [count, sum, squares] = [0, 0, 0];
    for (const value of cube) {
      if (value <= 0) continue;
      count++;
      sum += value;
    }
    const mean = sum / count;
    for (const value of cube) if (value > 0) squares += (value - mean) ** 2;
    const deviation = Math.sqrt(squares / (count - 1));
    if (deviation > 0) return cube.map((value) => (value - mean) / deviation);
    throw new SamlabError("image-empty", `${source} has no two different values above 0 within 96 mm of the click.`, {
      file: source,
      field: "data",
      remedy: "SAM-Med3D scales a volume by its values above 0: click where there are some, or shift the values.",
    });
  }

  /**
   * A mask of the cube on the volume's grid, by the nearest voxel (`data_postprocess`).
   * @param mask as {@link values}
   */
  onVolume(mask: Uint8Array): MaskVolume {
    const found = emptyMask(this.#volume);
    const strides = [side * side, side, 1];
    const offsets = [0, 1, 2].map((own) => {
      const n = this.#axes.findIndex(({ axis }) => axis === own);
      const one = this.#axes[n];
      return Int32Array.from({ length: one.size }, (_, at) => {
        const nearest = Math.floor(placeOn(one, at) + 0.5);
        return nearest >= 0 && nearest < side ? nearest * strides[n] : -1;
      });
    });
    const [along, across, up] = offsets;
    let voxel = 0;
    for (const z of up) {
      for (const y of across) {
        if (y < 0 || z < 0) {
          voxel += along.length;
          continue;
        }
        for (const x of along) {
          if (x >= 0 && mask[x + y + z] !== 0) found.data[voxel] = 1;
          voxel++;
        }
      }
    }
    return found;
  }

  #resampled(): Float32Array {
    const { data, size } = this.#volume;
    const strides = [1, size[0], size[0] * size[1]];
    const isInteger = !(data instanceof Float32Array || data instanceof Float64Array);
    const [first, second, third] = this.#axes.map((one) => samplesOf(one, strides[one.axis]));
    const cube = new Float32Array(side ** 3);
    // Along i, then j, then k, as ITK does: another order rounds otherwise.
    const order = [0, 1, 2].map((own) => this.#axes.findIndex(({ axis }) => axis === own));
    const along = (offset: number, { lower, upper, share }: Sample) => {
      const low = Number(data[offset + lower]);
      return low + share * (Number(data[offset + upper]) - low);
    };
    const across = (offset: number, { lower, upper, share }: Sample, inner: Sample) => {
      const low = along(offset + lower, inner);
      return low + share * (along(offset + upper, inner) - low);
    };
    for (const [x, a] of first.entries()) {
      if (!a) continue;
      for (const [y, b] of second.entries()) {
        if (!b) continue;
        for (const [z, c] of third.entries()) {
          if (!c) continue;
          const three = [a, b, c];
          const [i, j, k] = [three[order[0]], three[order[1]], three[order[2]]];
          const low = across(k.lower, j, i);
          const value = low + k.share * (across(k.upper, j, i) - low);
          cube[(x * side + y) * side + z] = isInteger ? Math.trunc(value) : value;
        }
      }
    }
    return cube;
  }
}

function placeOn({ isTurned, spacing, length, start }: CropAxis, voxel: number): number {
  const own = ((voxel + 0.5) * spacing) / cubeSpacing - 0.5;
  return (isTurned ? length - 1 - own : own) - start;
}

/** For each voxel of the cube on an axis, where it lies in the volume's data; `null` outside. */
function samplesOf({ isTurned, size, spacing, length, start }: CropAxis, stride: number): (Sample | null)[] {
  return Array.from({ length: side }, (_, n) => {
    const along = start + n;
    if (along < 0 || along >= length) return null;
    const voxel = (((isTurned ? length - 1 - along : along) + 0.5) * cubeSpacing) / spacing - 0.5;
    if (voxel < -0.5 || voxel >= size - 0.5) return null;
    const below = Math.floor(voxel);
    const within = (at: number) => Math.min(Math.max(at, 0), size - 1) * stride;
    return { lower: within(below), upper: within(below + 1), share: voxel - below };
  });
}
