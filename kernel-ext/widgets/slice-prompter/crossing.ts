import type { Plane } from "../../../src/core/plane.js";
import { crossedText } from "../../../src/protocol/crossed-text.js";
import type { CrossedSlices } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, pixelUnder, type SliceFrame, type Subject } from "../../../src/protocol/slices.js";
import { answerOf, type Book, maskOf, type Slot, slotOf } from "./book.js";
import { chosenOf, type PackedCandidate } from "./run.js";

/** The bits of a mask, as packed by `packMask`, and how many pixels it has. */
export type PackedBits = Pick<PackedCandidate, "bits" | "area" | "pixels">;

/** What an object has on a slice from its masks on slices of other planes. */
export interface Crossing extends PackedBits {
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

/** Calls `visit` with the pixels of two slices of different planes along the line where they meet. */
function alongCrossing(subject: Subject, a: Place, b: Place, visit: (a: number, b: number) => void): void {
  const [frameA, frameB] = [frameOf(subject, a.plane), frameOf(subject, b.plane)];
  const voxel: [number, number, number] = [0, 0, 0];
  voxel[frameA.axis[2]] = depthOf(frameA, a.index);
  voxel[frameB.axis[2]] = depthOf(frameB, b.index);
  const free = 3 - frameA.axis[2] - frameB.axis[2];
  const [startA, startB] = [pixelNumber(frameA, voxel), pixelNumber(frameB, voxel)];
  voxel[free] = 1;
  const [stepA, stepB] = [pixelNumber(frameA, voxel) - startA, pixelNumber(frameB, voxel) - startB];
  const length = [frameB.width, frameB.height][frameB.axis.indexOf(free)]!;
  for (let n = 0; n < length; n++) visit(startA + n * stepA, startB + n * stepB);
}

const hasBit = (bits: Uint8Array, pixel: number) => ((bits[pixel >> 3]! >> (pixel & 7)) & 1) === 1;

/** The mask to show, also the previous one while a newer one is predicted. */
const shownMask = (slot: Slot): PackedBits | null => maskOf(slot)?.candidate ?? null;

/** The mask that counts in the volume. */
const finalMask = (slot: Slot): PackedBits | null => {
  const answer = answerOf(slot);
  return answer && chosenOf(answer, slot.chosen);
};

/** An object's slots of other planes that have pixels on the slice at `place`, with each pair of pixels. */
function* slotsAcross(
  book: Book,
  subject: Subject,
  object: number,
  place: Place,
  maskIn: (slot: Slot) => PackedBits | null,
): Generator<{ slot: Slot; mask: PackedBits; each: (visit: (own: number, there: number) => void) => void }> {
  for (const slot of book.slots.values()) {
    if (slot.object !== object || slot.place.plane === place.plane) continue;
    const mask = maskIn(slot);
    if (!mask || mask.area === 0) continue;
    const each = (visit: (own: number, there: number) => void) =>
      alongCrossing(subject, slot.place, place, (own, there) => {
        if (hasBit(mask.bits, own)) visit(own, there);
      });
    yield { slot, mask, each };
  }
}

function crossingFrom(
  book: Book,
  subject: Subject,
  object: number,
  place: Place,
  maskIn: (slot: Slot) => PackedBits | null,
): Crossing | null {
  const { width, height } = frameOf(subject, place.plane);
  const pixels = width * height;
  let bits: Uint8Array | null = null;
  let area = 0;
  const from = new Map<Plane, CrossedSlices>();
  for (const { slot, each } of slotsAcross(book, subject, object, place, maskIn)) {
    let meets = false;
    each((_, there) => {
      meets = true;
      bits ??= new Uint8Array((pixels + 7) >> 3);
      if (hasBit(bits, there)) return;
      bits[there >> 3] |= 1 << (there & 7);
      area++;
    });
    const { plane, index } = slot.place;
    if (!meets || !plane) continue;
    const { first = index, last = index } = from.get(plane) ?? {};
    from.set(plane, { plane, first: Math.min(first, index), last: Math.max(last, index) });
  }
  return bits && { bits, area, pixels, from: [...from.values()] };
}

/** What an object shows on a slice from slices of other planes; null if nothing. */
export function crossingOf(book: Book, subject: Subject, object: number, place: Place): Crossing | null {
  return crossingFrom(book, subject, object, place, shownMask);
}

/** A slot of another plane, and its pixels that lie on a slice. */
export interface CrossingSlot {
  readonly slot: Slot;
  readonly mask: PackedBits;
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

function united(a: PackedBits | null, b: PackedBits | null): PackedBits | null {
  if (!a || !b) return a ?? b;
  const bits = a.bits.map((byte, n) => byte | b.bits[n]!);
  return { bits, area: countBits(bits), pixels: a.pixels };
}

export function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

/** All that an object shows on a slice, from slices of any plane; null if it has no mask there. */
export function sectionOf(book: Book, subject: Subject, object: number, place: Place): PackedBits | null {
  const slot = slotOf(book, place, object);
  return united(slot && shownMask(slot), crossingOf(book, subject, object, place));
}

/** As {@link sectionOf}, without masks that a running prediction will replace: the slice of the object's volume. */
export function finalSectionOf(book: Book, subject: Subject, object: number, place: Place): PackedBits | null {
  const slot = slotOf(book, place, object);
  return united(slot && finalMask(slot), crossingFrom(book, subject, object, place, finalMask));
}

/** An object on a slice. */
export interface ObjectOnSlice {
  /** Its mask on the slice itself. */
  readonly own: PackedBits | null;
  readonly crossing: Crossing | null;
  /** Both together; null if it has neither. */
  readonly whole: PackedBits | null;
}

/** What the objects of a book have on the slices of a volume, from slices of every plane. Computed when asked for. */
export class Crossings {
  readonly #subject: Subject;
  #slice: { readonly from: readonly unknown[]; readonly objects: ReadonlyMap<number, ObjectOnSlice> };
  #plane: { readonly from: readonly unknown[]; readonly crossed: ReadonlyMap<number, ReadonlySet<number>> };

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#slice = { from: [], objects: new Map() };
    this.#plane = { from: [], crossed: new Map() };
  }

