import { SamlabError, show } from "../../../src/core/errors.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { ListedPrompt, MaskOrigin, OverlapRule, SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import type { Place } from "../../../src/protocol/slices.js";
import { chosenOf, type PackedCandidate, Run, type SliceAnswer } from "./run.js";

/**
 * One object on one slice: its prompts with their prediction, or a mask from another source. Immutable, except for its
 * run.
 */
export interface Slot {
  readonly object: number;
  readonly place: Place;
  readonly origin: MaskOrigin;
  /** Confirmed by the user: neither prompts nor propagation change it. */
  readonly confirmed: boolean;
  /** Why a propagated mask needs review; empty if it does not. */
  readonly doubt: string;
  /** Empty unless the mask is `prompted`. */
  readonly prompts: readonly ListedPrompt[];
  /** The selected candidate mask; −1 is the single mask. */
  readonly chosen: number;
  /** The model's window for this prediction; null for images used as they are. */
  readonly window: WindowRange | null;
  readonly run: Run;
  /** The previous answer, shown until `run` has one. */
  readonly before: PackedCandidate | null;
}

export interface BookObject {
  readonly id: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Finished: its prompts cannot change, and it keeps its voxels where objects overlap. */
  readonly locked: boolean;
  /** The truth's label that it is compared with. No other object has the same. */
  readonly truthLabel: number;
}

/**
 * The state covered by undo: objects, their prompts, and the model's window. Immutable; the functions here return a new
 * book.
 */
export interface Book {
  /** The model's window for new prompts. */
  readonly window: WindowRange | null;
  readonly overlap: OverlapRule;
  readonly objects: readonly BookObject[];
  readonly active: number;
  readonly slots: ReadonlyMap<string, Slot>;
  /** The next free id for a prompt or object. */
  readonly next: number;
}

/** Okabe–Ito without the green and vermilion used for prompts. */
const colors = ["#e69f00", "#cc79a7", "#56b4e9", "#f0e442", "#0072b2"] as const;

/** `given`: colors of the objects where they are known. */
export function emptyBook(
  names: readonly string[],
  window: WindowRange | null = null,
  given: readonly (string | undefined)[] = [],
): Book {
  const objects = names.map((name, n) => {
    return { id: n + 1, name, color: given[n] ?? colors[n % colors.length], locked: false, truthLabel: n + 1 };
  });
  return { window, overlap: "upper", objects, active: 1, slots: new Map(), next: objects.length + 1 };
}

export function slotKey(object: number, place: Place): string {
  return `${object}/${place.plane ?? ""}/${place.index}`;
}

export function slotOf(book: Book, place: Place, object = book.active): Slot | null {
  return book.slots.get(slotKey(object, place)) ?? null;
}

/** The answer to the slot's own prompts, or null if there is none yet. */
export function answerOf(slot: Slot | null): SliceAnswer | null {
  return slot?.run.answer ?? null;
}

/** The mask to show: the chosen one of the answer, or the previous one while the answer is pending. */
export function maskOf(slot: Slot): { candidate: PackedCandidate; stale: boolean } | null {
  const answer = answerOf(slot);
  if (answer) return { candidate: chosenOf(answer, slot.chosen), stale: false };
  return slot.before && slot.run.status === "waiting" ? { candidate: slot.before, stale: true } : null;
}

export function withSlot(book: Book, slot: Slot): Book {
  const slots = new Map(book.slots);
  if (slot.origin === "prompted" && slot.prompts.length === 0) slots.delete(slotKey(slot.object, slot.place));
  else slots.set(slotKey(slot.object, slot.place), slot);
  return { ...book, slots };
}

export function withoutSlot(book: Book, { object, place }: Slot): Book {
  const slots = new Map(book.slots);
  slots.delete(slotKey(object, place));
  return { ...book, slots };
}

/**
 * Replaces the active object's prompts on a slice; prompts without an id are assigned one. An empty list removes the
 * slot.
 */
export function withPrompts(book: Book, place: Place, prompts: readonly (SlicePrompt | ListedPrompt)[]): Book {
  const old = slotOf(book, place);
  let next = book.next;
  const listed = prompts.map((prompt): ListedPrompt => ("id" in prompt ? prompt : { ...prompt, id: next++ }));
  const slot: Slot = {
    object: book.active,
    place,
    origin: "prompted",
    confirmed: false,
    doubt: "",
    prompts: listed,
    chosen: -1,
    window: book.window,
    run: new Run(),
    before: old ? (maskOf(old)?.candidate ?? null) : null,
  };
  return { ...withSlot(book, slot), next };
}

