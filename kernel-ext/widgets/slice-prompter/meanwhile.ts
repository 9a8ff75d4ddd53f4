import { sameWindow } from "../../../src/protocol/samples.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { Book, Slot } from "./book.js";

/** What a propagation works on. */
export interface Extent {
  readonly object: number;
  readonly plane: Place["plane"];
  readonly range: readonly [first: number, last: number];
}

/**
 * Whether a change concerns what a propagation works on: its object, the object's masks and prompts on its slices, or
 * the model's window.
 */
export function touches(from: Book, to: Book, { object, plane, range }: Extent): boolean {
  const isSameWindow = from.window === to.window || (from.window && to.window && sameWindow(from.window, to.window));
  const lockOf = ({ objects }: Book) => objects.find(({ id }) => id === object)?.locked;
  if (!isSameWindow || lockOf(from) !== lockOf(to)) return true;
  const isInside = (slot: Slot) =>
    slot.object === object &&
    slot.place.plane === plane &&
    slot.place.index >= range[0] &&
    slot.place.index <= range[1];
  for (const [key, slot] of from.slots) if (isInside(slot) && to.slots.get(key) !== slot) return true;
  for (const [key, slot] of to.slots) if (isInside(slot) && !from.slots.has(key)) return true;
  return false;
}

/** The change from one book to another, made in a third one whose other slots differ. */
export function withChangeOf(book: Book, from: Book, to: Book): Book {
  const slots = new Map(book.slots);
  for (const key of from.slots.keys()) if (!to.slots.has(key)) slots.delete(key);
  for (const [key, slot] of to.slots) if (from.slots.get(key) !== slot) slots.set(key, slot);
  return { ...to, slots };
}
