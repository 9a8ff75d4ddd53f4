import { appendTo } from "../../../src/core/append-to.js";
import { answerOf, type Book, isOutdated, maskOf, type Slot } from "./book.js";
import type { PackedMask } from "./packed-mask.js";
import { Run } from "./run.js";

// What is computed from all slots of a book, once for each book: a widget asks for it many times during one click, and
// a volume may have many thousand slots.

type Slots = Book["slots"];

/**
 * Remembers what `compute` gives for the slots of the last book: undo holds many books. `ofRuns`: it also depends on
 * their answers.
 */
export function remembered<T>(compute: (slots: Slots) => T, ofRuns: boolean): (book: Book) => T {
  // Weak, as this outlives the widgets.
  const known = new WeakMap<Slots, { readonly changes: number; readonly value: T }>();
  let last: WeakRef<Slots> | undefined;
  return ({ slots }) => {
    const changes = ofRuns ? Run.changes : 0;
    const found = known.get(slots);
    if (found?.changes === changes) return found.value;
    const value = compute(slots);
    const before = last?.deref();
    if (before && before !== slots) known.delete(before);
    known.set(slots, { changes, value });
    last = new WeakRef(slots);
    return value;
  };
}

const slotsByObject = remembered((slots) => {
  const by = new Map<number, Slot[]>();
  for (const slot of slots.values()) appendTo(by, slot.object, slot);
  return by;
}, false);

/** The slots of one object. */
export function slotsOf(book: Book, object: number): readonly Slot[] {
  return slotsByObject(book).get(object) ?? [];
}

/** A mask that is shown, and where. */
export interface ShownMask {
  readonly slot: Slot;
  readonly mask: PackedMask;
}

/** All masks that are shown. The same list as long as they are the same. */
export const masksOf = remembered((slots): readonly ShownMask[] => {
  const masks: ShownMask[] = [];
  for (const slot of slots.values()) {
    const mask = maskOf(slot)?.candidate;
    if (mask) masks.push({ slot, mask });
  }
  return masks;
}, true);

/** True if two lists of {@link masksOf} have the same masks: then so is what is made from them. */
export function sameMasks(a: readonly ShownMask[], b: readonly ShownMask[]): boolean {
  if (a === b) return true;
  const isSame = (one: ShownMask, other: ShownMask) => one.mask === other.mask && one.slot.object === other.slot.object;
  return a.length === b.length && a.every((one, n) => isSame(one, b[n]!));
}

/** How many slices have a mask of each object, by id. */
export const maskedSlices = remembered((slots): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const slot of slots.values()) {
    if (answerOf(slot)) counts.set(slot.object, (counts.get(slot.object) ?? 0) + 1);
  }
  return counts;
}, true);

const outdated = new WeakMap<Book, number>();

/** How many masks are {@link isOutdated}. */
export function outdatedCount(book: Book): number {
  let count = outdated.get(book);
  if (count === undefined) {
    count = 0;
    for (const slot of book.slots.values()) if (isOutdated(book, slot)) count++;
    outdated.set(book, count);
  }
  return count;
}
