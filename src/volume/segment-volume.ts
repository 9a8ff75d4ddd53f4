import { SamlabError, show, throwIfCancelled } from "../core/errors.js";
import { type Mask2d, maskArea, maskBox } from "../core/mask.js";
import { eitherMask, interpolatedMask } from "../core/mask-shape.js";
import { checkSliceIndex } from "../core/plane.js";
import { isEmptyPrompt } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import { checkLabel, emptyMask, type MaskVolume } from "../io/mask/mask-volume.js";
import { iou } from "../metrics/overlap.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";
import { Appearance } from "./appearance.js";
import { type Answer, nextMask } from "./next-mask.js";
import type { Neighbor } from "./rules.js";
import { stopReason, stopRuleOf } from "./stop-rule.js";
import {
  type PropagationRule,
  propagationRules,
  type SegmentedSlice,
  type SegmentedVolume,
  type SegmentVolumeOptions,
  type SlicePrompt,
} from "./types.js";

/** A slice of an object that is done. */
interface Done extends SegmentedSlice {
  readonly mask: Mask2d;
  readonly lowResLogits: Float32Array | null;
}

/** An object on its way through the slices in one direction. */
interface Walk {
  readonly label: number;
  readonly step: 1 | -1;
  /** The prompted slice that it came from. */
  readonly start: Done;
  at: number;
  /** The last slice. */
  readonly end: number;
  /** The next prompted slice of the object in this direction. */
  readonly towards: Done | undefined;
  appearance: Appearance | undefined;
  from: Done;
}

/**
 * Segments objects through a volume, from prompts on some of its slices.
 *
 * Prompted slices are segmented first. From each the object is followed to both sides, slice by slice, until it ends ({@link StopRule}), the range does,
 * or halfway to the next prompted slice of the same object. All objects that go the same way pass a slice together. Embeddings are kept on disk like those
 * of any other image, so that the way back, and the next call with another prompt, do not encode again.
 *
 * @returns the mask on the grid of the volume, and how each slice came about. Where objects overlap, the one with the lower label keeps its voxels.
 * @throws {SamlabError} `argument-invalid` (slice, label, range, rule), `prompt-invalid` (none, empty, two for one object on one slice), `prompt-unsupported`, `geometry-mismatch` (a given mask is not
 *   of the slice's size), `cancelled`
 * @example
 * const { mask, slices } = await segmentVolume(sam, ct, { prompts: [{ slice: 57, box: [88, 60, 230, 204] }] });
 */
export async function segmentVolume(sam: Sam, volume: Volume, options: SegmentVolumeOptions): Promise<SegmentedVolume> {
  const run = new VolumeRun(sam, volume, options);
  await run.run();
  return run.result();
}

class VolumeRun {
  readonly #sam: Sam;
  readonly #volume: Volume;
  readonly #options: SegmentVolumeOptions;
  readonly #rule: PropagationRule;
  readonly #range: readonly [number, number];
  readonly #mask: MaskVolume;
  /** Label → slice → what is done. */
  readonly #done = new Map<number, Map<number, Done>>();
  #encoding: { slice: number; embedding: Promise<ImageEmbedding | null> } | undefined;
  #finished = 0;

  constructor(sam: Sam, volume: Volume, options: SegmentVolumeOptions) {
    this.#sam = sam;
    this.#volume = volume;
    this.#options = options;
    this.#rule = checkRule(options.rule ?? "samlab");
    this.#range = checkRange(options.range, volume.view(options.plane).count);
    this.#mask = emptyMask(volume);
    for (const [n, prompt] of options.prompts.entries()) this.#check(prompt, options.prompts.slice(0, n));
    if (options.prompts.length === 0) {
      throw new SamlabError("prompt-invalid", "There is no prompt.", {
        field: "prompts",
        remedy: "Give a box, points or a mask on at least one slice.",
      });
    }
  }

  async run(): Promise<void> {
    await this.#segmentPrompted();
    // All objects that go the same way pass the slices together.
    await this.#walk(this.#walks(1), 1);
    await this.#walk(this.#walks(-1), -1);
  }

