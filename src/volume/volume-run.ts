import { SamlabError, throwIfCanceled } from "../core/errors.js";
import { type Mask2d, maskArea, maskBox } from "../core/mask.js";
import { eitherMask, interpolatedMask } from "../core/mask-shape.js";
import type { Plane } from "../core/plane.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import { iou } from "../metrics/overlap.js";
import type { ImageEmbedding, ObjectMemory, Prediction, Sam } from "../predict/sam.js";
import { Appearance } from "./appearance.js";
import { rangeOf } from "./check-options.js";
import { type NextMaskAnswer, nextMask, reachOf } from "./next-mask.js";
import { RunProgress } from "./progress.js";
import type { Neighbor } from "./rules.js";
import { SliceEncoder } from "./slice-encoder.js";
import { stopReason, stopRuleOf } from "./stop-rule.js";
import { TargetMask } from "./target-mask.js";
import type { PlaneRule, SegmentedSlice, SegmentVolumeOptions, SlicePrompt, VolumeWork } from "./types.js";
import { type Done, doneAs, firstOf, nextSlice, shareByDiameter, slicesLeft, type Walk } from "./walk.js";

/** Segments objects through the slices of one plane. */
export class VolumeRun {
  readonly mask: MaskVolume;
  /** What {@link mask} is written by. */
  readonly target: TargetMask;
  readonly #sam: Sam;
  readonly #volume: Volume;
  readonly #options: SegmentVolumeOptions;
  readonly #rule: PlaneRule;
  readonly #plane: Plane;
  readonly #signal: AbortSignal | undefined;
  readonly #encoder: SliceEncoder;
  readonly #progress: RunProgress;
  /** Label → slice → result. */
  readonly #done = new Map<number, Map<number, Done>>();
  /** By label, with the rule `memory` alone. */
  readonly #memories = new Map<number, ObjectMemory>();
  readonly #start = performance.now();
  #predictMs = 0;

  /** @param options checked by `checkOptions` */
  constructor(sam: Sam, volume: Volume, options: SegmentVolumeOptions) {
    const { rule = "samlab", plane = "axial", isFresh = false, signal, onProgress } = options;
    this.#sam = sam;
    this.#volume = volume;
    this.#options = options;
    this.#rule = rule === "consensus" || rule === "volume" ? "samlab" : rule;
    this.#plane = plane;
    this.#signal = signal;
    this.#encoder = new SliceEncoder(sam, volume, plane, isFresh, signal, rule === "memory");
    this.#progress = new RunProgress(onProgress);
    this.target = new TargetMask(volume, options);
    this.mask = this.target.mask;
  }

