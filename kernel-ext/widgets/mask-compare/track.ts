import { type Mask2d, packMask } from "../../../src/core/mask.js";
import { isEmptyPrompt, type PromptSet } from "../../../src/core/prompt.js";
import type { FindMask } from "../../../src/evaluate/reopen.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import type { ComparedMask } from "../../../src/protocol/mask-compare.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { isVolumeMask, type Predictor, type WholeMask } from "./inputs.js";

/** A mask on a slice, also in packed form for sending. */
export interface TrackSlice {
  readonly mask: Mask2d;
  readonly bits: Uint8Array;
}

/** One of the compared masks, accessed slice by slice. */
export interface Track {
  readonly info: ComparedMask;
  /** The mask on a slice; null if unknown. Returns the same object while the slice stays the current one. */
  slice(place: Place): TrackSlice | null;
  /** Like {@link slice}, for iterating over many slices. */
  mask(place: Place): Mask2d | null;
  /** The complete mask; null while part of it is missing. */
  readonly whole: WholeMask | null;
  /** The slices on which it is or will be known, along the only plane shown; null for all. */
  readonly slices: ReadonlySet<number> | null;
}

/** A given mask. Caches the last slice requested. */
export class MaskTrack implements Track {
  readonly info: ComparedMask;
  readonly whole: WholeMask;
  readonly slices: ReadonlySet<number> | null;
  /** True if it is all labels of a mask that has several. */
  readonly isOfSeveralLabels: boolean;
  #last: { readonly key: string; readonly slice: TrackSlice } | null = null;

  constructor(
    info: ComparedMask,
    whole: WholeMask,
    slices: ReadonlySet<number> | null = null,
    isOfSeveralLabels = false,
  ) {
    this.info = info;
    this.isOfSeveralLabels = isOfSeveralLabels;
    this.whole = whole;
    this.slices = slices;
  }

  slice(place: Place): TrackSlice | null {
    const key = `${place.plane} ${place.index}`;
    if (this.#last?.key !== key) {
      const mask = this.mask(place);
      if (!mask) return null;
      this.#last = { key, slice: { mask, bits: packMask(mask) } };
    }
    return this.#last.slice;
  }

  mask({ plane, index }: Place): Mask2d | null {
    const { whole, slices } = this;
    if (slices && !slices.has(index)) return null;
    return isVolumeMask(whole) ? whole.slice(index, plane ?? "axial") : whole;
  }
}

/** A mask predicted by a model, slice by slice along one plane. */
export class PredictedTrack implements Track {
  readonly info: ComparedMask;
  readonly predictor: Predictor;
  readonly #source: SliceSource;
  readonly #plane: Place["plane"];
  readonly #count: number;
  readonly #slices = new Map<number, TrackSlice>();
  readonly #asks = new Map<number, PromptSet | FindMask | null>();
  #whole: WholeMask | null = null;

  constructor(info: ComparedMask, predictor: Predictor, source: SliceSource, plane: Place["plane"]) {
    this.info = info;
    this.predictor = predictor;
    this.#source = source;
    this.#plane = plane;
    this.#count = source.subject.frames.find((frame) => frame.plane === plane)?.count ?? 1;
  }

  slice({ plane, index }: Place): TrackSlice | null {
    return plane === this.#plane ? (this.#slices.get(index) ?? null) : null;
  }

  mask(place: Place): Mask2d | null {
    return this.slice(place)?.mask ?? null;
  }

  /** What a slice is asked, null for nothing. Called once per slice; throws what the user's function throws. */
  askAt(index: number): PromptSet | FindMask | null {
    let ask = this.#asks.get(index);
    if (ask === undefined) {
      const found = this.predictor.ask(index);
      ask = found && (typeof found === "function" || !isEmptyPrompt(found)) ? found : null;
      this.#asks.set(index, ask);
    }
    return ask;
  }

  /** True if the slice is asked, or if reading its prompts throws. */
  isAsked(index: number): boolean {
    try {
      return this.askAt(index) !== null;
    } catch {
      return true;
    }
  }

  /** The slices with prompts, or all of a model that needs none. */
  get asked(): number[] {
    return Array.from({ length: this.#count }, (_, index) => index).filter((index) => this.isAsked(index));
  }

  /** Slices predicted so far. */
  get done(): number {
    return this.#slices.size;
  }

  put(index: number, mask: Mask2d): void {
    this.#slices.set(index, { mask, bits: packMask(mask) });
    this.#whole = null;
  }

  get whole(): WholeMask | null {
    // Check `done` first, to avoid calling the user's function for every slice too early.
    if (this.#whole || this.done === 0 || this.done < this.asked.length) return this.#whole;
    this.#whole = this.#assemble();
    return this.#whole;
  }

  get slices(): ReadonlySet<number> | null {
    const { asked } = this;
    return asked.length === this.#count ? null : new Set(asked);
  }

  #assemble(): WholeMask {
    const { volume } = this.#source;
    const [first] = this.#slices.values();
    if (!volume || this.#plane === null) return first.mask;
    const whole = emptyMask(volume);
    for (const [index, { mask }] of this.#slices) whole.setSlice(index, this.#plane, mask);
    return whole;
  }
}