  result(): SegmentedVolume {
    const slices = [...this.#done.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([, bySlice]) => [...bySlice.values()].sort((a, b) => a.slice - b.slice))
      .map(({ mask: _, lowResLogits: __, ...slice }) => slice);
    const { name, hash, provider } = this.#sam;
    const stop = stopRuleOf(this.#rule, this.#options.stop);
    const stops = Object.entries(stop).map(([field, value]) => `${field} ${value}`);
    const footnote =
      `${name} (${hash.slice(0, 12)}) on ${provider}, ${this.#options.plane ?? "axial"} slices, rule ${this.#rule}` +
      `${stops.length > 0 ? `, ends at ${stops.join(", ")}` : ""}.`;
    return { mask: this.#mask, slices, footnote };
  }

  #check({ slice, label = 1, mask, ...prompt }: SlicePrompt, before: readonly SlicePrompt[]): void {
    const view = this.#volume.view(this.#options.plane);
    checkSliceIndex(view, slice, this.#volume.source);
    checkLabel(label, this.#mask.data);
    const [first, last] = this.#range;
    if (slice < first || slice > last) {
      throw new SamlabError("argument-invalid", `Slice ${slice} has a prompt and lies outside of the range.`, {
        field: "range",
        value: this.#range,
        remedy: "Widen the range, or leave the prompt out.",
      });
    }
    if (before.some((other) => other.slice === slice && (other.label ?? 1) === label)) {
      throw new SamlabError("prompt-invalid", `Object ${label} is prompted twice on slice ${slice}.`, {
        field: "prompts",
        value: slice,
        remedy: "Give its points, box and maskInput together, or a mask alone; another object has another label.",
      });
    }
    if (mask && (mask.width !== view.width || mask.height !== view.height)) {
      throw new SamlabError(
        "geometry-mismatch",
        `The mask given for slice ${slice} is ${mask.width}×${mask.height}, the slice ${view.width}×${view.height}.`,
        { field: "mask", value: [mask.width, mask.height] },
      );
    }
    if (!mask && isEmptyPrompt(prompt)) {
      throw new SamlabError("prompt-invalid", `The prompt for slice ${slice} is empty.`, {
        field: "prompts",
        remedy: "Give points, a box or a mask.",
      });
    }
  }

  async #segmentPrompted(): Promise<void> {
    const prompted = new Set(this.#options.prompts.map(({ slice }) => slice));
    for (const slice of [...prompted].sort((a, b) => a - b)) {
      const prompts = this.#options.prompts.filter((prompt) => prompt.slice === slice);
      const asked = prompts.filter(({ mask }) => mask === undefined);
      const embedding = asked.length > 0 ? await this.#embedding(slice) : null;
      const sets = asked.map(({ slice: _, label: __, mask: ___, ...prompt }) => prompt);
      const predictions = embedding
        ? await this.#sam.predictBatch(sets, { embedding, ...this.#signal() })
        : sets.map(() => null);
      for (const { label = 1, mask } of prompts) {
        if (mask) this.#finish(doneAs("given", label, slice, { mask, predictedIou: null, lowResLogits: null }));
      }
      asked.forEach(({ label = 1 }, n) => {
        const prediction = predictions[n];
        if (prediction) this.#finish(doneAs("prompted", label, slice, prediction));
      });
    }
  }

  #walks(step: 1 | -1): Walk[] {
    const walks: Walk[] = [];
    for (const [label, bySlice] of this.#done) {
      const prompted = [...bySlice.values()]
        .filter(({ state }) => state === "given" || state === "prompted")
        .sort((a, b) => step * (a.slice - b.slice));
      prompted.forEach((start, n) => {
        const next = prompted[n + 1];
        const end = next ? halfway(start.slice, next.slice, step) : this.#range[step === 1 ? 1 : 0];
        if (step * (end - start.slice) <= 0 || maskArea(start.mask) === 0) return;
        walks.push({
          label,
          step,
          start,
          towards: next,
          appearance: undefined,
          from: start,
          at: start.slice + step,
          end,
        });
      });
    }
    return walks;
  }

  async #walk(walks: Walk[], step: 1 | -1): Promise<void> {
    let open = walks;
    while (open.length > 0) {
      throwIfCancelled(this.#options.signal, "Segmenting the volume");
      const slice = open.reduce((first, { at }) => (step * at < step * first ? at : first), open[0]!.at);
      const here = open.filter(({ at }) => at === slice);
      const embedding = await this.#embedding(slice);
      const next = slice + step;
      if (open.some(({ at, end }) => at === next || (at === slice && step * (end - slice) > 0)))
        this.#encodeAhead(next);
      for (const walk of here) {
        const answer = embedding ? await this.#answer(walk, slice, embedding) : null;
        if (!this.#take(walk, slice, answer)) open = open.filter((other) => other !== walk);
      }
    }
  }

  #answer(walk: Walk, slice: number, embedding: ImageEmbedding): Promise<Answer | null> {
    return nextMask({
      sam: this.#sam,
      rule: this.#rule,
      embedding,
      from: this.#priorOf(walk, slice),
      firstBox: this.#firstBox(walk),
      signal: this.#options.signal,
    });
  }

  /** Between two prompted slices the object is known on both sides: it is looked for where it was, and where the shape between the two lies. */
  #priorOf({ start, towards, from }: Walk, slice: number): Neighbor {
    if (this.#rule !== "samlab" || !towards || maskArea(towards.mask) === 0) return from;
    const share = Math.abs(slice - start.slice) / Math.abs(towards.slice - start.slice);
    const between = interpolatedMask(start.mask, towards.mask, share);
    return { mask: eitherMask(from.mask, between), lowResLogits: from.lowResLogits };
  }

  #likeness(walk: Walk, slice: number, mask: Mask2d): number {
    const sliceOf = (index: number) => this.#volume.slice(index, this.#options.plane);
    walk.appearance ??= new Appearance(sliceOf(walk.start.slice), walk.start.mask);
    return walk.appearance.likeness(sliceOf(slice), mask);
  }

  /** True when the walk goes on. */
  #take(walk: Walk, slice: number, answer: Answer | null): boolean {
    const { label, step, start, from, end, towards } = walk;
    const empty: Mask2d = { ...start.mask, data: new Uint8Array(start.mask.data.length) };
    const { mask, predictedIou, lowResLogits } = answer ?? { mask: empty, predictedIou: 0, lowResLogits: null };
    const iouToNeighbor = iou(mask, from.mask, { bothEmpty: 1 });
    const view = this.#volume.view(this.#options.plane);
    const pixelArea = view.spacing[0] * view.spacing[1];
    // Towards a slice where the object is known to be, it cannot end.
    const rule = towards && maskArea(towards.mask) > 0 ? {} : stopRuleOf(this.#rule, this.#options.stop);
    const isEmpty = maskArea(mask) === 0;
    const goesOnEmpty = this.#rule === "laptop" || towards !== undefined;
    const reason = stopReason(isEmpty && goesOnEmpty ? {} : rule, {
      area: maskArea(mask),
      pixelArea,
      startArea: maskArea(start.mask),
      predictedIou,
      iou: iouToNeighbor,
      likeness: () => this.#likeness(walk, slice, mask),
    });
    if (reason !== null || (isEmpty && !goesOnEmpty)) {
      this.#finish({
        ...doneAs("stopped", label, slice, { mask: empty, predictedIou, lowResLogits: null }),
        iouToNeighbor,
      });
      return false;
    }
    const done: Done = { ...doneAs("propagated", label, slice, { mask, predictedIou, lowResLogits }), iouToNeighbor };
    this.#finish(done);
    walk.from = done;
    walk.at += step;
    return step * (end - walk.at) >= 0;
  }

