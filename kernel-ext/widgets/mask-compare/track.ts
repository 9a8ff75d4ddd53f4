import { SamlabError, show } from "../../../src/core/errors.js";
import { type Mask2d, packMask } from "../../../src/core/mask.js";
import { isEmptyPrompt, type PromptSet } from "../../../src/core/prompt.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import type { ComparedMask } from "../../../src/protocol/mask-compare.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { isVolumeMask, type PredictorInput, type SlicePrompts, type WholeMask } from "./inputs.js";

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
  #last: { readonly key: string; readonly slice: TrackSlice } | null = null;

  constructor(info: ComparedMask, whole: WholeMask, slices: ReadonlySet<number> | null = null) {
    this.info = info;
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
  readonly predictor: PredictorInput;
  readonly #source: SliceSource;
  readonly #plane: Place["plane"];
  readonly #count: number;
  readonly #slices = new Map<number, TrackSlice>();
  readonly #prompts = new Map<number, PromptSet | null>();
  #whole: WholeMask | null = null;

  constructor(info: ComparedMask, predictor: PredictorInput, source: SliceSource, plane: Place["plane"]) {
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

  /** The prompts for a slice, null if none. Called once per slice; throws what the user's function throws. */
  promptsAt(index: number): PromptSet | null {
    let prompts = this.#prompts.get(index);
    if (prompts === undefined) {
      const found = promptsOf(this.predictor.prompts, index);
      prompts = found && !isEmptyPrompt(found) ? found : null;
      this.#prompts.set(index, prompts);
    }
    return prompts;
  }

  /** True if the slice has prompts, or if reading them throws. */
  isAsked(index: number): boolean {
    try {
      return this.promptsAt(index) !== null;
    } catch {
      return true;
    }
  }

  /** The slices with prompts. */
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

const promptFields = ["points", "box", "scribbles", "maskInput"];

function promptsOf(prompts: SlicePrompts, index: number): PromptSet | null {
  if (typeof prompts === "function") return prompts(index) ?? null;
  if (isPromptSet(prompts)) return prompts;
  return prompts[index] ?? null;
}

function isPromptSet(prompts: Exclude<SlicePrompts, (...args: never[]) => unknown>): prompts is PromptSet {
  return promptFields.some((field) => field in prompts);
}

/** @throws {SamlabError} `argument-invalid` if prompts are neither an object nor a function */
export function checkPredictor(name: string, { sam, prompts }: PredictorInput): void {
  const isModel = typeof sam?.embed === "function" && typeof sam.predict === "function";
  const isPrompts = typeof prompts === "function" || (typeof prompts === "object" && prompts !== null);
  if (isModel && isPrompts) return;
  throw new SamlabError("argument-invalid", `The predictor ${show(name)} lacks its ${isModel ? "prompts" : "model"}.`, {
    field: `${name}.${isModel ? "prompts" : "sam"}`,
    remedy: "Give { sam, prompts }: a loaded model, and its prompts by slice number or as a function of it.",
  });
}