  /** The objects on a slice, by id. What has not changed is the same object. */
  at(book: Book, place: Place): ReadonlyMap<number, ObjectOnSlice> {
    const from = [place.plane, place.index, ...masksOf(book)];
    if (!sameParts(from, this.#slice.from)) {
      const isSamePlace = sameParts(from.slice(0, 2), this.#slice.from.slice(0, 2));
      const objects = book.objects.map(({ id }): [number, ObjectOnSlice] => {
        const old = isSamePlace ? this.#slice.objects.get(id) : undefined;
        const slot = slotOf(book, place, id);
        const own = slot && shownMask(slot);
        const fresh = crossingOf(book, this.#subject, id, place);
        const crossing = old?.crossing && fresh && isSameCrossing(old.crossing, fresh) ? old.crossing : fresh;
        if (old && old.own === own && old.crossing === crossing) return [id, old];
        return [id, { own, crossing, whole: united(own, crossing) }];
      });
      this.#slice = { from, objects: new Map(objects) };
    }
    return this.#slice.objects;
  }

  /** The slices of a plane on which each object, by id, has voxels from slices of other planes. */
  crossed(book: Book, plane: Place["plane"]): ReadonlyMap<number, ReadonlySet<number>> {
    const from = [plane, ...masksOf(book)];
    if (!sameParts(from, this.#plane.from)) this.#plane = { from, crossed: this.#crossedIn(book, plane) };
    return this.#plane.crossed;
  }

  #crossedIn(book: Book, plane: Place["plane"]): ReadonlyMap<number, ReadonlySet<number>> {
    const section = frameOf(this.#subject, plane);
    const crossed = new Map<number, Set<number>>();
    for (const slot of book.slots.values()) {
      const mask = slot.place.plane === plane ? null : shownMask(slot);
      if (!mask || mask.area === 0) continue;
      const frame = frameOf(this.#subject, slot.place.plane);
      const side = frame.axis[0] === section.axis[2] ? 0 : 1;
      const lines = linesOf(mask.bits, frame)[side];
      const slices = crossed.get(slot.object) ?? new Set();
      crossed.set(slot.object, slices);
      lines.forEach((isHeld, at) => {
        if (isHeld === 0) return;
        const voxel = frame.direction[side] === 1 ? at : lines.length - 1 - at;
        slices.add(depthOf(section, voxel));
      });
    }
    return crossed;
  }
}

function isSameCrossing(a: Crossing, b: Crossing): boolean {
  const isSameText = crossedText(a.from) === crossedText(b.from);
  return isSameText && a.area === b.area && a.bits.every((byte, n) => byte === b.bits[n]);
}

/** Memoized, as masks stay the same between changes. */
const lines = new WeakMap<Uint8Array, readonly [columns: Uint8Array, rows: Uint8Array]>();

/** The columns and rows in which a mask has pixels. */
function linesOf(bits: Uint8Array, { width, height }: SliceFrame): readonly [columns: Uint8Array, rows: Uint8Array] {
  const known = lines.get(bits);
  if (known) return known;
  const [columns, rows] = [new Uint8Array(width), new Uint8Array(height)];
  for (let byte = 0; byte < bits.length; byte++) {
    for (let rest = bits[byte]!; rest !== 0; rest &= rest - 1) {
      const pixel = 8 * byte + 31 - Math.clz32(rest & -rest);
      columns[pixel % width] = 1;
      rows[Math.floor(pixel / width)] = 1;
    }
  }
  lines.set(bits, [columns, rows]);
  return [columns, rows];
}

/** The masks of a book by identity: as long as they are the same, so is what is made from them. */
export function masksOf(book: Book): unknown[] {
  return [...book.slots.values()].flatMap((slot) => {
    const bits = maskOf(slot)?.candidate.bits;
    return bits ? [slot.object, bits] : [];
  });
}

export function sameParts(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, n) => part === b[n]);
}
