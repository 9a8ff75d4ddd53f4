import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Slot } from "./book.js";

/** As many slots are written one by one before a new block is made. */
const mostSingle = 256;

/** The slots of a book in a file: many of them as one block, the others one by one. */
export interface ArchivedSlots<Text> {
  /** A list of slots, compressed; empty if there is none. */
  readonly block: string;
  /** The positions in {@link block} of slots that the book does not have any more. */
  readonly gone: readonly number[];
  readonly slots: readonly Text[];
}

/**
 * Makes the text of a book's slots. Most of many thousand slots stay the same from one change to the next: these are
 * not made into text again.
 */
export class SlotArchive<Text> {
  readonly #textOf: (slot: Slot) => Text;
  #positions: ReadonlyMap<Slot, number> = new Map();
  #block = "";

  constructor(textOf: (slot: Slot) => Text) {
    this.#textOf = textOf;
  }

  /** The block that `slots` were read from, in this order. */
  adopt(block: string, slots: readonly Slot[]): void {
    this.#block = block;
    this.#positions = new Map(slots.map((slot, n) => [slot, n]));
  }

  of(slots: ReadonlyMap<string, Slot>): ArchivedSlots<Text> {
    const { single, gone } = this.#split(slots);
    const settled = single.filter(({ run }) => run.status === "done");
    const isWorn = gone.length > Math.max(mostSingle, this.#positions.size / 2);
    if (settled.length <= mostSingle && !isWorn) return this.#text(single, gone);
    const all = [...slots.values()].filter(({ run }) => run.status === "done");
    this.adopt(deflateRawSync(JSON.stringify(all.map(this.#textOf)), { level: 1 }).toString("base64"), all);
    return this.#text(this.#split(slots).single, []);
  }

  #text(single: readonly Slot[], gone: readonly number[]): ArchivedSlots<Text> {
    return { block: this.#block, gone, slots: single.map(this.#textOf) };
  }

  #split(slots: ReadonlyMap<string, Slot>): { single: Slot[]; gone: number[] } {
    const [single, held]: [Slot[], Uint8Array] = [[], new Uint8Array(this.#positions.size)];
    for (const slot of slots.values()) {
      const position = this.#positions.get(slot);
      if (position === undefined) single.push(slot);
      else held[position] = 1;
    }
    return { single, gone: [...held.keys()].filter((position) => held[position] === 0) };
  }
}

/** The list in a block. @throws if it is damaged */
export function readBlock(block: string): unknown {
  return block === "" ? [] : JSON.parse(inflateRawSync(Buffer.from(block, "base64")).toString());
}
