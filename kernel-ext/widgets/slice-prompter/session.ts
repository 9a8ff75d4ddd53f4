import { messageOf, SamlabError } from "../../../src/core/errors.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Sam } from "../../../src/predict/sam.js";
import { sameWindow, type WindowRange } from "../../../src/protocol/samples.js";
import type {
  LiveScoreState,
  OverlapRule,
  ProblemState,
  RestoredState,
  SlicePrompt,
  WindowState,
  WorkState,
} from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, samePlace } from "../../../src/protocol/slices.js";
import type { PropagationRule } from "../../../src/volume/types.js";
import type { SliceSource } from "../shared/slice-source.js";
import { interruptible } from "../shared/until-interrupted.js";
import { weakly } from "../shared/weakly.js";
import * as books from "./book.js";
import { outdatedCount } from "./book-figures.js";
import { BookSteps } from "./book-steps.js";
import { Crossings, type ObjectOnSlice } from "./crossing.js";
import { Keeping } from "./keeping.js";
import { LiveScores } from "./live-scores.js";
import { LookAhead } from "./look-ahead.js";
import { ModelWork, type SpeculativeClick } from "./model-work.js";
import { Overview, type OverviewParts } from "./overview/overview.js";
import type { PackedMask } from "./packed-mask.js";
import { PredictQueue } from "./predict-queue.js";
import type { PromptStore } from "./prompt-store.js";
import { Propagations } from "./propagations.js";
import { maskAnswer } from "./run.js";
import { SliceEdits } from "./slice-edits.js";
import { problemOf } from "./view-state.js";

/** An initial mask. */
export interface GivenMask {
  readonly place: Place;
  /** The object's number in {@link SessionStart.objects}, from 0. */
  readonly object: number;
  readonly mask: PackedMask;
}

export interface SessionStart {
  readonly place: Place;
  readonly masks?: readonly GivenMask[] | undefined;
  /** On the grid of the image. */
  readonly truth?: MaskVolume | undefined;
  readonly objects: readonly string[];
  /** Colors of {@link objects} where they are known. */
  readonly colors?: readonly (string | undefined)[] | undefined;
  /** Where prompts are saved between runs of the cell. */
  readonly store?: PromptStore | undefined;
  /** True if {@link place} was requested, rather than the default. */
  readonly isPlaceGiven?: boolean | undefined;
  /** True if the plane of {@link place} was requested. */
  readonly isPlaneGiven?: boolean | undefined;
  /** Whether slices are encoded in advance. */
  readonly lookAhead: boolean;
  /** How objects are propagated, unless asked otherwise. */
  readonly rule?: PropagationRule | undefined;
}

/**
 * Interactive segmentation of one image with one model: prompts, answers, undo, and the model's work. Independent of
 * comms and views.
 */