  async run(): Promise<void> {
    if (this.#rule === "memory") await this.#startMemories();
    await this.#segmentPrompted();
    this.#interpolate();
    const [up, down] = [this.#walks(1), this.#walks(-1)];
    this.#progress.left(() => slicesLeft(up) + slicesLeft(down));
    await this.#walk(up, 1, down);
    await this.#walk(down, -1, []);
  }

  /** Writes the given masks into a mask again. */
  restoreGiven(mask: MaskVolume): void {
    for (const [label, bySlice] of this.#done) {
      for (const done of bySlice.values()) {
        if (done.state === "given") this.target.place(mask, label, done.slice, done.mask);
      }
    }
  }

  /** By label, then by slice. */
  get slices(): SegmentedSlice[] {
    return [...this.#done.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([, bySlice]) => [...bySlice.values()].sort((a, b) => a.slice - b.slice))
      .map(({ mask: _, lowResLogits: __, ...slice }) => slice);
  }

  get work(): VolumeWork {
    const { encoded, cached, milliseconds } = this.#encoder;
    return {
      encoded: encoded.size,
      cached: cached.size,
      encodeMs: milliseconds,
      predictMs: this.#predictMs,
      milliseconds: performance.now() - this.#start,
    };
  }

  async #startMemories(): Promise<void> {
    const { count } = this.#volume.view(this.#plane);
    for (const label of new Set(this.#options.prompts.map(({ label = 1 }) => label))) {
      const memory = await this.#sam.startMemory?.(count);
      if (memory) this.#memories.set(label, memory);
      else
        throw new SamlabError("argument-invalid", `${this.#sam.name} has no memory of other slices.`, {
          field: "rule",
          value: this.#rule,
          remedy: "Load SAM 2 or MedSAM2, or use another rule.",
        });
    }
  }

  async #segmentPrompted(): Promise<void> {
    const prompted = [...new Set(this.#options.prompts.map(({ slice }) => slice))].sort((a, b) => a - b);
    const isSeen = (prompt: SlicePrompt) => this.#rule === "memory" || prompt.mask === undefined;
    const isAsked = (slice: number) => this.#options.prompts.some((one) => one.slice === slice && isSeen(one));
    for (const [n, slice] of prompted.entries()) {
      throwIfCanceled(this.#signal, "Segmenting the volume");
      const prompts = this.#options.prompts.filter((prompt) => prompt.slice === slice);
      const asked = prompts.filter(({ mask }) => mask === undefined);
      const embedding = isAsked(slice) ? await this.#encoder.at(slice) : null;
      const predicting = embedding && this.#predictPrompted(asked, embedding);
      // Queued after the predictions, so that the encoder runs while their results are processed.
      const next = prompted.slice(n + 1).find(isAsked) ?? this.#likelyFirst();
      if (next !== undefined) this.#encoder.begin(next);
      const predictions = predicting ? await this.#timed(predicting) : asked.map(() => null);
      for (const { label = 1, mask } of prompts) {
        if (mask && embedding) await this.#memories.get(label)?.give(slice, mask, embedding);
        if (mask) this.#finish(doneAs("given", label, slice, { mask, predictedIou: null, lowResLogits: null }));
      }
      asked.forEach(({ label = 1 }, n) => {
        const prediction = predictions[n];
        if (prediction) this.#finish(doneAs("prompted", label, slice, prediction));
      });
    }
  }

  #predictPrompted(prompts: readonly SlicePrompt[], embedding: ImageEmbedding): Promise<Prediction[]> {
    const sets = prompts.map(({ slice: _, label: __, mask: ___, ...prompt }) => prompt);
    if (this.#rule !== "memory") return this.#sam.predictBatch(sets, { embedding, ...this.#signalOption() });
    return Promise.all(
      prompts.map(({ slice, label = 1 }, n) => this.#memories.get(label)!.prompt(slice, sets[n]!, embedding)),
    );
  }

  /**
   * The slice that the walks start with if the prompted masks are not empty: known before the masks only if each object
   * is prompted on one slice.
   */
  #likelyFirst(): number | undefined {
    const { prompts } = this.#options;
    if (new Set(prompts.map(({ label = 1 }) => label)).size < prompts.length) return undefined;
    const starts = prompts.map(({ slice, label = 1 }) => ({
      slice,
      range: rangeOf(this.#volume, this.#options, label),
    }));
    const up = starts.filter(({ slice, range }) => slice < range[1]).map(({ slice }) => slice + 1);
    if (up.length > 0) return Math.min(...up);
    const down = starts.filter(({ slice, range }) => slice > range[0]).map(({ slice }) => slice - 1);
    return down.length > 0 ? Math.max(...down) : undefined;
  }

  /** The prompted and given slices of an object, in the order of the direction. */
  #known(label: number, step: 1 | -1): Done[] {
    return [...this.#done.get(label)!.values()]
      .filter(({ state }) => state === "given" || state === "prompted")
      .sort((a, b) => step * (a.slice - b.slice));
  }

  #interpolate(): void {
    for (const label of this.#done.keys()) {
      const known = this.#known(label, 1);
      known.forEach((from, n) => {
        const to = known[n + 1];
        if (!to || !this.#isInterpolated(from, to)) return;
        for (let slice = from.slice + 1; slice < to.slice; slice++) {
          const share = (slice - from.slice) / (to.slice - from.slice);
          const mask = interpolatedMask(from.mask, to.mask, share);
          this.#finish(doneAs("interpolated", label, slice, { mask, predictedIou: null, lowResLogits: null }));
        }
      });
    }
  }

  #isInterpolated(a: Done, b: Done): boolean {
    return (
      this.#options.between === "interpolate" &&
      [a, b].every(({ state, mask }) => state === "given" && maskArea(mask) > 0)
    );
  }

  #walks(step: 1 | -1): Walk[] {
    const walks: Walk[] = [];
    for (const label of this.#done.keys()) {
      const range = rangeOf(this.#volume, this.#options, label);
      const prompted = this.#known(label, step);
      if (this.#rule === "memory") {
        walks.push(...this.#walkByMemory(label, step, range[step === 1 ? 1 : 0]));
        continue;
      }
      prompted.forEach((start, n) => {
        const next = prompted[n + 1];
        if (next && this.#isInterpolated(start, next)) return;
        const end = next ? this.#border(start, next, step) : range[step === 1 ? 1 : 0];
        if (step * (end - start.slice) <= 0 || maskArea(start.mask) === 0) return;
        walks.push({
          label,
          step,
          start,
          towards: next,
          appearance: new Appearance(this.#volume.slice(start.slice, this.#plane), start.mask),
          sure: start.predictedIou ?? undefined,
          from: start,
          at: start.slice + step,
          end,
        });
      });
    }
    return walks;
  }

  /** The walk through all slices on one side of the lowest prompted one; none if only empty masks are given. */
  #walkByMemory(label: number, step: 1 | -1, end: number): Walk[] {
    const known = this.#known(label, 1);
    if (known.every(({ state, area }) => state === "given" && area === 0)) return [];
    const [from] = known as [Done];
    const walk: Walk = { label, step, end, from, at: from.slice, ...this.#anchor(label, step, from.slice) };
    this.#advance(walk);
    return step * (end - walk.at) < 0 ? [] : [walk];
  }

  /** What the slices behind a prompted one are measured against: that, or the nearest where the object is seen. */
  #anchor(label: number, step: 1 | -1, at: number): Pick<Walk, "start" | "towards" | "appearance" | "sure"> {
    const known = this.#known(label, step);
    const seen = known.filter(({ area }) => area > 0);
    const start = seen.findLast(({ slice }) => step * (at - slice) >= 0) ?? seen[0] ?? known[0]!;
    return {
      start,
      towards: seen.find(({ slice }) => step * (slice - at) > 0),
      appearance: new Appearance(this.#volume.slice(start.slice, this.#plane), start.mask),
      sure: start.predictedIou ?? undefined,
    };
  }

  /** Moves a walk to the next slice that is not known. */
  #advance(walk: Walk): void {
    const { label, step } = walk;
    const bySlice = this.#done.get(label)!;
    for (let known = bySlice.get(walk.at); known; known = bySlice.get(walk.at)) {
      const isPrompted = known.state === "given" || known.state === "prompted";
      if (isPrompted) Object.assign(walk, this.#anchor(label, step, known.slice));
      walk.from = known;
      walk.at += step;
    }
  }

  /**
   * The last slice of a walk toward another prompted slice. With the rules of micro-sam and of the challenge it is
   * halfway.
   */
  #border(start: Done, next: Done, step: 1 | -1): number {
    const [lower, upper] = step === 1 ? [start, next] : [next, start];
    const share = this.#rule === "samlab" ? shareByDiameter(lower, upper) : 0.5;
    const last = lower.slice + Math.floor(share * (upper.slice - lower.slice));
    return step === 1 ? Math.min(last, upper.slice - 1) : last + 1;
  }

  /** @param later walks that start when these are done */
  async #walk(open: Walk[], step: 1 | -1, later: readonly Walk[]): Promise<void> {
    while (open.length > 0) {
      throwIfCanceled(this.#signal, "Segmenting the volume");
      const slice = firstOf(open, step)!;
      const here = open.filter(({ at }) => at === slice);
      const embedding = await this.#encoder.at(slice);
      const asked = embedding && Promise.all(here.map((walk) => this.#answer(walk, slice, embedding)));
      // Queued after the predictions, so that the encoder runs while their results are processed.
      const next = nextSlice(open, slice, step) ?? firstOf(later, -1);
      if (next !== undefined) this.#encoder.begin(next);
      const answers = asked ? await this.#timed(asked) : null;
      here.forEach((walk, n) => {
        if (!this.#take(walk, slice, answers?.[n] ?? null)) open.splice(open.indexOf(walk), 1);
      });
      this.#progress.slice(slice);
    }
  }

  #answer(walk: Walk, slice: number, embedding: ImageEmbedding): Promise<NextMaskAnswer | null> {
    if (this.#rule === "memory") return this.#memories.get(walk.label)!.track(slice, walk.step, embedding);
    return nextMask({
      sam: this.#sam,
      rule: this.#rule,
      image: this.#volume.slice(slice, this.#plane),
      embedding,
      appearance: walk.appearance,
      from: this.#priorOf(walk, slice),
      firstBox: this.#firstBox(walk),
      reach: reachOf(this.#volume.view(this.#plane)),
      signal: this.#signal,
    });
  }

  /**
   * The mask to prompt from: the neighbor's, and between two prompted slices also the shape interpolated between
   * theirs.
   */
  #priorOf({ start, towards, from }: Walk, slice: number): Neighbor {
    if (this.#rule !== "samlab" || !towards || maskArea(towards.mask) === 0) return from;
    const share = Math.abs(slice - start.slice) / Math.abs(towards.slice - start.slice);
    const between = interpolatedMask(start.mask, towards.mask, share);
    return { mask: eitherMask(from.mask, between), lowResLogits: from.lowResLogits };
  }

  /** Keeps the answer. True if the walk continues. */
  #take(walk: Walk, slice: number, answer: NextMaskAnswer | null): boolean {
    const { label, step, start, from, end, towards } = walk;
    const empty: Mask2d = { ...start.mask, data: new Uint8Array(start.mask.data.length) };
    const { mask, predictedIou, lowResLogits } = answer ?? { mask: empty, predictedIou: 0, lowResLogits: null };
    const iouToNeighbor = iou(mask, from.mask, { bothEmpty: 1 });
    const view = this.#volume.view(this.#plane);
    const pixelArea = view.spacing[0] * view.spacing[1];
    // An object that is known to be on a later slice cannot end here.
    const rule = towards && maskArea(towards.mask) > 0 ? {} : stopRuleOf(this.#rule, this.#options.stop);
    const isEmpty = maskArea(mask) === 0;
    if (!isEmpty) walk.sure ??= predictedIou;
    const isByMemory = this.#rule === "memory";
    const goesOnEmpty = this.#rule === "laptop" || isByMemory || towards !== undefined;
    const reason = stopReason(isEmpty && goesOnEmpty && !isByMemory ? {} : rule, {
      area: maskArea(mask),
      pixelArea,
      startArea: maskArea(start.mask),
      predictedIou,
      startPredictedIou: walk.sure ?? 0,
      iou: iouToNeighbor,
      // Of the mask before pruning: the pruned one always looks like the object.
      likeness: () => walk.appearance.likeness(this.#volume.slice(slice, this.#plane), answer?.unpruned ?? mask),
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
    this.#advance(walk);
    return step * (end - walk.at) >= 0;
  }

  /** The box of the prompt, or of the mask, where the walk started. */
  #firstBox({ start, label }: Walk) {
    const given = this.#options.prompts.find((prompt) => prompt.slice === start.slice && (prompt.label ?? 1) === label);
    return given?.box ?? maskBox(start.mask)!;
  }

  async #timed<T>(work: Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work;
    this.#predictMs += performance.now() - start;
    return result;
  }

  #signalOption(): { signal?: AbortSignal } {
    return this.#signal ? { signal: this.#signal } : {};
  }

  #finish(done: Done): void {
    const bySlice = this.#done.get(done.label) ?? new Map<number, Done>();
    this.#done.set(done.label, bySlice.set(done.slice, done));
    // The lower label is written last: it wins overlaps.
    for (const label of [...this.#done.keys()].sort((a, b) => b - a)) {
      const one = this.#done.get(label)?.get(done.slice);
      if (one) this.target.place(this.mask, label, done.slice, one.mask);
    }
    const { mask: _, lowResLogits: __, ...slice } = done;
    this.#options.onSlice?.(slice, this.mask);
  }
}
