import { connectedComponents3d } from "../../core/components-3d.js";
import { maskArea } from "../../core/mask.js";
import type { Plane } from "../../core/plane.js";
import type { VolumeCase } from "../../datasets/case.js";
import { MaskVolume } from "../../io/mask/mask-volume.js";
import type { SliceRange } from "../../volume/types.js";
import { partNumbers } from "../objects.js";
import { areasBySlice } from "../run/slices.js";

/** Most objects that one call of `segmentVolume` takes. */
const mostTogether = 255;

/** One object of a volume. */
export interface VolumeObject {
  /** Name from the manifest's label map. */
  readonly label: string;
  /** Component or instance number from 1; 0 for the label as a whole. */
  readonly part: number;
  /** Its number in the truth of its {@link ObjectGroup}. */
  readonly number: number;
  readonly voxels: number;
  readonly range: SliceRange;
  /**
   * The slice to prompt: the middle of its range, or the nearest slice on which it has enough pixels (of two, the
   * lower).
   */
  readonly middle: number;
  /** Slices on which it has enough pixels. */
  readonly slices: readonly number[];
}

/** Objects that are segmented together, and a truth with their numbers. */
export interface ObjectGroup {
  readonly truth: MaskVolume;
  readonly objects: readonly VolumeObject[];
}

/**
 * The objects of a volume, in ascending order of label value, then of part; in groups that one call of `segmentVolume`
 * can take.
 * @param minPixels objects with fewer pixels on every slice are left out
 * @param overlaps `last`: the last object gets the lowest number, which keeps the voxels in `segmentVolume`
 */
export function volumeObjects(
  { truth, names }: Pick<VolumeCase, "truth" | "names">,
  per: "label" | "component" | "instance",
  plane: Plane,
  minPixels: number,
  overlaps?: "last",
): ObjectGroup[] {
  const found = truth.labels.flatMap((value) => {
    const label = names.get(value);
    if (label === undefined) return [];
    const own = { label, labelValue: value };
    if (per !== "component") return [{ ...own, area: 0, isIn: voxelsOf(truth, value) }];
    const { labels, sizes } = connectedComponents3d(truth.data, truth.size, 26, (voxel) => voxel === value);
    // The largest first, parts of equal size in the order of their first voxels, as on slices.
    const order = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
    return order.map((one) => ({ ...own, area: sizes[one]!, isIn: (voxel: number) => labels[voxel] === one + 1 }));
  });
  const numbers = partNumbers(found, names, per);
  const groups: ObjectGroup[] = [];
  for (let start = 0; start < found.length; start += mostTogether) {
    const some = found.slice(start, start + mostTogether);
    const { size, affine, source } = truth;
    const data = new Uint8Array(truth.data.length);
    const numberOf = (n: number) => (overlaps === "last" ? some.length - n : n + 1);
    some.forEach(({ isIn }, n) => {
      for (let voxel = 0; voxel < data.length; voxel++) if (isIn(voxel)) data[voxel] = numberOf(n);
    });
    const own = new MaskVolume({ data, size, affine, source });
    const areas = areasBySlice(own, plane);
    const objects = some.flatMap(({ label }, n): VolumeObject[] => {
      const number = numberOf(n);
      const place = placeOf(areas.get(number)!, minPixels);
      return place ? [{ label, part: numbers[start + n]!, number, ...place }] : [];
    });
    if (objects.length > 0) groups.push({ truth: own, objects });
  }
  return groups;
}

const voxelsOf = (truth: MaskVolume, value: number) => (voxel: number) => truth.data[voxel] === value;

function placeOf(
  areas: Uint32Array,
  minPixels: number,
): Pick<VolumeObject, "voxels" | "range" | "middle" | "slices"> | null {
  const every = [...areas.keys()];
  const slices = every.filter((slice) => areas[slice]! >= minPixels && areas[slice]! > 0);
  if (slices.length === 0) return null;
  const held = every.filter((slice) => areas[slice]! > 0);
  const range = [held[0]!, held.at(-1)!] as const;
  const center = Math.floor((range[0] + range[1]) / 2);
  const middle = slices.reduce((best, slice) => (Math.abs(slice - center) < Math.abs(best - center) ? slice : best));
  return { voxels: areas.reduce((sum, area) => sum + area, 0), range, middle, slices };
}

/**
 * The slice on which a mask differs from the truth by most pixels, among those not corrected yet; `null` if there is
 * none.
 */
export function mostWrongSlice(
  mask: MaskVolume,
  truth: MaskVolume,
  { number }: Pick<VolumeObject, "number">,
  plane: Plane,
  right: ReadonlySet<number>,
): number | null {
  let [worst, most] = [null as number | null, 0];
  for (let slice = 0; slice < truth.view(plane).count; slice++) {
    if (right.has(slice)) continue;
    const [ours, true_] = [mask, truth].map((one) => one.slice(slice, plane, { label: number }));
    const wrong = maskArea({ ...ours!, data: ours!.data.map((value, n) => value ^ true_!.data[n]!) });
    if (wrong > most) [worst, most] = [slice, wrong];
  }
  return worst;
}