/** A slot with a mask that was not predicted from prompts on its slice. */
export function maskSlot(
  book: Book,
  object: number,
  place: Place,
  origin: Exclude<MaskOrigin, "prompted">,
  answer: SliceAnswer,
  doubt = "",
): Slot {
  const run = new Run();
  run.finish(answer);
  return {
    object,
    place,
    origin,
    confirmed: false,
    doubt,
    prompts: [],
    chosen: -1,
    window: book.window,
    run,
    before: null,
  };
}

/** Removes the object's unconfirmed propagated masks on these slices of a plane. */
export function withoutPropagated(
  book: Book,
  object: number,
  plane: Place["plane"],
  first: number,
  last: number,
): Book {
  const slots = [...book.slots].filter(([, slot]) => {
    const { index } = slot.place;
    const isThere = slot.object === object && slot.place.plane === plane && index >= first && index <= last;
    return !isThere || slot.origin !== "propagated" || slot.confirmed;
  });
  return slots.length === book.slots.size ? book : { ...book, slots: new Map(slots) };
}

/**
 * True if the slot's mask was (or is being) predicted or propagated with a window other than the book's and may be made
 * again: it is not confirmed, and its object is not locked.
 */
export function isOutdated(book: Book, slot: Slot): boolean {
  if (slot.origin === "drawn" || slot.confirmed) return false;
  if (book.objects.some(({ id, locked }) => id === slot.object && locked)) return false;
  return slot.window?.low !== book.window?.low || slot.window?.high !== book.window?.high;
}

/**
 * Requests new predictions for prompted slots that are {@link isOutdated}. The old masks are shown until they arrive.
 */
export function withOutdatedAnew(book: Book): Book {
  const slots = [...book.slots].map(([key, slot]): [string, Slot] => {
    if (slot.origin !== "prompted" || !isOutdated(book, slot)) return [key, slot];
    const before = maskOf(slot)?.candidate ?? null;
    return [key, { ...slot, window: book.window, chosen: -1, run: new Run(), before }];
  });
  const isSame = slots.every(([key, slot]) => book.slots.get(key) === slot);
  return isSame ? book : { ...book, slots: new Map(slots) };
}

/** Slices of a plane in a row that all have a mask of an object. */
export interface MaskedRange {
  readonly object: number;
  readonly plane: Place["plane"];
  readonly first: number;
  readonly last: number;
}

/** The ranges of slices with propagated masks that are {@link isOutdated}, and with those they were propagated from. */
export function outdatedRanges(book: Book): MaskedRange[] {
  const ranges: MaskedRange[] = [];
  for (const slot of book.slots.values()) {
    const { object, place } = slot;
    const { plane, index } = place;
    const isIn = (range: MaskedRange) =>
      range.object === object && range.plane === plane && range.first <= index && index <= range.last;
    if (slot.origin !== "propagated" || !isOutdated(book, slot) || ranges.some(isIn)) continue;
    const endTowards = (step: 1 | -1) => {
      let end = index;
      while (slotOf(book, { plane, index: end + step }, object)) end += step;
      return end;
    };
    ranges.push({ object, plane, first: endTowards(-1), last: endTowards(1) });
  }
  return ranges;
}

/** The objects by priority where they overlap: locked ones first, then by the overlap rule. */
export function byPriority({ objects, overlap }: Book): readonly BookObject[] {
  const ordered = overlap === "upper" ? [...objects] : [...objects].reverse();
  return ordered.sort((a, b) => Number(b.locked) - Number(a.locked));
}

/** Selects another candidate of the same answer. */
export function withChoice(book: Book, slot: Slot, chosen: number): Book {
  return withSlot(book, { ...slot, chosen });
}

/**
 * Adds an object and makes it active.
 * @throws {SamlabError} `argument-invalid` if the name is empty or taken
 */
export function withObject(book: Book, name = freshName(book.objects.map((object) => object.name))): Book {
  checkName(book, name);
  const id = book.next;
  const unused = colors.find((color) => !book.objects.some((object) => object.color === color));
  const object = {
    id,
    name,
    color: unused ?? colors[book.objects.length % colors.length],
    locked: false,
    truthLabel: freeLabel(book.objects.map(({ truthLabel }) => truthLabel)),
  };
  return { ...book, objects: [...book.objects, object], active: id, next: id + 1 };
}

/** The lowest label that is not among `taken`. */
export function freeLabel(taken: Iterable<number>): number {
  const all = new Set(taken);
  let label = 1;
  while (all.has(label)) label++;
  return label;
}

/** A name for one more object. */
export function freshName(names: readonly string[]): string {
  for (let n = names.length + 1; ; n++) {
    const name = `object ${n}`;
    if (!names.includes(name)) return name;
  }
}

