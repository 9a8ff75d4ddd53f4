import { messageOf, SamlabError } from "../../../src/core/errors.js";
import { type FreehandPath, lassoedMask, scribblePoints } from "../../../src/core/freehand.js";
import { type Mask2d, maskArea, unpackMask } from "../../../src/core/mask.js";
import { brushedMask, filledMask, largestPart, type Stroke } from "../../../src/core/mask-shape.js";
import { isEmptyPrompt, validatePrompt } from "../../../src/core/prompt.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Sam } from "../../../src/predict/sam.js";
import { sameWindow, type WindowRange } from "../../../src/protocol/samples.js";
import type {
  ListedPrompt,
  LiveScoreState,
  OverlapRule,
  ProblemState,
  RestoredState,
  SlicePrompt,
  WindowState,
  WorkState,
} from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, type SliceFrame, samePlace } from "../../../src/protocol/slices.js";
import type { PropagationRule } from "../../../src/volume/types.js";
import type { SliceSource } from "../shared/slice-source.js";
import * as books from "./book.js";
import { History } from "./history.js";
import { Keeping } from "./keeping.js";
import { LiveScores } from "./live-scores.js";
import { LookAhead } from "./look-ahead.js";
import { type Extent, touches, withChangeOf } from "./meanwhile.js";
import { ModelWork } from "./model-work.js";
import { Overview, type OverviewParts } from "./overview/overview.js";
import { PredictQueue } from "./predict-queue.js";
import { boxAround, withPoint, withPrompt } from "./prompt-edits.js";
import type { PromptStore } from "./prompt-store.js";
import { knownMasks, maskAnswer, Propagation } from "./propagation.js";
import { problemOf } from "./view-state.js";

/** The running propagation. */
interface AtWork {
  readonly propagation: Propagation;
  /** The state that undo restores, and where. */
  before: books.Book;
  readonly place: Place;
  readonly ended: Promise<void>;
}

/** An initial mask. */
export interface GivenMask {
  readonly place: Place;
  /** The object's number in {@link SessionStart.objects}, from 0. */
  readonly object: number;
  readonly mask: Mask2d;
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
  /** Whether slices are encoded in advance. */
  readonly lookAhead: boolean;
}

/**
 * Interactive segmentation of one image with one model: prompts, answers, undo, and the model's work. Independent of
 * comms and views.
 */
