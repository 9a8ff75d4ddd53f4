import { appendTo } from "../../core/append-to.js";
import { forEachInSlice, type Plane } from "../../core/plane.js";
import type { LoadedCase } from "../../datasets/case.js";
import type { Image2d } from "../../io/image/image.js";
import type { MaskVolume } from "../../io/mask/mask-volume.js";
import type { TruthLabels } from "../objects.js";

/** One slice to evaluate, or a volume as a whole. */
export interface SliceTask {
  readonly plane: Plane | "";
  /** −1 for a picture, and for a volume as a whole. */
  readonly slice: number;
  /** The label values to evaluate on it; `null` for all. */
  readonly labels: readonly number[] | null;
}

/** The task of a volume as a whole. */
export function wholeVolume(plane: Plane): SliceTask {
  return { plane, slice: -1, labels: null };
}

export function isWholeVolume({ plane, slice }: Pick<SliceTask, "plane" | "slice">): boolean {
  return plane !== "" && slice === -1;
}

/**
 * The slices that a case's slicing rule names, ascending. `truth`: those where some label has at least `minPixels`
 * pixels; `largest`: for each label the one where it has most (the first of equals), on which only the labels that
 * chose it count; `all`: every slice; numbers: these slices.
 */
export function slicesOf(loaded: LoadedCase, minPixels: number): SliceTask[] {
  if (loaded.kind === "image") return [{ plane: "", slice: -1, labels: null }];
  const { slices, plane } = loaded.entry.slicing;
  const { count } = loaded.truth.view(plane);
  const every = Array.from({ length: count }, (_, slice) => slice);
  const task = (slice: number): SliceTask => ({ plane, slice, labels: null });
  if (slices === "all") return every.map(task);
  if (slices !== "truth" && slices !== "largest") return [...slices].sort((a, b) => a - b).map(task);
  const areas = areasBySlice(loaded.truth, plane);
  if (slices === "truth") {
    return every.filter((slice) => [...areas.values()].some((area) => area[slice] >= minPixels)).map(task);
  }
  const chosen = new Map<number, number[]>();
  for (const [label, area] of areas) {
    const largest = area.indexOf(area.reduce((most, pixels) => Math.max(most, pixels), 0));
    if (area[largest] >= minPixels) appendTo(chosen, largest, label);
  }
  return [...chosen].sort(([a], [b]) => a - b).map(([slice, labels]) => ({ plane, slice, labels }));
}

/** Label → pixels on each slice of a plane, in one pass over the voxels. */
export function areasBySlice(truth: MaskVolume, plane: Plane): Map<number, Uint32Array> {
  const { axis, direction, count } = truth.view(plane);
  const sliceAxis = axis[2];
  const stride = [1, truth.size[0], truth.size[0] * truth.size[1]][sliceAxis];
  const areas = new Map<number, Uint32Array>();
  for (let n = 0; n < truth.data.length; n++) {
    const label = truth.data[n];
    if (label === 0) continue;
    let area = areas.get(label);
    if (!area) {
      area = new Uint32Array(count);
      areas.set(label, area);
    }
    const at = Math.floor(n / stride) % count;
    area[direction[2] === 1 ? at : count - 1 - at]++;
  }
  return areas;
}

/** The image and the labels of one slice, on the same grid. */
export function cutSlice(
  loaded: LoadedCase,
  { plane, slice, labels }: SliceTask,
): { image: Image2d; truth: TruthLabels } {
  if (loaded.kind === "image" || plane === "") {
    if (loaded.kind === "volume") throw new TypeError("a volume's slice has a plane");
    return { image: loaded.image, truth: loaded.truth };
  }
  const image = loaded.volume.slice(slice, plane);
  const wanted = labels && new Set(labels);
  const pixels = image.width * image.height;
  const data = loaded.truth.data instanceof Uint8Array ? new Uint8Array(pixels) : new Uint16Array(pixels);
  forEachInSlice(loaded.truth.view(plane), slice, (pixel, voxel) => {
    const label = loaded.truth.data[voxel];
    if (!wanted || wanted.has(label)) data[pixel] = label;
  });
  return { image, truth: { width: image.width, height: image.height, data } };
}
