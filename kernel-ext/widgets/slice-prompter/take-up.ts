import type { RestoredState } from "../../../src/protocol/slice-prompter.js";
import type { Place, Subject } from "../../../src/protocol/slices.js";
import { messageOf } from "../shared/message-of.js";
import { type Book, withObject } from "./book.js";
import { type Kept, readKept } from "./kept-prompts.js";
import type { PromptStore } from "./prompt-store.js";

interface Start {
  readonly place: Place;
  readonly objects: readonly string[];
  readonly isPlaceGiven?: boolean | undefined;
}

/** What an earlier run of the cell has left, with the objects that the cell names besides, and what the user is told of it. */
export function takeUp(
  store: PromptStore,
  { place, objects, isPlaceGiven = false }: Start,
  subject: Subject,
  model: { readonly name: string; readonly hash: string },
): { readonly kept: Kept | null; readonly restored: RestoredState | null } {
  const text = store.read();
  if (text === null) return { kept: null, restored: null };
  try {
    const kept = readKept(text, subject, model);
    const book = withObjects(kept.book, objects);
    return { kept: { ...kept, book, place: isPlaceGiven ? place : kept.place }, restored: restoredFrom(kept) };
  } catch (error) {
    const problem = `The prompts of the last run could not be read (${messageOf(error)}). They lie in ${store.putAside()}.`;
    return { kept: null, restored: notRestored(problem) };
  }
}

export function notRestored(problem: string): RestoredState {
  return { prompts: 0, slices: 0, time: "", problem };
}

function restoredFrom({ book, time }: Kept): RestoredState {
  const slots = [...book.slots.values()];
  return {
    prompts: slots.reduce((sum, slot) => sum + slot.prompts.length, 0),
    slices: new Set(slots.map((slot) => `${slot.place.plane} ${slot.place.index}`)).size,
    time: time.toISOString(),
    problem: "",
  };
}

function withObjects(book: Book, names: readonly string[]): Book {
  const added = names.filter((name) => !book.objects.some((object) => object.name === name));
  return { ...added.reduce((next, name) => withObject(next, name), book), active: book.active };
}
