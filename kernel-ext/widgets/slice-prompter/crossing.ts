import { forEachRowRun, forEachRun } from "../../../src/core/mask-runs.js";
import type { Plane } from "../../../src/core/plane.js";
import { crossedText } from "../../../src/protocol/crossed-text.js";
import type { CrossedSlices } from "../../../src/protocol/slice-prompter.js";
import {
  frameOf,
  type Place,
  pixelUnder,
  type SliceFrame,
  type Subject,
  samePlace,
} from "../../../src/protocol/slices.js";
import { answerOf, type Book, maskOf, type Slot, slotOf } from "./book.js";
import { masksOf, type ShownMask, sameMasks, slotsOf } from "./book-figures.js";
import { type PackedMask, packed, unpacked } from "./packed-mask.js";
import { chosenOf } from "./run.js";

/** What an object has on a slice from its masks on slices of other planes. */
export interface Crossing extends PackedMask {
  readonly from: readonly CrossedSlices[];
}

/** Number of a frame's pixel under a voxel, row-major. */
function pixelNumber(frame: SliceFrame, voxel: readonly [number, number, number]): number {
  const [x, y] = pixelUnder(frame, voxel);
  return y * frame.width + x;
}

/** The voxel index of a slice along its frame's slice axis, and the inverse. */
function depthOf({ count, direction }: SliceFrame, index: number): number {
  return direction[2] === 1 ? index : count - 1 - index;
}

/**
 * Calls `visit` with the pixels of two slices of different planes along the line where they meet, where a mask of the
 * first has pixels.
 */
function alongCrossing(
  subject: Subject,
  a: Place,
  b: Place,
  { runs }: PackedMask,
  visit: (a: number, b: number) => void,
): void {
  const [frameA, frameB] = [frameOf(subject, a.plane), frameOf(subject, b.plane)];
  const voxel: [number, number, number] = [0, 0, 0];
  voxel[frameA.axis[2]] = depthOf(frameA, a.index);
  voxel[frameB.axis[2]] = depthOf(frameB, b.index);
  const free = 3 - frameA.axis[2] - frameB.axis[2];
  const [startA, startB] = [pixelNumber(frameA, voxel), pixelNumber(frameB, voxel)];
  voxel[free] = 1;
  const [stepA, stepB] = [pixelNumber(frameA, voxel) - startA, pixelNumber(frameB, voxel) - startB];
  const length = [frameB.width, frameB.height][frameB.axis.indexOf(free)]!;
  const last = startA + (length - 1) * stepA;
  const [low, high, step] = [Math.min(startA, last), Math.max(startA, last), Math.abs(stepA)];
  forEachRun(runs, (start, end) => {
    const first = low + Math.ceil(Math.max(0, start - low) / step) * step;
    for (let pixel = first; pixel < end && pixel <= high; pixel += step) {
      visit(pixel, startB + ((pixel - startA) / stepA) * stepB);
    }
  });
}

/** The mask to show, also the previous one while a newer one is predicted. */
const shownMask = (slot: Slot): PackedMask | null => maskOf(slot)?.candidate ?? null;

/** The mask that counts in the volume. */
const finalMask = (slot: Slot): PackedMask | null => {
  const answer = answerOf(slot);
  return answer && chosenOf(answer, slot.chosen);
};

/** An object's slots of other planes that have pixels on the slice at `place`, with each pair of pixels. */
function* slotsAcross(
  book: Book,
  subject: Subject,
  object: number,
  place: Place,
  maskIn: (slot: Slot) => PackedMask | null,
): Generator<{ slot: Slot; mask: PackedMask; each: (visit: (own: number, there: number) => void) => void }> {
  for (const slot of slotsOf(book, object)) {
    if (slot.place.plane === place.plane) continue;
    const mask = maskIn(slot);
    if (!mask || mask.area === 0) continue;
    const each = (visit: (own: number, there: number) => void) =>
      alongCrossing(subject, slot.place, place, mask, visit);
    yield { slot, mask, each };
  }
}

function crossingFrom(
  book: Book,
  subject: Subject,
  object: number,
  place: Place,
  maskIn: (slot: Slot) => PackedMask | null,
): Crossing | null {
  const { width, height } = frameOf(subject, place.plane);
  let data: Uint8Array | null = null;
  const from = new Map<Plane, CrossedSlices>();
  for (const { slot, each } of slotsAcross(book, subject, object, place, maskIn)) {
    let meets = false;
    each((_, there) => {
      meets = true;
      data ??= new Uint8Array(width * height);
      data[there] = 1;
    });
    const { plane, index } = slot.place;
    if (!meets || !plane) continue;
    const { first = index, last = index } = from.get(plane) ?? {};
    from.set(plane, { plane, first: Math.min(first, index), last: Math.max(last, index) });
  }
  return data && { ...packed({ data }), from: [...from.values()] };
}

/** What an object shows on a slice from slices of other planes; null if nothing. */
export function crossingOf(book: Book, subject: Subject, object: number, place: Place): Crossing | null {
  return crossingFrom(book, subject, object, place, shownMask);
}

/** A slot of another plane, and its pixels that lie on a slice. */
export interface CrossingSlot {
  readonly slot: Slot;
  readonly mask: PackedMask;
  readonly pixels: readonly number[];
}

/** An object's slots of other planes with pixels of `wanted`, a mask on a slice, row-major. */
export function slotsCrossing(
  book: Book,
  subject: Subject,
  object: number,
  place: Place,
  wanted: Uint8Array,
): CrossingSlot[] {
  const found: CrossingSlot[] = [];
  for (const { slot, mask, each } of slotsAcross(book, subject, object, place, shownMask)) {
    const pixels: number[] = [];
    each((own, there) => {
      if (wanted[there] !== 0) pixels.push(own);
    });
    if (pixels.length > 0) found.push({ slot, mask, pixels });
  }
  return found;
}