export class PromptSession {
  readonly sam: Sam;
  readonly source: SliceSource;
  /** Changes to prompts and masks of slices. */
  readonly edits: SliceEdits;
  readonly propagations: Propagations;
  /** Null for a 2D image. */
  readonly overview: Overview | null;
  /** Called after every change. */
  onChange: () => void = () => {};
  readonly #steps: BookSteps;
  readonly #model: ModelWork;
  readonly #queue: PredictQueue;
  readonly #start: Omit<SessionStart, "masks">;
  /** The book without any work of the user. */
  readonly #fresh: books.Book;
  readonly #keeping: Keeping;
  readonly #scores: LiveScores | null;
  readonly #crossings: Crossings;
  readonly #ahead = new LookAhead({
    here: (place) => this.#whenIdle((window) => this.#model.encode(place, window)),
    neighbors: (places) => this.#whenIdle((window) => this.#model.encodeAhead(places, window)),
  });
  /** The window of the view; null for color images. */
  #shown: WindowRange | null;
  #speculative: SpeculativeClick | null = null;
  /** Why the last intent was refused. */
  #refusal: string | null = null;
  /** Above 0 while several changes are batched into one notification. */
  #quiet = 0;
  #isRestoring = false;

  constructor(sam: Sam, source: SliceSource, start: SessionStart) {
    this.sam = sam;
    this.source = source;
    const { masks = [], ...rest } = start;
    this.#start = rest;
    this.#fresh = this.#freshBook(masks);
    this.#keeping = new Keeping(start.store, sam, this.#fresh);
    this.#crossings = new Crossings(source.subject);
    this.#scores = start.truth ? new LiveScores(start.truth, source.subject) : null;
    const change = (work: () => void) => this.#change(work);
    const tell = () => this.#tell();
    this.#steps = new BookSteps(this.#fresh, start.place, {
      change,
      tell,
      turned: (from, to, urgent) => this.#request(from, to, urgent),
    });
    const overview = source.volume ? new Overview(source, start.place, tell) : null;
    this.overview = overview;
    this.edits = new SliceEdits(sam, source, this.#steps, {
      change,
      pointed: (place, x, y) => overview?.pointAt(place, x, y),
    });
    this.#shown = source.presets[0] ?? null;
    this.#model = new ModelWork(interruptible(sam), source, tell);
    this.#queue = new PredictQueue(
      (slot, signal) => this.#model.answer(slot, signal),
      () => this.#worked(),
    );
    this.propagations = new Propagations(sam, source, this.#steps, () => this.#queue.drained(), start.rule);
    this.#restore();
    this.#keeping.onReplaced(weakly<void, "cancel">(this, "cancel"));
  }

  /** The widget is displayed: encodes the current slice before the first click. */
  watch(): void {
    if (!this.#start.lookAhead) return;
    this.#ahead.watch();
    this.#ahead.moved(this.place, this.source.subject);
  }

  get restored(): RestoredState | null {
    return this.#keeping.restored;
  }

  get book(): books.Book {
    return this.#steps.book;
  }

  get place(): Place {
    return this.#steps.place;
  }

  get window(): WindowState | null {
    if (!this.#shown) return null;
    const { window: model } = this.book;
    return { shown: this.#shown, model, outdated: outdatedCount(this.book), presets: this.source.presets };
  }

  get work(): WorkState {
    return this.#steps.work ?? this.#model.state;
  }

  get scores(): LiveScoreState | null {
    const whole = this.onSlice.get(this.book.active)?.whole ?? null;
    return this.#scores?.state(this.book, this.place, whole) ?? null;
  }

  /** What the objects have on the current slice, by id. */
  get onSlice(): ReadonlyMap<number, ObjectOnSlice> {
    return this.#crossings.at(this.book, this.place);
  }

  /** The slices of the current plane on which each object, by id, has voxels from slices of other planes. */
  get crossed(): ReadonlyMap<number, ReadonlySet<number>> {
    return this.#crossings.crossed(this.book, this.place.plane);
  }

  get overviewParts(): OverviewParts {
    return this.overview?.parts(this.book, this.place) ?? { overview: null, crossSlices: [], surface: null };
  }

  get slot(): books.Slot | null {
    return books.slotOf(this.book, this.place);
  }

  get problem(): ProblemState | null {
    return this.#refusal === null ? problemOf(this.slot) : { message: this.#refusal, retry: false };
  }

  get history(): { readonly undo: boolean; readonly redo: boolean } {
    return this.#steps.history;
  }

  /** Resolves when nothing is predicted or propagated, whatever the outcome. */
  async settled(): Promise<void> {
    await this.#queue.drained();
    await this.#steps.propagated();
  }

  /** Resolves when no prediction is pending; rejects if the prediction of the current slice failed. */
  async idle(): Promise<void> {
    await this.settled();
    if (this.slot?.run.status === "failed") throw this.slot.run.error;
  }

  /** Runs a user action. Errors become the {@link problem} and are never thrown. */
  attempt(action: () => void): void {
    this.#change(() => {
      try {
        action();
      } catch (error) {
        this.#refusal = messageOf(error);
      }
    });
  }

  /** Starts an asynchronous action. Its error becomes the {@link problem}. */
  start(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#change(() => {
        this.#refusal = messageOf(error);
      });
    });
  }

  /** A click may follow there: its answer is computed beforehand if the model is free and has encoded the slice. */
  press(place: Place, point: SlicePrompt & { readonly kind: "point" }, object = this.book.active): void {
    this.#speculative = null;
    if (object !== this.book.active) return;
    if (this.#queue.busy || this.#steps.work !== null || this.#steps.isClosed) return;
    const slot = this.edits.slotWith(place, [point]);
    if (!slot) return;
    const { book } = this;
    const click: SpeculativeClick = { book, slot, point, answer: null };
    this.#speculative = click;
    void this.#model.speculate(slot).then((answer) => {
      if (answer === null || this.#speculative !== click) return;
      this.#speculative = { ...click, answer };
      this.onChange();
    });
  }

  /** The click that may follow, with its answer; null if there is none or if the prompts have changed since. */
  get speculative(): SpeculativeClick | null {
    return this.#speculative?.book === this.book && !this.#steps.isClosed ? this.#speculative : null;
  }

  /** Shows a slice. Restarts a prediction that was canceled there. */
  goTo(place: Place): void {
    this.#change(() => {
      this.#steps.show(place);
      if (this.slot?.run.status === "canceled") this.#queue.add(this.slot, true);
    });
  }

  /** @throws {SamlabError} `argument-invalid` for a 2D image */
  showOverview(isOpen: boolean): void {
    this.#inSpace((overview) => overview.show(isOpen));
  }

  /** Moves the crosshair, and shows the slice of the current plane through it. */
  moveCrosshair(move: (overview: Overview) => void): void {
    this.#inSpace((overview) => {
      move(overview);
      this.goTo(overview.placeIn(this.place.plane));
    });
  }

  #inSpace(work: (overview: Overview) => void): void {
    const { overview } = this;
    if (!overview) throw new SamlabError("argument-invalid", "A picture has one plane only.", { field: "overview" });
    this.#change(() => work(overview));
  }

  /** Takes back the last step. A propagation at work is the last step, and ends. */
  undo(): boolean {
    return this.#steps.undo();
  }

  redo(): boolean {
    return this.#steps.redo();
  }

  /** Display only: masks and the model's window do not change. */
  setWindow(shown: WindowRange): void {
    if (!this.#shown) throw new SamlabError("argument-invalid", "A picture in color has no window.");
    this.#change(() => {
      this.#shown = shown;
    });
  }

  /** Sets the model's window for new prompts. Existing masks stay until they are made again. */
  setModelWindow(window: WindowRange): void {
    if (!this.book.window) {
      throw new SamlabError("argument-invalid", "The model takes this picture as it is: it has no window of its own.");
    }
    if (!sameWindow(this.book.window, window)) this.editObjects((book) => ({ ...book, window }));
  }

  setOverlap(overlap: OverlapRule): void {
    this.editObjects((book) => (book.overlap === overlap ? book : { ...book, overlap }));
  }

  /** @throws {SamlabError} `argument-invalid` if it is locked */
  removeObject(id: number): void {
    books.checkUnlocked(this.book, id);
    this.editObjects((book) => books.withoutObject(book, id));
  }

  /** Removes all prompts and restores the initial objects and window. One undo step. */
  reset(): void {
    this.#keeping.dismiss();
    this.editObjects(() => this.#fresh);
  }

  /** Changes the objects as one undo step. */
  editObjects(change: (book: books.Book) => books.Book): void {
    this.#steps.edit(change);
  }

  selectObject(id: number): void {
    if (!this.book.objects.some((object) => object.id === id)) return;
    this.#change(() => this.#steps.activate(id));
  }

  /**
   * Makes the object active that an action was begun for. No step.
   * @throws {SamlabError} `argument-invalid` if it has been removed since
   */
  aimAt(object: number | undefined): void {
    if (object === undefined || object === this.book.active) return;
    if (!this.book.objects.some(({ id }) => id === object)) {
      throw new SamlabError("argument-invalid", "The object that this was begun for has been removed.", {
        field: "object",
        value: object,
        remedy: "Select an object, and do it again.",
      });
    }
    this.#steps.activate(object);
  }

  dismissRestored(): void {
    this.#change(() => this.#keeping.dismiss());
  }

  /** Ends the propagation. Predictions go on: their prompts may be of other objects and slices. */
  stopPropagating(): void {
    this.#change(() => this.#steps.endPropagation());
  }

  /** Cancels the running prediction, and the propagation that waits for it. Its prompts stay, and others go on. */
  cancelPrediction(): void {
    this.#change(() => {
      this.#steps.endPropagation();
      this.#queue.cancelRunning();
      this.#model.cancel();
    });
  }

  /** Cancels all that is running and queued. The prompts stay. */
  cancel(): void {
    this.#change(() => {
      this.#steps.endPropagation();
      this.#queue.cancel();
      this.#model.cancel();
    });
  }

  /** Retries the current slice's prediction if it failed or was canceled. */
  retry(): void {
    const { slot } = this;
    if (slot && !books.answerOf(slot)) this.#change(() => this.#queue.add(slot, true));
  }

  /** The widget is not displayed any more. */
  release(): void {
    this.#ahead.unwatch();
    this.cancel();
  }

  close(): void {
    this.#steps.close();
    this.#ahead.end();
    this.overview?.show(false);
    this.#keeping.close();
    this.#queue.cancel();
    this.#model.clear();
  }

  /** Requests the answers that a new book lacks and the old one did not request. */
  #request(from: books.Book, to: books.Book, urgent: boolean): void {
    for (const [key, slot] of from.slots) {
      if (to.slots.get(key)?.run !== slot.run && slot.run.status === "waiting") this.#queue.drop(slot);
    }
    for (const [key, slot] of to.slots) {
      if (from.slots.get(key)?.run === slot.run || books.answerOf(slot)) continue;
      if (this.#isRestoring && slot.run.status === "canceled") continue;
      this.#queue.add(slot, urgent && samePlace(slot.place, this.place));
    }
  }

  /** A prediction started or ended. */
  #worked(): void {
    this.#keeping.answered();
    if (!this.#queue.busy) this.#ahead.moved(this.place, this.source.subject);
    if (!this.#queue.current) this.#model.rest();
    this.#tell();
  }

  #whenIdle(work: (window: WindowRange | null) => Promise<void>): void {
    // Do not restart what the user has just canceled.
    const isCanceled = this.slot?.run.status === "canceled";
    const isBusy = this.#queue.busy || this.#steps.work !== null;
    if (!isBusy && !this.#steps.isClosed && !isCanceled) void work(this.book.window);
  }

  /** Runs a change and notifies once. */
  #change(change: () => void): void {
    this.#quiet++;
    this.#refusal = null;
    try {
      change();
    } finally {
      this.#quiet--;
      this.#ahead.moved(this.place, this.source.subject);
      this.#tell();
    }
  }

  #tell(): void {
    if (this.#quiet > 0) return;
    const { book, place } = this;
    if (!this.#steps.isClosed) this.#keeping.keep({ book, place, shown: this.#shown });
    this.onChange();
  }

  /** Null if the model takes the image as it is. */
  get #imageWindow(): WindowRange | null {
    const { presets, image } = this.source;
    return presets.length > 0 ? image.window : null;
  }

  #freshBook(masks: readonly GivenMask[]): books.Book {
    const { objects, colors } = this.#start;
    const empty = books.emptyBook(objects, this.#imageWindow, colors);
    const slots = masks.map(({ place, object, mask }) => {
      const { id } = empty.objects[object]!;
      const answer = maskAnswer(mask, frameOf(this.source.subject, place.plane), this.sam.provider);
      return books.maskSlot(empty, id, place, "drawn", answer);
    });
    return { ...empty, slots: new Map(slots.map((slot) => [books.slotKey(slot.object, slot.place), slot])) };
  }

  /** Restores the work of an earlier run of the cell. */
  #restore(): void {
    const start = { ...this.#start, window: this.#imageWindow };
    const kept = this.#keeping.takeUp(start, this.source.subject, () => this.#tell());
    if (!kept) return;
    this.#shown = this.#shown && (kept.shown ?? this.#shown);
    this.#steps.show(kept.place);
    this.#quiet++;
    this.#isRestoring = true;
    this.#steps.turnTo(kept.book, false);
    this.#isRestoring = false;
    this.#quiet--;
  }
}
