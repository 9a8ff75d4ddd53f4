import { SamlabError, throwIfCanceled } from "../../../src/core/errors.js";
import type { ImageEmbedding, Prediction, Sam } from "../../../src/predict/sam.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { SlicePrompt, WorkState } from "../../../src/protocol/slice-prompter.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { type Book, promptSetOf, type Slot } from "./book.js";
import { EmbeddingCache } from "./embedding-cache.js";
import { packAnswer, type SliceAnswer, withCandidates } from "./run.js";

interface EmbeddingKey {
  readonly place: Place;
  readonly window: WindowRange | null;
}

/** A click that may follow, since the button is down. */
export interface SpeculativeClick {
  /** Prompts and masks without the click. */
  readonly book: Book;
  /** The slice's prompts with the click. */
  readonly slot: Slot;
  readonly point: SlicePrompt & { readonly kind: "point" };
  /** Null until it is computed. */
  readonly answer: SliceAnswer | null;
}

interface SpeculativePrediction {
  readonly name: string;
  readonly work: Promise<Predicted>;
  readonly controller: AbortController;
}

interface Predicted {
  readonly prediction: Prediction;
  /** Without alternatives. */
  readonly answer: SliceAnswer;
}

/** Runs the model on slices of one image, encoder then decoder, and tracks progress. */
export class ModelWork {
  readonly #sam: Sam;
  readonly #source: SliceSource;
  readonly #embeddings: EmbeddingCache<EmbeddingKey>;
  readonly #onChange: () => void;
  #state: WorkState = { phase: "idle" };
  /** Incremented to cancel encoding ahead. */
  #ahead = 0;
  /** The prediction for a click that may follow. */
  #speculative: SpeculativePrediction | null = null;

  constructor(sam: Sam, source: SliceSource, onChange: () => void) {
    this.#sam = sam;
    this.#source = source;
    this.#onChange = onChange;
    this.#embeddings = new EmbeddingCache(
      ({ place, window }, signal, onProgress) =>
        sam.embed(source.slice(place, window), { signal, onProgress: (_, fraction) => onProgress(fraction ?? null) }),
      ({ place, window }) => `${place.plane} ${place.index} ${window?.low} ${window?.high}`,
    );
  }

  get state(): WorkState {
    return this.#state;
  }

  /**
   * Encodes the slice if needed, then predicts. If `signal` aborts, the encoder keeps running: the next prompt may need
   * its result.
   */
  async answer(slot: Slot, signal: AbortSignal): Promise<SliceAnswer> {
    const { place, window, run } = slot;
    const key = { place, window };
    this.#ahead++;
    this.#embeddings.cancelOthers(key);
    const fresh = !this.#embeddings.has(key);
    this.#set(fresh ? { phase: "encoding", place, fraction: null } : { phase: "predicting", place });
    const encoding = this.#embeddings.get(key, (fraction) => this.#progress(fraction));
    const embedding = await orAborted(encoding, signal);
    if (fresh) this.#set({ phase: "predicting", place });
    const { prediction, answer: packed } = await this.#predict(slot, embedding, signal);
    const answer = { ...packed, encodeMs: fresh && !embedding.fromCache ? embedding.info.milliseconds : null };
    if (prediction.candidates.length === 0) return answer;
    run.show(answer);
    this.#onChange();
    // Send the mask before computing the alternatives.
    await new Promise((resolve) => setImmediate(resolve));
    return withCandidates(answer, prediction);
  }

  /**
   * Starts the prediction of a slot that may be needed next, if its slice is encoded. Cancels an earlier one.
   * @returns null if it is not, or if the prediction failed
   */
  async speculate(slot: Slot): Promise<SliceAnswer | null> {
    const { place, window } = slot;
    if (!this.#embeddings.has({ place, window })) return null;
    const before = this.#speculative;
    before?.controller.abort();
    const controller = new AbortController();
    const { signal } = controller;
    const predicted = async () => {
      // One at a time.
      await before?.work.catch(() => {});
      throwIfCanceled(signal, "The prediction");
      const embedding = await this.#embeddings.get({ place, window }, () => {});
      const options = { embedding, multimask: isMultimask(slot), signal };
      const prediction = await this.#sam.predict(promptSetOf(slot.prompts), options);
      return { prediction, answer: packAnswer(prediction, null) };
    };
    const work = predicted();
    this.#speculative = { name: nameOf(slot), work, controller };
    return work.then(
      ({ answer }) => answer,
      () => null,
    );
  }

  async #predict(slot: Slot, embedding: ImageEmbedding, signal: AbortSignal): Promise<Predicted> {
    const speculative = this.#speculative;
    this.#speculative = null;
    if (speculative) {
      const isIt = speculative.name === nameOf(slot);
      const abort = () => speculative.controller.abort();
      if (!isIt || signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      // The decoder runs one prediction at a time.
      const predicted = await speculative.work.catch(() => null);
      if (isIt && predicted) return predicted;
      throwIfCanceled(signal, "The prediction");
    }
    const options = { embedding, multimask: isMultimask(slot), signal };
    const prediction = await this.#sam.predict(promptSetOf(slot.prompts), options);
    return { prediction, answer: packAnswer(prediction, null) };
  }

  /** Encodes the current slice in advance. Errors are ignored here; the next prediction reports them. */
  async encode(place: Place, window: WindowRange | null): Promise<void> {
    await this.#embeddings.get({ place, window }, (fraction) => this.#progress(fraction)).catch(() => {});
  }

  /**
   * Encodes neighboring slices in advance, one at a time, at low priority if the model supports it. Stops when an
   * answer is requested or this method is called again.
   */
  async encodeAhead(places: readonly Place[], window: WindowRange | null): Promise<void> {
    const run = ++this.#ahead;
    for (const place of places) {
      const key = { place, window };
      if (run !== this.#ahead) return;
      if (this.#embeddings.has(key)) continue;
      if (this.#sam.embedAhead) {
        const embedding = await this.#sam.embedAhead(this.#source.slice(place, window)).catch(() => null);
        if (embedding) this.#embeddings.put(key, embedding);
      } else await this.encode(place, window);
    }
  }

  /** Resets the state to idle without calling `onChange`; the caller reports the change. */
  rest(): void {
    this.#state = { phase: "idle" };
  }

  /** Cancels the encoder, if it is running. */
  cancel(): void {
    this.#speculative?.controller.abort();
    this.#embeddings.cancel();
  }

  /** Cancels the encoder and drops all embeddings. */
  clear(): void {
    this.#speculative?.controller.abort();
    this.#embeddings.clear();
  }

  /** Throttled to steps of 2 %: a model may report every layer. */
  #progress(fraction: number | null): void {
    if (this.#state.phase !== "encoding") return;
    const rounded = fraction === null ? null : Math.round(fraction * 50) / 50;
    if (rounded !== this.#state.fraction) this.#set({ ...this.#state, fraction: rounded });
  }

  #set(state: WorkState): void {
    this.#state = state;
    this.#onChange();
  }
}

/** Alternatives are predicted for a single click. */
const isMultimask = ({ prompts }: Slot) => prompts.length === 1 && prompts[0].kind === "point";

/** What a prediction depends on. */
const nameOf = ({ place, window, prompts }: Slot) => JSON.stringify([place, window, promptSetOf(prompts)]);

/** The promise, or a rejection as soon as the signal aborts. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal, what = "The prediction"): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new SamlabError("canceled", `${what} was canceled.`, { cause: signal.reason }));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
