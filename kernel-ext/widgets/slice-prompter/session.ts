import { messageOf, SamlabError } from "../../../src/core/errors.js";
import { type Mask2d, maskArea, unpackMask } from "../../../src/core/mask.js";
import { brushedMask, filledMask, largestPart, type Stroke } from "../../../src/core/mask-shape.js";
import { isEmptyPrompt, type PromptSet, validatePrompt } from "../../../src/core/prompt.js";
import type { Sam } from "../../../src/predict/sam.js";
import { sameWindow, type WindowRange } from "../../../src/protocol/samples.js";
import type {
  ListedPrompt,
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
import { LookAhead } from "./look-ahead.js";
import { ModelWork } from "./model-work.js";
import { PredictQueue } from "./predict-queue.js";
import { withPoint, withPrompt } from "./prompt-edits.js";
import type { PromptStore } from "./prompt-store.js";
import { maskAnswer, Propagation } from "./propagation.js";
import { chosenOf } from "./run.js";
import { problemOf } from "./view-state.js";

/** The propagation at work. */
interface AtWork {
  readonly propagation: Propagation;
  /** What undo goes back to, and where. */
  readonly before: books.Book;
  readonly place: Place;
  readonly ended: Promise<void>;
}

/** A mask to begin with. */
export interface GivenMask {
  readonly place: Place;
  /** The object's number in {@link SessionStart.objects}, from 0. */
  readonly object: number;
  readonly mask: Mask2d;
}

export interface SessionStart {
  readonly place: Place;
  readonly masks?: readonly GivenMask[] | undefined;
  readonly objects: readonly string[];
  /** Where prompts are kept from one run of the cell to the next. */
  readonly store?: PromptStore | undefined;
  /** True if {@link place} is the one that was asked for, and not only the usual one. */
  readonly isPlaceGiven?: boolean | undefined;
  /** Whether slices are encoded before they are clicked on. */
  readonly lookAhead: boolean;
}

/** The prompting of one image with one model: prompts, answers, undo, and the model's work. Knows no comm and no view. */
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
  readonly #ahead = new LookAhead({
    here: (place) => this.#whenIdle((window) => this.#model.encode(place, window)),
    neighbours: (places) => this.#whenIdle((window) => this.#model.encodeAhead(places, window)),
  });
  #book: books.Book;
  #place: Place;
  /** The window of the view; null for pictures in color. */
  #shown: WindowRange | null;
  /** Why the last intent was refused. */
  #refusal: string | null = null;
  #closed = false;
  #atWork: AtWork | null = null;
  /** More than 0 while several changes are to be told as one. */
  #quiet = 0;

  constructor(sam: Sam, source: SliceSource, start: SessionStart) {
    this.sam = sam;
    this.source = source;
    this.#start = start;
    this.#keeping = new Keeping(start.store, sam);
    this.#book = this.#emptyBook();
    this.#place = start.place;
    this.#shown = source.presets[0] ?? null;
    this.#model = new ModelWork(sam, source, () => this.#tell());
    this.#queue = new PredictQueue(
      (slot, signal) => this.#model.answer(slot, signal),
      () => this.#worked(),
    );
    this.#restore();
  }

  /** The widget is shown: the slice that is looked at is encoded before the first click. */
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

  get slot(): books.Slot | null {
    return books.slotOf(this.#book, this.#place);
  }

  get problem(): ProblemState | null {
    return this.#refusal === null ? problemOf(this.slot) : { message: this.#refusal, retry: false };
  }

  get history(): { readonly undo: boolean; readonly redo: boolean } {
    return { undo: this.#history.canUndo, redo: this.#history.canRedo };
  }

  /** Resolves when no prediction is awaited; rejects with the error of the current slice's prediction, if that failed. */
  async idle(): Promise<void> {
    await this.#queue.drained();
    await this.#atWork?.ended;
    if (this.slot?.run.status === "failed") throw this.slot.run.error;
  }

  /** Does what a user asked for. What is refused becomes the {@link problem}, never an exception. */
  attempt(action: () => void): void {
    this.#change(() => {
      try {
        action();
      } catch (error) {
        this.#refusal = messageOf(error);
      }
    });
  }

  /** Begins what takes its time. Its error becomes the {@link problem}. */
  start(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#change(() => {
        this.#refusal = messageOf(error);
      });
    });
  }

  /** Shows a slice. A prediction that was cancelled there is taken up again. */
  goTo(place: Place): void {
    this.#change(() => {
      this.#place = place;
      if (this.slot?.run.status === "cancelled") this.#queue.add(this.slot, true);
    });
  }

  /**
   * Replaces the active object's prompts on a slice and shows that slice.
   * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`
   */
  setPrompts(set: Pick<PromptSet, "points" | "box">, place: Place): books.Slot | null {
    const { width, height } = frameOf(this.source.subject, place.plane);
    if (!isEmptyPrompt(set)) validatePrompt(set, width, height, this.sam.prompts);
    this.#change(() => this.#edit(place, books.promptsOf(set), false));
    return books.slotOf(this.#book, place);
  }

  undo(): boolean {
    this.#endPropagation();
    return this.#step(this.#history.undo());
  }

  redo(): boolean {
    this.#endPropagation();
    return this.#step(this.#history.redo());
  }

  /** Removes the active object's prompts from the current slice. */
  clear(): void {
    if (this.slot) this.#change(() => this.#edit(this.#place, [], true));
  }

  /** Only for the eye: masks and what the model sees stay. */
  setWindow(shown: WindowRange): void {
    if (!this.#shown) throw new SamlabError("argument-invalid", "A picture in color has no window.");
    this.#change(() => {
      this.#shown = shown;
    });
  }

  /** What the model is given for prompts from now on. Masks that are there stay until {@link predictAnew}. */
  setModelWindow(window: WindowRange): void {
    if (!this.#book.window) {
      throw new SamlabError("argument-invalid", "The model takes this picture as it is: it has no window of its own.");
    }
    if (!sameWindow(this.#book.window, window)) this.editObjects((book) => ({ ...book, window }));
  }

  /** Asks anew for the masks that were made from another window than the model's, on all slices. One step of undo. */
  predictAnew(): void {
    this.editObjects((book) => {
      return [...book.slots.values()].some((slot) => books.isOutdated(book, slot))
        ? books.withOutdatedAnew(book)
        : book;
    });
  }

  /**
   * Follows the active object through the slices `first` to `last` of the current plane, from its masks that are prompted, drawn or confirmed there. What
   * was propagated there before is replaced, unless it is confirmed. One step of undo.
   * @throws {SamlabError} `argument-invalid` (a picture, a locked object, slices that are not there), `prompt-invalid` when there is no mask to start from
   */
  async propagate(first: number, last: number, rule?: PropagationRule): Promise<void> {
    this.#open();
    const { volume } = this.source;
    const { plane } = this.#place;
    const { active: object } = this.#book;
    if (!volume || !plane) throw new SamlabError("argument-invalid", "A picture has no slices to propagate through.");
    this.#unlocked(object);
    for (const index of [first, last]) this.source.place(index, plane);
    this.#endPropagation();
    await this.#queue.drained();
    const known = this.#knownMasks(object, plane, first, last);
    if (!known.some(({ mask }) => maskArea(mask) > 0)) throw this.#nothingKnown(object, first, last);
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
   * Says that the active object's mask on a slice is right. Without a mask: that the object is not there.
   * @throws {SamlabError} `argument-invalid` if the object is locked, or its mask still awaited
   */
  confirm(place: Place, confirmed: boolean): void {
    this.#unlocked(this.#book.active);
    const old = books.slotOf(this.#book, place);
    if ((old?.confirmed ?? false) === confirmed) return;
    if (old && !books.answerOf(old)) {
      throw new SamlabError("argument-invalid", "There is no mask to confirm yet.", {
        remedy: "Wait for the mask of this slice.",
      });
    }
    const slot = old ?? this.#drawn(place, this.#maskAt(place));
    this.editObjects((book) => books.withSlot(book, { ...slot, confirmed, doubt: "" }));
  }

  /**
   * Makes a mask the active object's on a slice, in the place of what the model has answered there, and shows the slice.
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
    const [x, y] = this.#frame(place).spacing;
    this.draw(place, brushedMask(this.#maskAt(place), { ...stroke, spacing: [x, y] }, erase));
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

  /** Without prompts, with the objects and the window of the beginning. One step of undo. */
  startAfresh(): void {
    this.#keeping.dismiss();
    this.editObjects(() => this.#emptyBook());
  }

  /** Changes the objects as one undoable step. */
  editObjects(change: (book: books.Book) => books.Book): void {
    this.#open();
    this.#endPropagation();
    const before = this.#book;
    const after = change(before);
    if (after === before) return;
    this.#history.push(before, after, this.#place);
    this.#change(() => this.#turnTo(after, true));
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

  /** Picks another candidate of the current answer; −1 is the single mask. */
  choose(candidate: number): void {
    const { slot } = this;
    const answer = books.answerOf(slot);
    if (!slot || !answer || slot.chosen === candidate || (candidate >= 0 && !answer.candidates[candidate])) return;
    this.#changeable(slot.place);
    this.#endPropagation();
    const after = books.withChoice(this.#book, slot, candidate);
    this.#history.push(this.#book, after, this.#place);
    this.#change(() => {
      this.#book = after;
    });
  }

  /** A new click or box beside the slice's other prompts. */
  addPrompt(place: Place, prompt: SlicePrompt): void {
    const old = books.slotOf(this.#book, place)?.prompts ?? [];
    this.#change(() => this.#edit(place, withPrompt(old, prompt, this.#frame(place), this.sam.prompts), true));
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

  /** Gives up the prediction at work and those that wait. The prompts stay. */
  cancel(): void {
    this.#change(() => {
      this.#endPropagation();
      this.#queue.cancel();
      this.#model.cancel();
    });
  }

  /** Asks again for the current slice's answer, if it failed or was cancelled. */
  retry(): void {
    const { slot } = this;
    if (slot && !books.answerOf(slot)) this.#change(() => this.#queue.add(slot, true));
  }

  close(): void {
    this.#endPropagation();
    this.#closed = true;
    this.#ahead.end();
    this.#keeping.close();
    this.#queue.cancel();
    this.#model.clear();
  }

  #edit(place: Place, prompts: readonly (SlicePrompt | ListedPrompt)[], urgent: boolean): void {
    this.#open();
    this.#changeable(place);
    this.#endPropagation();
    const after = books.withPrompts(this.#book, place, prompts);
    this.#history.push(this.#book, after, place);
    this.#place = place;
    this.#turnTo(after, urgent);
  }

  /** What was propagated stays, as one step of undo. */
  #endPropagation(): void {
    const atWork = this.#atWork;
    if (!atWork) return;
    this.#atWork = null;
    atWork.propagation.stop();
    const { before, place } = atWork;
    if (this.#book.slots !== before.slots) this.#history.push(before, this.#book, place);
  }

  /** Masks of an object that propagation starts from, and does not change. */
  #knownMasks(object: number, plane: Place["plane"], first: number, last: number) {
    return [...this.#book.slots.values()].flatMap((slot) => {
      const answer = books.answerOf(slot);
      const { index } = slot.place;
      const isThere = slot.object === object && slot.place.plane === plane && index >= first && index <= last;
      if (!isThere || !answer || (slot.origin === "propagated" && !slot.confirmed)) return [];
      const { bits } = chosenOf(answer, slot.chosen);
      return [{ slice: index, mask: unpackMask(bits, answer.width, answer.height) }];
    });
  }

  #nothingKnown(object: number, first: number, last: number): SamlabError {
    const name = this.#book.objects.find(({ id }) => id === object)?.name;
    return new SamlabError("prompt-invalid", `There is no mask of ${name} on the slices ${first + 1} to ${last + 1}.`, {
      field: "slices",
      value: [first, last],
      remedy: "Click on it, or draw a box around it, on one of these slices first.",
    });
  }

  /** The active object's mask on a slice; empty without one. */
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

  /** Makes a book the current one, and asks for the answers that it lacks and the old one did not ask for. */
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

  /** A prediction has started or ended. */
  #worked(): void {
    this.#keeping.answered();
    if (!this.#queue.busy) this.#ahead.moved(this.#place, this.source.subject);
    if (!this.#queue.current) this.#model.rest();
    this.#tell();
  }

  #frame({ plane }: Place): SliceFrame {
    return frameOf(this.source.subject, plane);
  }

  #whenIdle(deed: (window: WindowRange | null) => Promise<void>): void {
    // What the user has just cancelled does not begin again by itself.
    const isCancelled = this.slot?.run.status === "cancelled";
    if (!this.#queue.busy && !this.#atWork && !this.#closed && !isCancelled) void deed(this.#book.window);
  }

  /** Does something of the user's, and tells what has become of it once. */
  #change(deed: () => void): void {
    this.#quiet++;
    this.#refusal = null;
    try {
      deed();
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
    const empty = books.emptyBook(this.#start.objects, source.presets.length > 0 ? source.image.window : null);
    return (this.#start.masks ?? []).reduce((book, { place, object, mask }) => {
      const { id } = book.objects[object]!;
      return books.withSlot(book, books.maskSlot(book, id, place, "drawn", maskAnswer(mask, this.sam.provider)));
    }, empty);
  }

  /** Takes up what an earlier run of the cell has left. */
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
