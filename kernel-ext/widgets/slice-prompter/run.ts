import type { Mask2d } from "../../../src/core/mask.js";
import type { MaskCandidate, Prediction } from "../../../src/predict/sam.js";
import { type PackedMask, packed } from "./packed-mask.js";

/** One mask of an answer. */
export interface PackedCandidate extends PackedMask {
  /** NaN if there is none. */
  readonly predictedIou: number;
}

/** The model's answer to one list of prompts. */
export interface SliceAnswer {
  readonly width: number;
  readonly height: number;
  readonly single: PackedCandidate;
  /** Three after a single click, else none. */
  readonly candidates: readonly PackedCandidate[];
  /** NaN if the model did not say. */
  readonly predictMs: number;
  /** Null if the slice was already encoded. */
  readonly encodeMs: number | null;
  readonly provider: string;
}

function packCandidate({ mask, predictedIou }: MaskCandidate): PackedCandidate {
  // The model's IoU estimate may exceed 1.
  return { ...packed(mask), predictedIou: Math.min(1, Math.max(0, predictedIou)) };
}

/** A mask that was not predicted on its slice, as an answer. `predictedIou`: NaN if nothing was predicted. */
export function maskAnswer(
  mask: PackedMask,
  { width, height }: Pick<Mask2d, "width" | "height">,
  provider: string,
  predictedIou = Number.NaN,
): SliceAnswer {
  const single = { ...mask, predictedIou: Math.min(1, Math.max(0, predictedIou)) };
  return { width, height, single, candidates: [], predictMs: 0, encodeMs: null, provider };
}

/** The answer without alternatives, which {@link withCandidates} adds: the mask is shown before they are computed. */
export function packAnswer(prediction: Prediction, encodeMs: number | null): SliceAnswer {
  const { width, height }: Mask2d = prediction.mask;
  return {
    width,
    height,
    single: packCandidate(prediction),
    candidates: [],
    predictMs: prediction.info.milliseconds,
    encodeMs,
    provider: prediction.info.provider,
  };
}

export function withCandidates(answer: SliceAnswer, { candidates }: Prediction): SliceAnswer {
  return { ...answer, candidates: candidates.map(packCandidate) };
}

/** The selected candidate; −1 is the single mask. */
export function chosenOf(answer: SliceAnswer, chosen: number): PackedCandidate {
  return answer.candidates[chosen] ?? answer.single;
}

export type RunStatus = "waiting" | "done" | "failed" | "canceled";

/** A requested prediction: waiting or running, then done, failed or canceled. {@link again} restarts it. */
export class Run {
  /** Incremented when the status or the answer of any run changes. */
  static changes = 0;
  status: RunStatus = "waiting";
  answer: SliceAnswer | null = null;
  error: unknown = null;
  #waiters: (() => void)[] = [];

  /** The mask is available; the rest of the answer follows. */
  show(answer: SliceAnswer): void {
    this.answer = answer;
    Run.changes++;
  }

  finish(answer: SliceAnswer): void {
    this.answer = answer;
    this.#settle("done");
  }

  fail(error: unknown): void {
    this.error = error;
    this.#settle("failed");
  }

  cancel(): void {
    this.#settle("canceled");
  }

  again(): void {
    this.answer = null;
    this.status = "waiting";
    this.error = null;
    Run.changes++;
  }

  /** Resolves when the run is no longer waiting, whatever its outcome. */
  settled(): Promise<void> {
    if (this.status !== "waiting") return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #settle(status: RunStatus): void {
    this.status = status;
    Run.changes++;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
