import { isSamlabError, SamlabError } from "../../../src/core/errors.js";
import { unseen } from "../../../src/core/long-work.js";
import { type Mask2d, maskArea } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import type { MaskQuality, Sam } from "../../../src/predict/sam.js";
import type { WorkState } from "../../../src/protocol/slice-prompter.js";
import { segmentVolume } from "../../../src/volume/segment-volume.js";
import type { PropagationRule, SegmentedSlice } from "../../../src/volume/types.js";
import { answerOf, type Book } from "./book.js";
import { slotsOf } from "./book-figures.js";
import { packed, unpacked } from "./packed-mask.js";
import { chosenOf, maskAnswer, type SliceAnswer } from "./run.js";

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
    return maskAnswer(packed(mask), mask, this.#sam.provider, predictedIou ?? Number.NaN);
  }
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
  const known = slotsOf(book, object).flatMap((slot) => {
    const answer = answerOf(slot);
    const { index } = slot.place;
    const isThere = slot.place.plane === plane && index >= first && index <= last;
    if (!isThere || !answer || (slot.origin === "propagated" && !slot.confirmed)) return [];
    return [{ slice: index, mask: unpacked(chosenOf(answer, slot.chosen), answer) }];
  });
  if (known.some(({ mask }) => maskArea(mask) > 0)) return known;
  const name = book.objects.find(({ id }) => id === object)?.name;
  throw new SamlabError("prompt-invalid", `There is no mask of ${name} to start from on these ${plane} slices.`, {
    field: "slices",
    value: [first, last],
    remedy: "Click on it, or draw a box around it, on one of these slices first.",
  });
}