export class PromptSession {
  readonly sam: Sam;
  readonly source: SliceSource;
  /** Called after every change. */
  onChange: () => void = () => {};
  readonly #history = new History<books.Book, Place>();
  readonly #model: ModelWork;
  readonly #queue: PredictQueue;
  readonly #start: SessionStart;
  readonly #keeping: Keeping;
  readonly #scores: LiveScores | null;
  /** Null for a 2D image. */
  readonly overview: Overview | null;
  readonly #ahead = new LookAhead({
    here: (place) => this.#whenIdle((window) => this.#model.encode(place, window)),
    neighbors: (places) => this.#whenIdle((window) => this.#model.encodeAhead(places, window)),
  });
  #book: books.Book;
  #place: Place;
  /** The window of the view; null for color images. */
  #shown: WindowRange | null;
  /** Why the last intent was refused. */
  #refusal: string | null = null;
  #closed = false;
  #atWork: AtWork | null = null;
  /** The propagation that waits for pending predictions before it starts. */
  #wish: Extent | null = null;
  /** Incremented when a propagation ends, or a request for one is superseded. */
  #turn = 0;
  /** Above 0 while several changes are batched into one notification. */
  #quiet = 0;

  constructor(sam: Sam, source: SliceSource, start: SessionStart) {
    this.sam = sam;
    this.source = source;
    this.#start = start;
    this.#keeping = new Keeping(start.store, sam);
    this.#scores = start.truth ? new LiveScores(start.truth, source.subject) : null;
    this.#book = this.#emptyBook();
    this.#place = start.place;
    this.overview = source.volume ? new Overview(source, start.place, () => this.#tell()) : null;
    this.#shown = source.presets[0] ?? null;
    this.#model = new ModelWork(sam, source, () => this.#tell());
    this.#queue = new PredictQueue(
      (slot, signal) => this.#model.answer(slot, signal),
      () => this.#worked(),
    );
    this.#restore();
    this.#keeping.onReplaced(() => this.cancel());
  }

  /** The widget is displayed: encodes the current slice before the first click. */
  watch(): void {
    if (!this.#start.lookAhead) return;
    this.#ahead.watch();
    this.#ahead.moved(this.#place, this.source.subject);
  }

  get restored(): RestoredState | null {
    return this.#keeping.restored;
  }

  get book(): books.Book {
    return this.#book;
  }

  get place(): Place {
    return this.#place;
  }

  get window(): WindowState | null {
    if (!this.#shown) return null;
    const { window: model, slots } = this.#book;
    const outdated = [...slots.values()].filter((slot) => books.isOutdated(this.#book, slot)).length;
    return { shown: this.#shown, model, outdated, presets: this.source.presets };
  }

  get work(): WorkState {
    return this.#atWork?.propagation.state ?? this.#model.state;
  }

  get scores(): LiveScoreState | null {
    return this.#scores?.state(this.#book, this.#place) ?? null;
  }

  get overviewParts(): OverviewParts {
    return this.overview?.parts(this.#book, this.#place) ?? { overview: null, crossSlices: [], surface: null };
  }

  get slot(): books.Slot | null {
    return books.slotOf(this.#book, this.#place);
  }

  get problem(): ProblemState | null {
    return this.#refusal === null ? problemOf(this.slot) : { message: this.#refusal, retry: false };
  }

  get history(): { readonly undo: boolean; readonly redo: boolean } {
    return { undo: this.#history.canUndo, redo: this.#history.canRedo };
  }

  /** Resolves when no prediction is pending; rejects if the prediction of the current slice failed. */
  async idle(): Promise<void> {
    await this.#queue.drained();
    await this.#atWork?.ended;
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

  /** Shows a slice. Restarts a prediction that was canceled there. */
  goTo(place: Place): void {
    this.#change(() => {
      this.#place = place;
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
      this.goTo(overview.placeIn(this.#place.plane));
    });
  }

  #inSpace(work: (overview: Overview) => void): void {
    const { overview } = this;
    if (!overview) throw new SamlabError("argument-invalid", "A picture has one plane only.", { field: "overview" });
    this.#change(() => work(overview));
  }

  /**
   * Replaces the active object's prompts on a slice and shows that slice.
   * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`
   */
  setPrompts(set: books.SlicePromptSet, place: Place): books.Slot | null {
    const { width, height } = frameOf(this.source.subject, place.plane);
    if (!isEmptyPrompt(set)) validatePrompt(set, width, height, this.sam.prompts);
    this.#change(() => this.#edit(place, books.promptsOf(set), false));
    return books.slotOf(this.#book, place);
  }

  /** Takes back the last step. A propagation at work is the last step, and ends. */
  undo(): boolean {
    let done = false;
    this.#change(() => {
      const isNothingYet = this.#atWork?.propagation.done === 0;
      this.#endPropagation();
      done = isNothingYet || this.#step(this.#history.undo());
    });
    return done;
  }

  redo(): boolean {
    // A propagation at work is a new step: nothing that was undone comes after it.
    return this.#atWork === null && this.#step(this.#history.redo());
  }

  /** Removes the active object's prompts from the current slice. */
  clear(): void {
    if (this.slot) this.#change(() => this.#edit(this.#place, [], true));
  }

  /** Display only: masks and the model's window do not change. */
  setWindow(shown: WindowRange): void {
    if (!this.#shown) throw new SamlabError("argument-invalid", "A picture in color has no window.");
    this.#change(() => {
      this.#shown = shown;
    });
  }

  /** Sets the model's window for new prompts. Existing masks stay until {@link predictAnew}. */
  setModelWindow(window: WindowRange): void {
    if (!this.#book.window) {
      throw new SamlabError("argument-invalid", "The model takes this picture as it is: it has no window of its own.");
    }
    if (!sameWindow(this.#book.window, window)) this.editObjects((book) => ({ ...book, window }));
  }

  /** Predicts again, on all slices, the masks made with a window other than the model's. One undo step. */
  predictAnew(): void {
    this.editObjects((book) => {
      return [...book.slots.values()].some((slot) => books.isOutdated(book, slot))
        ? books.withOutdatedAnew(book)
        : book;
    });
  }

  /**
   * Propagates the active object through the slices `first` to `last` of the current plane, starting from its masks
   * there that are prompted, drawn or confirmed. Replaces masks propagated there before, unless confirmed. One undo
   * step.
   * @throws {SamlabError} `argument-invalid` (a 2D image, a locked object, slices that do not exist), `prompt-invalid`
   * if there is no mask to start from
   */
  async propagate(first: number, last: number, rule?: PropagationRule): Promise<void> {
    this.#open();
    const { volume } = this.source;
    const { plane } = this.#place;
    const { active: object } = this.#book;
    if (!volume || !plane) throw new SamlabError("argument-invalid", "A picture has no slices to propagate through.");
    this.#unlocked(object);
    for (const index of [first, last]) this.source.place(index, plane);
    if (first > last) {
      throw new SamlabError("argument-invalid", `The range begins at slice ${first} and ends at ${last}.`, {
        field: "range",
        value: [first, last],
        remedy: "Give the lower number first.",
      });
    }
    this.#endPropagation();
    const turn = this.#turn;
    this.#wish = { object, plane, range: [first, last] };
    await this.#queue.drained();
    // The user has gone on to something else.
    if (turn !== this.#turn) return;
    this.#wish = null;
    const known = knownMasks(this.#book, object, plane, [first, last]);
    const { window } = this.#book;
    const propagation = new Propagation(this.sam, {
      volume: window ? volume.withWindow(window) : volume,
      plane,
      object,
      known,
      range: [first, last],
      rule,
    });
    const before = this.#book;
    const ended = propagation.run((index, answer, doubt) => {
      if (this.#atWork?.propagation !== propagation) return;
      // Prompts without an answer are the user's: the prediction was canceled or has failed.
      if (books.slotOf(this.#book, { plane, index }, object)) return;
      const slot = books.maskSlot(this.#book, object, { plane, index }, "propagated", answer, doubt);
      this.#book = books.withSlot(this.#book, slot);
      this.#tell();
    });
    this.#atWork = { propagation, before, place: this.#place, ended: ended.catch(() => {}) };
    this.#change(() => {
      this.#book = books.withoutPropagated(this.#book, object, plane, first, last);
    });
    try {
      await ended;
    } finally {
      if (this.#atWork?.propagation === propagation) this.#change(() => this.#endPropagation());
    }
  }

  /**
   * Confirms the active object's mask on a slice. Without a mask: confirms that the object is absent. A running propagation goes on.
   * @throws {SamlabError} `argument-invalid` if the object is locked or its mask is pending
   */
  confirm(place: Place, confirmed: boolean): void {
    if (!place.plane && confirmed) {
      throw new SamlabError("argument-invalid", "A picture has no slices to confirm.", { field: "slice" });
    }
    this.#unlocked(this.#book.active);
    const old = books.slotOf(this.#book, place);
    if ((old?.confirmed ?? false) === confirmed) return;
    if (old && !books.answerOf(old)) {
      throw new SamlabError("argument-invalid", "There is no mask to confirm yet.", {
        remedy: "Wait for the mask of this slice.",
      });
    }
    const slot = old ?? this.#drawn(place, this.#maskAt(place));
    // That the object is not there was all that was known of it.
    const isEmpty = !confirmed && slot.origin === "drawn" && books.maskOf(slot)?.candidate.area === 0;
    const edit = (book: books.Book) =>
      isEmpty ? books.withoutSlot(book, slot) : books.withSlot(book, { ...slot, confirmed, doubt: "" });
    const atWork = this.#atWork;
    if (!atWork) {
      this.editObjects(edit);
      return;
    }
    // Who looks through the slices that are there does not stop those that come. What is not propagation's outlasts its undo.
    this.#change(() => {
      this.#book = edit(this.#book);
      if (!old || books.slotOf(atWork.before, place, old.object)?.run === old.run) atWork.before = edit(atWork.before);
    });
  }

  /**
   * Sets the active object's mask on a slice, replacing the model's answer, and shows the slice.
   * @throws {SamlabError} `argument-invalid` if the object is locked or the slice confirmed
   */
  draw(place: Place, mask: Mask2d): void {
    this.#changeable(place);
    this.#change(() => {
      this.#place = place;
      this.editObjects((book) => books.withSlot(book, this.#drawn(place, mask)));
    });
  }

  paint(place: Place, stroke: Omit<Stroke, "spacing">, erase: boolean): void {
    this.#changeable(place);
    const [x, y] = this.#frame(place).spacing;
    this.#reshape(place, (mask) => brushedMask(mask, { ...stroke, spacing: [x, y] }, erase));
  }

  fillHoles(place: Place): void {
    this.#reshape(place, filledMask);
  }

  keepLargestPart(place: Place): void {
    this.#reshape(place, largestPart);
  }

  setOverlap(overlap: OverlapRule): void {
    this.editObjects((book) => (book.overlap === overlap ? book : { ...book, overlap }));
  }

  /** @throws {SamlabError} `argument-invalid` if it is locked */
  removeObject(id: number): void {
    this.#unlocked(id);
    this.editObjects((book) => books.withoutObject(book, id));
  }

  /** Removes all prompts and restores the initial objects and window. One undo step. */
  startAfresh(): void {
    this.#keeping.dismiss();
    this.editObjects(() => this.#emptyBook());
  }

  /** Changes the objects as one undo step. */
  editObjects(change: (book: books.Book) => books.Book): void {
    this.#open();
    if (change(this.#book) === this.#book) return;
    this.#change(() => this.#apply(change, this.#place, true));
  }

  selectObject(id: number): void {
    if (!this.#book.objects.some((object) => object.id === id)) return;
    this.#change(() => {
      this.#book = { ...this.#book, active: id };
    });
  }

  dismissRestored(): void {
    this.#change(() => this.#keeping.dismiss());
  }

  /** Selects another candidate of the current answer; −1 is the single mask. */
  choose(candidate: number): void {
    const { slot } = this;
    const answer = books.answerOf(slot);
    if (!slot || !answer || slot.chosen === candidate || (candidate >= 0 && !answer.candidates[candidate])) return;
    this.#changeable(slot.place);
    this.#change(() => this.#apply((book) => books.withChoice(book, slot, candidate), this.#place, true));
  }

  /**
   * Adds clicks, a box, or lines to the slice's prompts, as one undo step. The first clicks or lines on a mask that was
   * propagated or drawn correct it: the mask's box becomes a prompt too, since a click alone would mean any object there.
   */
  addPrompts(place: Place, added: readonly SlicePrompt[]): void {
    const slot = books.slotOf(this.#book, place);
    const frame = this.#frame(place);
    const prompts = added.reduce(
      (all: readonly (SlicePrompt | ListedPrompt)[], prompt) => withPrompt(all, prompt, frame, this.sam.prompts),
      slot?.prompts ?? [],
    );
    const isCorrection = slot !== null && slot.origin !== "prompted" && this.sam.prompts.box;
    const box =
      isCorrection && added.every(({ kind }) => kind !== "box") ? boxAround(this.#maskAt(place), added) : null;
    const last = added.at(-1);
    if (last?.kind === "point") this.overview?.pointAt(place, last.x, last.y);
    this.#change(() => this.#edit(place, box ? [{ kind: "box", box }, ...prompts] : prompts, true));
  }

  /**
   * Adds a line drawn by hand, or points along it where the model takes no lines: see `scribblePoints`.
   * @throws {SamlabError} `prompt-invalid` if the line is outside the slice, `prompt-unsupported`, `argument-invalid`
   */
  scribble(place: Place, path: FreehandPath, label: 0 | 1): void {
    const { width, height } = this.#frame(place);
    const points = scribblePoints(path, width, height);
    if (points.length === 0) {
      throw new SamlabError("prompt-invalid", "The scribble lies outside the slice.", { field: "path", value: path });
    }
    if (this.sam.prompts.scribbles) this.addPrompts(place, [{ kind: "scribble", path, label }]);
    else
      this.addPrompts(
        place,
        points.map(({ x, y }) => ({ kind: "point", x, y, label })),
      );
  }

  /** Adds what a closed line goes around to the mask, or removes it. @throws {SamlabError} `argument-invalid` */
  lasso(place: Place, path: FreehandPath, erase: boolean): void {
    this.#changeable(place);
    this.#reshape(place, (mask) => lassoedMask(mask, path, erase));
  }

  movePoint(id: number, x: number, y: number): void {
    const moved = withPoint(this.slot?.prompts ?? [], id, { x, y }, this.#frame(this.#place), this.sam.prompts);
    if (moved) this.#change(() => this.#edit(this.#place, moved, true));
  }

  removePrompt(id: number): void {
    const old = this.slot?.prompts ?? [];
    const rest = old.filter((prompt) => prompt.id !== id);
    if (rest.length < old.length) this.#change(() => this.#edit(this.#place, rest, true));
  }

  /** Cancels the running and queued predictions. The prompts stay. */
  cancel(): void {
    this.#change(() => {
      this.#endPropagation();
      this.#queue.cancel();
      this.#model.cancel();
    });
  }

  /** Retries the current slice's prediction if it failed or was canceled. */
  retry(): void {
    const { slot } = this;
    if (slot && !books.answerOf(slot)) this.#change(() => this.#queue.add(slot, true));
  }

  close(): void {
    this.#endPropagation();
    this.#closed = true;
    this.#ahead.end();
    this.overview?.show(false);
    this.#keeping.close();
    this.#queue.cancel();
    this.#model.clear();
  }

  #edit(place: Place, prompts: readonly (SlicePrompt | ListedPrompt)[], urgent: boolean): void {
    this.#open();
    this.#changeable(place);
    this.#place = place;
    this.#apply((book) => books.withPrompts(book, place, prompts), place, urgent);
  }

  /** Makes a change, as one undo step. It ends a propagation at work only if it is of what that works on. */
  #apply(change: (book: books.Book) => books.Book, place: Place, urgent: boolean): void {
    let after = change(this.#book);
    const extent = this.#atWork?.propagation.extent ?? this.#wish;
    if (extent && touches(this.#book, after, extent)) {
      this.#endPropagation();
      after = change(this.#book);
    }
    const atWork = this.#atWork;
    if (atWork) {
      // The propagation is the step after this one, whenever it ends.
      const { before } = atWork;
      atWork.before = withChangeOf(before, this.#book, after);
      this.#history.push(before, atWork.before, place);
    } else this.#history.push(this.#book, after, place);
    this.#turnTo(after, urgent);
  }

  /** Keeps the propagated masks, as one undo step; without any, restores what was there before. */
  #endPropagation(): void {
    this.#turn++;
    this.#wish = null;
    const atWork = this.#atWork;
    if (!atWork) return;
    this.#atWork = null;
    atWork.propagation.stop();
    const { before, place, propagation } = atWork;
    // What was there before is better than nothing.
    if (propagation.done === 0) this.#book = { ...this.#book, slots: before.slots };
    if (this.#book.slots !== before.slots) this.#history.push(before, this.#book, place);
  }

  /** The active object's mask on a slice; empty if it has none. */
  #maskAt(place: Place): Mask2d {
    const slot = books.slotOf(this.#book, place);
    const bits = slot && books.maskOf(slot)?.candidate.bits;
    const { width, height } = this.#frame(place);
    return bits ? unpackMask(bits, width, height) : { width, height, data: new Uint8Array(width * height) };
  }

  #drawn(place: Place, mask: Mask2d): books.Slot {
    return books.maskSlot(this.#book, this.#book.active, place, "drawn", maskAnswer(mask, this.sam.provider));
  }

  #reshape(place: Place, shape: (mask: Mask2d) => Mask2d): void {
    const before = this.#maskAt(place);
    const after = shape(before);
    if (maskArea(after) !== maskArea(before)) this.draw(place, after);
  }

  #step(step: { value: books.Book; context: Place } | null): boolean {
    if (!step) return false;
    this.#change(() => {
      this.#place = step.context;
      this.#turnTo(step.value, true);
    });
    return true;
  }

  /** Makes a book current, and requests the answers it lacks that the old one did not request. */
  #turnTo(next: books.Book, urgent: boolean): void {
    const old = this.#book;
    this.#book = next;
    for (const [key, slot] of old.slots) {
      if (next.slots.get(key)?.run !== slot.run && slot.run.status === "waiting") this.#queue.drop(slot);
    }
    for (const [key, slot] of next.slots) {
      if (old.slots.get(key)?.run === slot.run || books.answerOf(slot)) continue;
      this.#queue.add(slot, urgent && samePlace(slot.place, this.#place));
    }
  }

  /** A prediction started or ended. */
  #worked(): void {
    this.#keeping.answered();
    if (!this.#queue.busy) this.#ahead.moved(this.#place, this.source.subject);
    if (!this.#queue.current) this.#model.rest();
    this.#tell();
  }

  #frame({ plane }: Place): SliceFrame {
    return frameOf(this.source.subject, plane);
  }

  #whenIdle(work: (window: WindowRange | null) => Promise<void>): void {
    // Do not restart what the user has just canceled.
    const isCanceled = this.slot?.run.status === "canceled";
    if (!this.#queue.busy && !this.#atWork && !this.#closed && !isCanceled) void work(this.#book.window);
  }

  /** Runs a change and notifies once. */
  #change(change: () => void): void {
    this.#quiet++;
    this.#refusal = null;
    try {
      change();
    } finally {
      this.#quiet--;
      this.#ahead.moved(this.#place, this.source.subject);
      this.#tell();
    }
  }

  #tell(): void {
    if (this.#quiet > 0) return;
    if (!this.#closed) this.#keeping.keep({ book: this.#book, place: this.#place, shown: this.#shown });
    this.onChange();
  }

  #emptyBook(): books.Book {
    const { source } = this;
    const { objects, colors, masks } = this.#start;
    const empty = books.emptyBook(objects, source.presets.length > 0 ? source.image.window : null, colors);
    return (masks ?? []).reduce((book, { place, object, mask }) => {
      const { id } = book.objects[object]!;
      return books.withSlot(book, books.maskSlot(book, id, place, "drawn", maskAnswer(mask, this.sam.provider)));
    }, empty);
  }

  /** Restores the work of an earlier run of the cell. */
  #restore(): void {
    const kept = this.#keeping.takeUp(this.#start, this.source.subject, () => this.#tell());
    if (!kept) return;
    this.#shown = this.#shown && (kept.shown ?? this.#shown);
    this.#place = kept.place;
    this.#quiet++;
    this.#turnTo(kept.book, false);
    this.#quiet--;
  }

  #unlocked(id: number): void {
    const object = this.#book.objects.find((other) => other.id === id);
    if (!object?.locked) return;
    throw new SamlabError("argument-invalid", `${object.name} is locked.`, {
      field: "object",
      value: object.name,
      remedy: "Unlock it (the lock beside its name, or lockObject in code), or choose another object.",
    });
  }

  /** @throws {SamlabError} `argument-invalid` if the object is locked or its mask on the slice confirmed */
  #changeable(place: Place): void {
    this.#unlocked(this.#book.active);
    if (!books.slotOf(this.#book, place)?.confirmed) return;
    throw new SamlabError("argument-invalid", `Slice ${place.index + 1} is confirmed.`, {
      field: "slice",
      value: place.index,
      remedy: "Take the confirmation back (Y, or confirm(slice, false) in code) to change it.",
    });
  }

  #open(): void {
    if (this.#closed) {
      throw new SamlabError("disposed", "This widget is closed.", { remedy: "Call promptSlices(sam, image) again." });
    }
  }
}