  /** The box that the object began with. */
  #firstBox({ start, label }: Walk) {
    const given = this.#options.prompts.find((prompt) => prompt.slice === start.slice && (prompt.label ?? 1) === label);
    return given?.box ?? maskBox(start.mask)!;
  }

  async #embedding(slice: number): Promise<ImageEmbedding | null> {
    const ahead = this.#encoding;
    this.#encoding = undefined;
    if (ahead?.slice === slice) return ahead.embedding;
    return this.#encode(slice);
  }

  #encodeAhead(slice: number): void {
    if (slice < this.#range[0] || slice > this.#range[1]) return;
    const embedding = this.#encode(slice);
    embedding.catch(() => {});
    this.#encoding = { slice, embedding };
  }

  /** `null` for a slice with nothing on it. */
  async #encode(slice: number): Promise<ImageEmbedding | null> {
    try {
      return await this.#sam.embed(this.#volume.slice(slice, this.#options.plane), this.#signal());
    } catch (error) {
      if (error instanceof SamlabError && error.code === "image-empty") return null;
      throw error;
    }
  }

  #signal(): { signal?: AbortSignal } {
    return this.#options.signal ? { signal: this.#options.signal } : {};
  }

  #finish(done: Done): void {
    const bySlice = this.#done.get(done.label) ?? new Map<number, Done>();
    this.#done.set(done.label, bySlice.set(done.slice, done));
    // The lower label last: it keeps what both want.
    for (const label of [...this.#done.keys()].sort((a, b) => b - a)) {
      const one = this.#done.get(label)?.get(done.slice);
      if (one) this.#mask.setSlice(done.slice, this.#options.plane ?? "axial", one.mask, label);
    }
    const { mask: _, lowResLogits: __, ...slice } = done;
    this.#options.onSlice?.(slice, this.#mask);
    this.#finished++;
    this.#options.onProgress?.(`slice ${done.slice}, ${this.#finished} done`);
  }
}

function doneAs(
  state: SegmentedSlice["state"],
  label: number,
  slice: number,
  { mask, predictedIou, lowResLogits }: Pick<Done, "mask" | "predictedIou" | "lowResLogits">,
): Done {
  return { state, label, slice, mask, predictedIou, lowResLogits, area: maskArea(mask), iouToNeighbor: null };
}

/** The last slice of a walk towards another prompted slice; that in the middle belongs to the walk upwards. */
function halfway(from: number, to: number, step: 1 | -1): number {
  const middle = Math.floor((from + to) / 2);
  return step === 1 ? Math.min(middle, to - 1) : Math.max(middle + 1, to + 1);
}

function checkRule(rule: PropagationRule): PropagationRule {
  if (propagationRules.includes(rule)) return rule;
  throw new SamlabError("argument-invalid", `There is no rule ${show(rule)}.`, {
    field: "rule",
    value: rule,
    remedy: `Use one of ${propagationRules.join(", ")}.`,
  });
}

function checkRange(range: readonly [number, number] | undefined, count: number): readonly [number, number] {
  if (range === undefined) return [0, count - 1];
  const [first, last] = range;
  if (Number.isInteger(first) && Number.isInteger(last) && 0 <= first && first <= last && last < count) return range;
  throw new SamlabError("argument-invalid", `${show(range)} is no range of the ${count} slices.`, {
    field: "range",
    value: range,
    remedy: `Give the first and the last slice, from 0 to ${count - 1}.`,
  });
}