function united(a: PackedMask | null, b: PackedMask | null): PackedMask | null {
  if (!a || !b) return a ?? b;
  const { data } = unpacked(a, { width: a.pixels, height: 1 });
  forEachRun(b.runs, (start, end) => data.fill(1, start, end));
  return packed({ data });
}

/** All that an object shows on a slice, from slices of any plane; null if it has no mask there. */
export function sectionOf(book: Book, subject: Subject, object: number, place: Place): PackedMask | null {
  const slot = slotOf(book, place, object);
  return united(slot && shownMask(slot), crossingOf(book, subject, object, place));
}

/** As {@link sectionOf}, without masks that a running prediction will replace: the slice of the object's volume. */
export function finalSectionOf(book: Book, subject: Subject, object: number, place: Place): PackedMask | null {
  const slot = slotOf(book, place, object);
  return united(slot && finalMask(slot), crossingFrom(book, subject, object, place, finalMask));
}

/** An object on a slice. */
export interface ObjectOnSlice {
  /** Its mask on the slice itself. */
  readonly own: PackedMask | null;
  readonly crossing: Crossing | null;
  /** Both together; null if it has neither. */
  readonly whole: PackedMask | null;
}

/** What the objects of a book have on the slices of a volume, from slices of every plane. Computed when asked for. */
export class Crossings {
  readonly #subject: Subject;
  #slice: {
    readonly place: Place;
    readonly objects: Book["objects"];
    readonly masks: readonly ShownMask[];
    readonly found: ReadonlyMap<number, ObjectOnSlice>;
  } | null = null;
  #plane: {
    readonly plane: Place["plane"];
    readonly masks: readonly ShownMask[];
    readonly crossed: ReadonlyMap<number, ReadonlySet<number>>;
  } | null = null;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** The objects on a slice, by id. What has not changed is the same object. */
  at(book: Book, place: Place): ReadonlyMap<number, ObjectOnSlice> {
    const [masks, { objects }, last] = [masksOf(book), book, this.#slice];
    const old = last && samePlace(last.place, place) ? last.found : null;
    if (last && old && last.objects === objects && sameMasks(last.masks, masks)) return old;
    const found = objects.map(({ id }): [number, ObjectOnSlice] => {
      const before = old?.get(id);
      const slot = slotOf(book, place, id);
      const own = slot && shownMask(slot);
      const fresh = crossingOf(book, this.#subject, id, place);
      const crossing = before?.crossing && fresh && isSameCrossing(before.crossing, fresh) ? before.crossing : fresh;
      if (before && before.own === own && before.crossing === crossing) return [id, before];
      return [id, { own, crossing, whole: united(own, crossing) }];
    });
    this.#slice = { place, objects, masks, found: new Map(found) };
    return this.#slice.found;
  }

  /** The slices of a plane on which each object, by id, has voxels from slices of other planes. */
  crossed(book: Book, plane: Place["plane"]): ReadonlyMap<number, ReadonlySet<number>> {
    const masks = masksOf(book);
    const last = this.#plane;
    if (last?.plane === plane && sameMasks(last.masks, masks)) return last.crossed;
    this.#plane = { plane, masks, crossed: this.#crossedIn(masks, plane) };
    return this.#plane.crossed;
  }

  #crossedIn(masks: readonly ShownMask[], plane: Place["plane"]): ReadonlyMap<number, ReadonlySet<number>> {
    const section = frameOf(this.#subject, plane);
    const held = new Map<number, Uint8Array>();
    for (const { slot, mask } of masks) {
      if (slot.place.plane === plane || mask.area === 0) continue;
      const frame = frameOf(this.#subject, slot.place.plane);
      const side = frame.axis[0] === section.axis[2] ? 0 : 1;
      const length = side === 0 ? frame.width : frame.height;
      const slices = held.get(slot.object) ?? new Uint8Array(section.count);
      held.set(slot.object, slices);
      for (const at of linesOf(mask, frame)[side]) {
        slices[depthOf(section, frame.direction[side] === 1 ? at : length - 1 - at)] = 1;
      }
    }
    return new Map([...held].map(([object, slices]) => [object, new Set(numbersOf(slices))]));
  }
}

function isSameCrossing(a: Crossing, b: Crossing): boolean {
  const isSameText = crossedText(a.from) === crossedText(b.from);
  return isSameText && a.area === b.area && Buffer.compare(a.runs, b.runs) === 0;
}

/** Where a flag is set. */
function numbersOf(flags: Uint8Array): Uint16Array {
  const numbers = new Uint16Array(flags.length);
  let count = 0;
  for (let n = 0; n < flags.length; n++) if (flags[n] === 1) numbers[count++] = n;
  return numbers.slice(0, count);
}

/** Memoized, as masks stay the same between changes. */
const lines = new WeakMap<PackedMask, readonly [columns: Uint16Array, rows: Uint16Array]>();

/** The columns and rows in which a mask has pixels. */
function linesOf(mask: PackedMask, { width, height }: SliceFrame): readonly [columns: Uint16Array, rows: Uint16Array] {
  const known = lines.get(mask);
  if (known) return known;
  const held = [new Uint8Array(width), new Uint8Array(height)] as const;
  forEachRowRun(mask.runs, width, (y, start, end) => {
    held[0].fill(1, start, end);
    held[1][y] = 1;
  });
  const found = [numbersOf(held[0]), numbersOf(held[1])] as const;
  lines.set(mask, found);
  return found;
}
