import { SamlabError } from "../core/errors.js";
import { unseen } from "../core/long-work.js";
import { type Mask2d, maskArea } from "../core/mask.js";
import { sliceToVoxel } from "../core/plane.js";
import { validatePrompt } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { Sam3d, VolumePrediction, Voxel, VoxelPoint } from "../predict/sam3d.js";
import { rangeOf } from "./check-options.js";
import { TargetMask } from "./target-mask.js";
import type { SegmentedSlice, SegmentVolumeOptions, SlicePrompt, VolumeWork } from "./types.js";

/** Segments objects in a volume by a model for volumes, each in one piece. */
export class WholeRun {
  readonly mask: MaskVolume;
  readonly #sam: Sam3d;
  readonly #volume: Volume;
  readonly #options: SegmentVolumeOptions;
  readonly #target: TargetMask;
  readonly #slices: SegmentedSlice[] = [];
  readonly #start = performance.now();
  readonly #work = { encoded: 0, cached: 0, encodeMs: 0, predictMs: 0 };

  /**
   * @param options checked by `checkOptions`
   * @throws {SamlabError} `argument-invalid` for options of propagation
   */
  constructor(sam: Sam3d, volume: Volume, options: SegmentVolumeOptions) {
    this.#sam = sam;
    this.#volume = volume;
    this.#options = options;
    this.#target = new TargetMask(volume, options);
    this.mask = this.#target.mask;
    if (options.stop) throw ofPropagation(sam, "stop", options.stop);
    if (options.between === "interpolate") throw ofPropagation(sam, "between", options.between);
  }

  /** @throws {SamlabError} as `segmentVolume` */
  async run(): Promise<void> {
    const labels = [...new Set(this.#options.prompts.map(({ label = 1 }) => label))].sort((a, b) => b - a);
    // All are checked before the first is segmented.
    const objects = labels.map((label) => ({ label, points: this.#pointsOf(label) }));
    for (const [n, { label, points }] of objects.entries()) {
      const seconds = (performance.now() - this.#start) / 1000;
      const left = n === 0 ? Number.NaN : (seconds / n) * (objects.length - n);
      this.#options.onProgress?.(`object ${label}`, n / objects.length, left);
      // The lower label is written last: it wins overlaps.
      this.#write(label, await this.#predict(points));
    }
  }

  /** Writes the given masks into a mask again. */
  restoreGiven(mask: MaskVolume): void {
    for (const { slice, label = 1, mask: given } of this.#options.prompts)
      if (given) this.#target.place(mask, label, slice, given);
  }

  /** By label, then by slice. */
  get slices(): SegmentedSlice[] {
    return this.#slices.toSorted((a, b) => a.label - b.label || a.slice - b.slice);
  }

  get work(): VolumeWork {
    return { ...this.#work, milliseconds: performance.now() - this.#start };
  }

  #promptsOf(label: number): SlicePrompt[] {
    return this.#options.prompts.filter((prompt) => (prompt.label ?? 1) === label);
  }

  #pointsOf(label: number): VoxelPoint[] {
    const view = this.#volume.view(this.#options.plane);
    const points = this.#promptsOf(label).flatMap(({ slice, label: _, mask, ...prompt }): VoxelPoint[] => {
      if (mask) return [];
      validatePrompt(prompt, view.width, view.height, this.#sam.prompts);
      const { points: clicks = [] } = prompt;
      return clicks.map(({ x, y, label = 1 }) => ({ voxel: sliceToVoxel(view, x, y, slice), label }));
    });
    if (points.some((point) => point.label === 1)) return points;
    throw new SamlabError("prompt-invalid", `There is no click inside object ${label}.`, {
      field: "prompts",
      value: this.#promptsOf(label).map(({ slice }) => slice),
      remedy: `${this.#sam.name} starts from one: give { slice, points: [{ x, y }] }.`,
    });
  }

  async #predict(points: readonly VoxelPoint[]): Promise<VolumePrediction> {
    const { signal, isFresh = false } = this.#options;
    const canceling = signal ? { signal } : {};
    const embedding = await this.#sam.embed(this.#volume, {
      center: middleOf(points),
      isFresh,
      onProgress: unseen,
      ...canceling,
    });
    const { fromCache, info } = embedding;
    this.#work[fromCache ? "cached" : "encoded"]++;
    if (!fromCache) this.#work.encodeMs += info.milliseconds;
    const start = performance.now();
    const prediction = await this.#sam.predict(points, { embedding, ...canceling });
    this.#work.predictMs += performance.now() - start;
    return prediction;
  }

  #write(label: number, { mask: found, predictedIou }: VolumePrediction): void {
    const { plane } = this.#options;
    const [first, last] = rangeOf(this.#volume, this.#options, label);
    const bySlice = new Map(this.#promptsOf(label).map((prompt) => [prompt.slice, prompt]));
    for (let slice = first; slice <= last; slice++) {
      const prompt = bySlice.get(slice);
      const mask: Mask2d = prompt?.mask ?? found.slice(slice, plane, { label: 1 });
      const area = maskArea(mask);
      if (area === 0 && !prompt) continue;
      this.#target.place(this.mask, label, slice, mask);
      const state = prompt ? (prompt.mask ? "given" : "prompted") : "propagated";
      const own = state === "given" ? null : predictedIou;
      const done: SegmentedSlice = { label, slice, state, area, predictedIou: own, iouToNeighbor: null };
      this.#slices.push(done);
      this.#options.onSlice?.(done, this.mask);
    }
  }
}

/** The middle of the clicks inside the object. */
function middleOf(points: readonly VoxelPoint[]): Voxel {
  const inside = points.filter(({ label }) => label === 1).map(({ voxel }) => voxel);
  const middle = (axis: 0 | 1 | 2) => {
    const places = inside.map((voxel) => voxel[axis]);
    return (Math.min(...places) + Math.max(...places)) / 2;
  };
  return [middle(0), middle(1), middle(2)];
}

function ofPropagation({ name }: Sam3d, field: "stop" | "between", value: unknown): SamlabError {
  return new SamlabError("argument-invalid", `${field} is for propagation, but ${name} segments the volume at once.`, {
    field,
    value,
    remedy: `Leave ${field} out.`,
  });
}
