import { isSamlabError, SamlabError } from "../../../src/core/errors.js";
import { unseen } from "../../../src/core/long-work.js";
import { type Mask2d, maskArea, packMask, unpackMask } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import type { MaskQuality, Sam } from "../../../src/predict/sam.js";
import type { WorkState } from "../../../src/protocol/slice-prompter.js";
import { segmentVolume } from "../../../src/volume/segment-volume.js";
import type { PropagationRule, SegmentedSlice } from "../../../src/volume/types.js";
import { answerOf, type Book } from "./book.js";
import { chosenOf, type SliceAnswer } from "./run.js";

/** Below this IoU with its neighbor, or this predicted IoU, a propagated mask is flagged for review. */
const leastIou = 0.7;
const leastPredictedIou = 0.8;

/** A mask on a slice that propagation starts from and does not change. */
export interface KnownMask {
  readonly slice: number;
  readonly mask: Mask2d;
}

export interface PropagationJob {
  /** With the model's window applied. */
  readonly volume: Volume;
  readonly plane: Plane;
  readonly object: number;
  /** Masks used as given. */
  readonly known: readonly KnownMask[];
  readonly range: readonly [first: number, last: number];
  readonly rule?: PropagationRule | undefined;
}

/** Propagation of one object through the slices of a plane. */
export class Propagation {
  readonly #sam: Sam;
  readonly #job: PropagationJob;
  readonly #controller = new AbortController();
  readonly #start = performance.now();
  #done = 0;
  #at: number;

  constructor(sam: Sam, job: PropagationJob) {
    this.#sam = sam;
    this.#job = job;
    this.#at = job.known[0]!.slice;
  }

  get state(): Extract<WorkState, { phase: "propagating" }> {
    const { plane, object, known, range } = this.#job;
    const of = Math.max(this.#done, range[1] - range[0] + 1 - known.length);
    const seconds = (performance.now() - this.#start) / 1000;
    return {
      phase: "propagating",
      place: { plane, index: this.#at },
      object,
      done: this.#done,
      of,
      // The first slice also includes one-time loading.
      secondsLeft: this.#done < 2 ? null : Math.round((seconds / this.#done) * (of - this.#done)),
    };
  }

  /** What it works on. */
  get extent(): Pick<PropagationJob, "object" | "plane" | "range"> {
    return this.#job;
  }

  /** Slices so far. */
  get done(): number {
    return this.#done;
  }

  /** Stops; masks so far are kept. */
  stop(): void {
    this.#controller.abort();
  }

  /** Calls `onSlice` for every slice. Resolves at the end, also if stopped. @throws what the model throws */
  async run(onSlice: (slice: number, answer: SliceAnswer, doubt: string) => void): Promise<void> {
    const { volume, plane, known, range, rule } = this.#job;
    const { signal } = this.#controller;
    try {
      await segmentVolume(this.#sam, volume, {
        prompts: known,
        plane,
        range,
        signal,
        ...(rule && { rule }),
        onProgress: unseen,
        onSlice: (slice, mask) => {
          if (signal.aborted || slice.state === "given") return;
          this.#done++;
          this.#at = slice.slice;
          onSlice(slice.slice, this.#answer(slice, mask.slice(slice.slice, plane)), doubtOf(slice, this.#sam.quality));
        },
      });
    } catch (error) {
      if (!(signal.aborted && isSamlabError(error) && error.code === "canceled")) throw error;
    }
  }

  #answer({ predictedIou }: SegmentedSlice, mask: Mask2d): SliceAnswer {
    return maskAnswer(mask, this.#sam.provider, predictedIou ?? Number.NaN);
  }
}

/** Wraps a mask as an answer without a decoder run. NaN: nothing was predicted. */
export function maskAnswer(mask: Mask2d, provider: string, predictedIou = Number.NaN): SliceAnswer {
  const { width, height, data } = mask;
  const single = {
    bits: packMask(mask),
    predictedIou: Math.min(1, Math.max(0, predictedIou)),
    pixels: data.length,
    area: maskArea(mask),
  };
  return { width, height, single, candidates: [], predictMs: 0, encodeMs: null, provider };
}

function doubtOf(
  { state, area, iouToNeighbor, predictedIou }: SegmentedSlice,
  quality: MaskQuality = "predicted IoU",
): string {
  if (state === "stopped" || area === 0) return "";
  if (iouToNeighbor !== null && iouToNeighbor < leastIou) {
    return `unlike the slice beside it (IoU ${iouToNeighbor.toFixed(2)})`;
  }
  if (predictedIou !== null && predictedIou < leastPredictedIou) {
    return `the model is not sure (${quality} ${predictedIou.toFixed(2)})`;
  }
  return "";
}

/**
 * An object's masks on slices of a plane that were prompted, drawn or confirmed.
 * @throws {SamlabError} `prompt-invalid` if none of them has a pixel
 */
export function knownMasks(
  book: Book,
  object: number,
  plane: Plane,
  [first, last]: readonly [first: number, last: number],
): KnownMask[] {
  const known = [...book.slots.values()].flatMap((slot) => {
    const answer = answerOf(slot);
    const { index } = slot.place;
    const isThere = slot.object === object && slot.place.plane === plane && index >= first && index <= last;
    if (!isThere || !answer || (slot.origin === "propagated" && !slot.confirmed)) return [];
    return [{ slice: index, mask: unpackMask(chosenOf(answer, slot.chosen).bits, answer.width, answer.height) }];
  });
  if (known.some(({ mask }) => maskArea(mask) > 0)) return known;
  const name = book.objects.find(({ id }) => id === object)?.name;
  throw new SamlabError("prompt-invalid", `There is no mask of ${name} to start from on these ${plane} slices.`, {
    field: "slices",
    value: [first, last],
    remedy: "Click on it, or draw a box around it, on one of these slices first.",
  });
}
