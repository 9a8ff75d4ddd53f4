import { messageOf } from "../../../src/core/errors.js";
import { sameWindow, type WindowRange } from "../../../src/protocol/samples.js";
import type { RestoredState } from "../../../src/protocol/slice-prompter.js";
import type { Place, Subject } from "../../../src/protocol/slices.js";
import { weakly } from "../shared/weakly.js";
import { type Book, freeLabel, withObject } from "./book.js";
import { type Given, type Kept, keptText, readKept, type SlotText, slotText } from "./kept-prompts.js";
import type { PromptStore, StoredWork } from "./prompt-store.js";
import { SlotArchive } from "./slot-archive.js";

interface Start extends Given {
  readonly place: Place;
  readonly isPlaceGiven?: boolean | undefined;
  readonly isPlaneGiven?: boolean | undefined;
}

interface Model {
  readonly name: string;
  readonly hash: string;
}

/** Closes the stores of widgets that nothing holds any more. */
const unheld = new FinalizationRegistry<PromptStore>((store) => store.close());

/** Saves a widget's work between runs of its cell and restores it. Without a store it does nothing. */
export class Keeping {
  readonly #store: PromptStore | undefined;
  readonly #model: Model;
  readonly #fresh: Book;
  readonly #archive = new SlotArchive<SlotText>(slotText);
  #given: Given = { objects: [], window: null };
  #restored: RestoredState | null = null;
  /** The last saved book. Answers arrive in it without creating a new book. */
  #kept: Book | null;
  #onProblem: () => void = () => {};

  /** `fresh`: the book without any work, which the cell makes again. */
  constructor(store: PromptStore | undefined, model: Model, fresh: Book) {
    this.#store = store;
    this.#model = model;
    this.#fresh = fresh;
    this.#kept = fresh;
    if (store) unheld.register(this, store);
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
   * Restores the work of an earlier run of the cell. What the cell has given anew since takes precedence: objects, the
   * image's window, the slice, and the plane. `onProblem` is called if saving fails, and when it works again.
   */
  takeUp(start: Start, subject: Subject, onProblem: () => void): Omit<Kept, "given"> | null {
    const store = this.#store;
    if (!store) return null;
    const { place, objects, window, isPlaceGiven, isPlaneGiven } = start;
    this.#given = { objects, window };
    this.#onProblem = onProblem;
    store.onProblem = weakly<string | null, "notKept">(this, "notKept");
    let stored: StoredWork | null;
    try {
      stored = store.read();
    } catch (error) {
      this.#restored = notRestored(messageOf(error));
      return null;
    }
    if (stored === null) return null;
    try {
      const kept = readKept(stored.text, subject, this.#model, this.#archive);
      this.#restored = restoredFrom(kept, stored);
      const { given, book, time } = kept;
      const isOtherWindow = given !== null && !sameWindowOrNone(given.window, window);
      const isOtherPlace = isPlaceGiven || (isPlaneGiven && kept.place.plane !== place.plane);
      this.#kept = withObjects(isOtherWindow ? { ...book, window } : book, objects, given?.objects ?? []);
      return {
        book: this.#kept,
        place: isOtherPlace ? place : kept.place,
        shown: isOtherWindow ? window : kept.shown,
        time,
      };
    } catch (error) {
      const why = messageOf(error);
      this.#restored = notRestored(
        `The prompts of the last run could not be read (${why}). They lie in ${store.putAside()}.`,
      );
      return null;
    }
  }

  /** Call after each change. */
  keep(work: Pick<Kept, "book" | "place" | "shown">): void {
    if (!this.#store || work.book === this.#kept) return;
    this.#kept = work.book;
    const isWork = isWorkOn(this.#fresh, work.book);
    this.#store.changed(() => {
      return isWork ? keptText({ ...work, given: this.#given }, this.#model, this.#archive) : null;
    });
  }

  /** An answer was added to the book: saves it too. */
  answered(): void {
    this.#kept = null;
  }

  close(): void {
    this.#store?.close();
  }

  /** Tells the user that saving has failed; null: that it works again. */
  notKept(problem: string | null): void {
    this.#restored = problem === null ? null : notRestored(problem);
    this.#onProblem();
  }
}

/** True if there is something worth saving, which the cell does not make again. */
function isWorkOn(fresh: Book, { slots, objects }: Book): boolean {
  return slots.size > 0 && (slots !== fresh.slots || objects !== fresh.objects);
}

function notRestored(problem: string): RestoredState {
  return { prompts: 0, masks: 0, slices: 0, time: "", from: "", newerIn: "", problem };
}

function restoredFrom({ book, time }: Kept, { from, newerIn }: StoredWork): RestoredState {
  const slots = [...book.slots.values()];
  return {
    prompts: slots.reduce((sum, slot) => sum + slot.prompts.length, 0),
    masks: slots.filter((slot) => slot.origin !== "prompted").length,
    slices: new Set(slots.map((slot) => `${slot.place.plane} ${slot.place.index}`)).size,
    time: time.toISOString(),
    from,
    newerIn,
    problem: "",
  };
}

function sameWindowOrNone(a: WindowRange | null, b: WindowRange | null): boolean {
  return a === null || b === null ? a === b : sameWindow(a, b);
}

/**
 * Finds the objects of a call's names, which may have been renamed since, by the names of the `last` call, and adds
 * those that the last call did not have. What was removed since stays away.
 */
function withObjects(book: Book, names: readonly string[], last: readonly string[]): Book {
  let next = book;
  const labels = new Map<number, number>();
  for (const [n, name] of names.entries()) {
    const before = last.indexOf(name);
    const others = next.objects.filter(({ id }) => !labels.has(id));
    const known =
      others.find(({ truthLabel }) => before >= 0 && truthLabel === before + 1) ??
      others.find((object) => object.name === name);
    if (!known) {
      if (before >= 0 || next.objects.some((object) => object.name === name)) continue;
      next = withObject(next, name);
    }
    labels.set(known?.id ?? next.active, n + 1);
  }
  for (const { id, truthLabel } of next.objects) {
    if (labels.has(id)) continue;
    const taken = [...labels.values()];
    labels.set(id, taken.includes(truthLabel) ? freeLabel(taken) : truthLabel);
  }
  const objects = next.objects.map((object) => ({ ...object, truthLabel: labels.get(object.id)! }));
  return { ...next, objects, active: book.active };
}
