import { SamlabError } from "../../../src/core/errors.js";
import type { Sam } from "../../../src/predict/sam.js";
import type { WorkState } from "../../../src/protocol/slice-prompter.js";
import type { Place } from "../../../src/protocol/slices.js";
import * as books from "./book.js";
import { UndoHistory } from "./history.js";
import { type Extent, touches, withChangeOf } from "./meanwhile.js";
import { knownMasks, Propagation, type PropagationJob } from "./propagation.js";

/** The running propagation. */
interface AtWork {
  readonly propagation: Propagation;
  /** The state that undo restores, and where. */
  before: books.Book;
  readonly place: Place;
  readonly ended: Promise<void>;
}

interface Hooks {
  /** Runs a change and notifies once. */
  readonly change: (change: () => void) => void;
  readonly tell: () => void;
  /** Another book became current. `urgent`: the user waits for its answers. */
  readonly turned: (from: books.Book, to: books.Book, urgent: boolean) => void;
}

/** The current book and slice, the steps that led there, and the propagation that changes the book meanwhile. */
export class BookSteps {
  readonly #hooks: Hooks;
  readonly #history = new UndoHistory<books.Book, Place>();
  #book: books.Book;
  #place: Place;
  #closed = false;
  #atWork: AtWork | null = null;
  /** The propagation that waits for pending predictions before it starts. */
  #wish: Extent | null = null;
  /** Incremented when a propagation ends, or a request for one is superseded. */
  #turn = 0;

  constructor(book: books.Book, place: Place, hooks: Hooks) {
    this.#book = book;
    this.#place = place;
    this.#hooks = hooks;
  }

  get book(): books.Book {
    return this.#book;
  }

  get place(): Place {
    return this.#place;
  }

  get history(): { readonly undo: boolean; readonly redo: boolean } {
    return { undo: this.#history.canUndo, redo: this.#history.canRedo };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** What the propagation is at; null if there is none. */
  get work(): WorkState | null {
    return this.#atWork?.propagation.state ?? null;
  }

  /** Resolves when the running propagation has ended. */
  async propagated(): Promise<void> {
    await this.#atWork?.ended;
  }

  /** Makes a slice the current one. */
  show(place: Place): void {
    this.#place = place;
  }

  /** Makes an object the active one. No step. */
  activate(object: number): void {
    this.#book = { ...this.#book, active: object };
  }

  /** Makes a book current. No step. */
  turnTo(next: books.Book, urgent: boolean): void {
    const old = this.#book;
    this.#book = next;
    this.#hooks.turned(old, next, urgent);
  }

  /** Makes a change, as one undo step. It ends a propagation at work only if it is of what that works on. */
  apply(change: (book: books.Book) => books.Book, urgent: boolean): void {
    let after = change(this.#book);
    const extent = this.#atWork?.propagation.extent ?? this.#wish;
    if (extent && touches(this.#book, after, extent)) {
      this.endPropagation();
      after = change(this.#book);
    }
    const atWork = this.#atWork;
    if (atWork) {
      // The propagation is the step after this one, whenever it ends.
      const { before } = atWork;
      atWork.before = withChangeOf(before, this.#book, after);
      this.#history.push(before, atWork.before, this.#place);
    } else this.#history.push(this.#book, after, this.#place);
    this.turnTo(after, urgent);
  }

  /** As {@link apply}, with one notification, and without a step if nothing changes. */
  edit(change: (book: books.Book) => books.Book): void {
    this.checkOpen();
    if (change(this.#book) === this.#book) return;
    this.#hooks.change(() => this.apply(change, true));
  }

  /**
   * As {@link edit}, but never ends a running propagation. Then it is not an undo step, and it survives the undo of the
   * propagation if `isOlder` for the book from before it.
   */
  editMeanwhile(change: (book: books.Book) => books.Book, isOlder: (before: books.Book) => boolean): void {
    const atWork = this.#atWork;
    if (!atWork) {
      this.edit(change);
      return;
    }
    this.#hooks.change(() => {
      this.#book = change(this.#book);
      if (isOlder(atWork.before)) atWork.before = change(atWork.before);
    });
  }

  /** Takes back the last step. A propagation at work is the last step, and ends. */
  undo(): boolean {
    let done = false;
    this.#hooks.change(() => {
      const isNothingYet = this.#atWork?.propagation.done === 0;
      this.endPropagation();
      done = isNothingYet || this.#step(this.#history.undo());
    });
    return done;
  }

  redo(): boolean {
    // A propagation at work is a new step: nothing that was undone comes after it.
    return this.#atWork === null && this.#step(this.#history.redo());
  }

  /**
   * Propagates from the masks that are there when `ready` resolves. One undo step.
   * @throws {SamlabError} `prompt-invalid` if there is no mask to start from; what the model throws
   */
  async propagate(sam: Sam, job: Omit<PropagationJob, "known">, ready: () => Promise<void>): Promise<void> {
    const { object, plane, range, volume } = job;
    this.endPropagation();
    const turn = this.#turn;
    this.#wish = { object, plane, range };
    await ready();
    // The user has gone on to something else.
    if (turn !== this.#turn) return;
    this.#wish = null;
    const known = knownMasks(this.#book, object, plane, range);
    const { window } = this.#book;
    const propagation = new Propagation(sam, { ...job, known, volume: window ? volume.withWindow(window) : volume });
    const before = this.#book;
    const ended = propagation.run((index, answer, doubt) => {
      if (this.#atWork?.propagation !== propagation) return;
      // Prompts without an answer are the user's: the prediction was canceled or has failed.
      if (books.slotOf(this.#book, { plane, index }, object)) return;
      const slot = books.maskSlot(this.#book, object, { plane, index }, "propagated", answer, doubt);
      this.#book = books.withSlot(this.#book, slot);
      this.#hooks.tell();
    });
    this.#atWork = { propagation, before, place: this.#place, ended: ended.catch(() => {}) };
    this.#hooks.change(() => {
      this.#book = books.withoutPropagated(this.#book, object, plane, range[0], range[1]);
    });
    try {
      await ended;
    } finally {
      if (this.#atWork?.propagation === propagation) this.#hooks.change(() => this.endPropagation());
    }
  }

  /** Keeps the propagated masks, as one undo step; without any, restores what was there before. */
  endPropagation(): void {
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

  /** Ends the propagation; later edits are refused. */
  close(): void {
    this.endPropagation();
    this.#closed = true;
  }

  /** @throws {SamlabError} `disposed` */
  checkOpen(): void {
    if (this.#closed) {
      throw new SamlabError("disposed", "This widget is closed.", { remedy: "Call promptSlices(sam, image) again." });
    }
  }

  #step(step: { value: books.Book; context: Place } | null): boolean {
    if (!step) return false;
    this.#hooks.change(() => {
      this.#place = step.context;
      this.turnTo(step.value, true);
    });
    return true;
  }
}
