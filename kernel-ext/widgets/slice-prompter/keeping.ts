import { messageOf } from "../../../src/core/errors.js";
import type { RestoredState } from "../../../src/protocol/slice-prompter.js";
import type { Place, Subject } from "../../../src/protocol/slices.js";
import { type Book, withObject } from "./book.js";
import { type Kept, keptText, readKept } from "./kept-prompts.js";
import type { PromptStore } from "./prompt-store.js";

interface Start {
  readonly place: Place;
  readonly objects: readonly string[];
  readonly isPlaceGiven?: boolean | undefined;
}

interface Model {
  readonly name: string;
  readonly hash: string;
}

/** Saves a widget's work between runs of its cell and restores it. Without a store it does nothing. */
export class Keeping {
  readonly #store: PromptStore | undefined;
  readonly #model: Model;
  #restored: RestoredState | null = null;
  /** The last saved book. Answers arrive in it without creating a new book. */
  #kept: Book | null = null;

  constructor(store: PromptStore | undefined, model: Model) {
    this.#store = store;
    this.#model = model;
  }

  /** The restore notice for the user; null if there is none or it was dismissed. */
  get restored(): RestoredState | null {
    return this.#restored;
  }

  dismiss(): void {
    this.#restored = null;
  }

  /** Calls back when the cell runs again, before another widget takes over. */
  onReplaced(listener: () => void): void {
    if (this.#store) this.#store.onReplaced = listener;
  }

  /**
   * Restores the work of an earlier run of the cell, and adds objects named by the cell. `onProblem` is called if
   * saving fails.
   */
  takeUp({ place, objects, isPlaceGiven = false }: Start, subject: Subject, onProblem: () => void): Kept | null {
    const store = this.#store;
    if (!store) return null;
    store.onProblem = (problem) => {
      this.#restored = notRestored(problem);
      onProblem();
    };
    const text = store.read();
    if (text === null) return null;
    try {
      const kept = readKept(text, subject, this.#model);
      this.#restored = restoredFrom(kept);
      this.#kept = withObjects(kept.book, objects);
      return { ...kept, book: this.#kept, place: isPlaceGiven ? place : kept.place };
    } catch (error) {
      const why = messageOf(error);
      this.#restored = notRestored(
        `The prompts of the last run could not be read (${why}). They lie in ${store.putAside()}.`,
      );
      return null;
    }
  }

  /** Call after each change. */
  keep(work: Omit<Kept, "time">): void {
    if (!this.#store || work.book === this.#kept) return;
    this.#kept = work.book;
    this.#store.changed(() => keptText(work, this.#model));
  }

  /** An answer was added to the book: saves it too. */
  answered(): void {
    this.#kept = null;
  }

  close(): void {
    this.#store?.close();
  }
}

function notRestored(problem: string): RestoredState {
  return { prompts: 0, masks: 0, slices: 0, time: "", problem };
}

function restoredFrom({ book, time }: Kept): RestoredState {
  const slots = [...book.slots.values()];
  return {
    prompts: slots.reduce((sum, slot) => sum + slot.prompts.length, 0),
    masks: slots.filter((slot) => slot.origin !== "prompted").length,
    slices: new Set(slots.map((slot) => `${slot.place.plane} ${slot.place.index}`)).size,
    time: time.toISOString(),
    problem: "",
  };
}

function withObjects(book: Book, names: readonly string[]): Book {
  const added = names.filter((name) => !book.objects.some((object) => object.name === name));
  return { ...added.reduce((next, name) => withObject(next, name), book), active: book.active };
}