/** @throws {SamlabError} `argument-invalid` if the name is empty, or that of an object other than `id` */
function checkName(book: Book, name: string, id?: number): void {
  const isTaken = book.objects.some((object) => object.name === name && object.id !== id);
  if (name.trim() !== "" && !isTaken) return;
  throw new SamlabError(
    "argument-invalid",
    isTaken ? `There is an object ${show(name)} already.` : "The name is empty.",
    {
      field: "name",
      value: name,
      remedy: "Give a name that no other object has.",
    },
  );
}

/** @throws {SamlabError} `argument-invalid` if the name is empty or taken */
export function withName(book: Book, id: number, name: string): Book {
  checkName(book, name, id);
  return { ...book, objects: book.objects.map((object) => (object.id === id ? { ...object, name } : object)) };
}

/** Locks or unlocks an object. If it is as wanted already, `toggle` does the reverse. */
export function withLock(book: Book, id: number, wanted: boolean, toggle = false): Book {
  const isLocked = book.objects.some((object) => object.id === id && object.locked);
  const locked = toggle ? !isLocked : wanted;
  return { ...book, objects: book.objects.map((object) => (object.id === id ? { ...object, locked } : object)) };
}

/** @throws {SamlabError} `argument-invalid` if the object is locked */
export function checkUnlocked(book: Book, id: number): void {
  const object = book.objects.find((other) => other.id === id);
  if (!object?.locked) return;
  throw new SamlabError("argument-invalid", `${object.name} is locked.`, {
    field: "object",
    value: object.name,
    remedy: "Unlock it (the lock beside its name, or lockObject in code), or choose another object.",
  });
}

/** Moves an object to a position in the list, from 0. */
export function withPosition(book: Book, id: number, to: number): Book {
  const from = book.objects.findIndex((object) => object.id === id);
  const at = Math.min(Math.max(0, to), book.objects.length - 1);
  if (from < 0 || from === at) return book;
  const objects = [...book.objects];
  objects.splice(at, 0, ...objects.splice(from, 1));
  return { ...book, objects };
}

/** Moves an object up (−1) or down (1) by one position. */
export function withStep(book: Book, id: number, by: -1 | 1): Book {
  return withPosition(book, id, book.objects.findIndex((object) => object.id === id) + by);
}

/** The `id` of the object after the active one, wrapping around. */
export function nextObject({ objects, active }: Book): number {
  return objects[(objects.findIndex(({ id }) => id === active) + 1) % objects.length].id;
}

/** Removes an object with all its prompts. The last object cannot be removed. */
export function withoutObject(book: Book, id: number): Book {
  if (book.objects.length === 1) return book;
  const objects = book.objects.filter((object) => object.id !== id);
  const slots = new Map([...book.slots].filter(([, slot]) => slot.object !== id));
  const active =
    book.active === id ? objects[Math.max(0, book.objects.findIndex((o) => o.id === id) - 1)].id : book.active;
  return { ...book, objects, active, slots };
}

/** The prompts as model input. Of several boxes, the last one counts. */
export function promptSetOf(prompts: readonly SlicePrompt[]): PromptSet {
  const points = prompts.filter((prompt) => prompt.kind === "point").map(({ x, y, label }) => ({ x, y, label }));
  const box = prompts.findLast((prompt) => prompt.kind === "box")?.box;
  const scribbles = prompts
    .filter((prompt) => prompt.kind === "scribble")
    .map(({ path, label }) => ({ path: positionsOf(path), label }));
  return {
    ...(points.length > 0 && { points }),
    ...(box && { box }),
    ...(scribbles.length > 0 && { scribbles }),
  };
}

function positionsOf(path: readonly number[]): [x: number, y: number][] {
  return Array.from({ length: path.length >> 1 }, (_, n) => [path[2 * n]!, path[2 * n + 1]!]);
}

/** The prompts that a slice of the prompter holds. */
export type SlicePromptSet = Pick<PromptSet, "points" | "box" | "scribbles">;

/** Converts a prompt set to a list: the box first, then the points, then the lines. */
export function promptsOf({ box, points = [], scribbles = [] }: SlicePromptSet): SlicePrompt[] {
  return [
    // A plain list, also of a typed array: prompts become JSON.
    ...(box ? [{ kind: "box", box: [box[0], box[1], box[2], box[3]] } as const] : []),
    ...points.map(({ x, y, label = 1 }): SlicePrompt => ({ kind: "point", x, y, label })),
    ...scribbles.map(({ path, label = 1 }): SlicePrompt => ({ kind: "scribble", path: path.flat(), label })),
  ];
}
