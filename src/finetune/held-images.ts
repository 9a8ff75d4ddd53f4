import { dropTensor, holdTensor } from "../runtime/session.js";
import type { HeldReference, RunTensor } from "../runtime/tensor.js";

/** Maximum bytes of training images kept on the inference thread; the others are loaded again when needed. */
const defaultLimit = 1e9;

/**
 * The images (or embeddings) of a training on the inference thread, least recently used first out. The others are
 * loaded again, usually from disk.
 */
export class HeldImages {
  readonly #limit: number;
  readonly #held = new Map<string, { readonly reference: Promise<HeldReference>; readonly bytes: number }>();
  #bytes = 0;

  constructor(limit = defaultLimit) {
    this.#limit = limit;
  }

  /** A reference that is valid until the next call. */
  async get(key: string, make: () => Promise<RunTensor>): Promise<HeldReference> {
    const known = this.#held.get(key);
    if (known) {
      // Re-inserted at the end: the map's order is the order of last use.
      this.#held.delete(key);
      this.#held.set(key, known);
      return known.reference;
    }
    const tensor = await make();
    const bytes = tensor.data.byteLength;
    this.#held.set(key, { reference: holdTensor(tensor), bytes });
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#limit || oldest === key) break;
      await this.drop(oldest);
    }
    return this.#held.get(key)!.reference;
  }

  async drop(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    this.#bytes -= held.bytes;
    await dropTensor(await held.reference);
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((key) => this.drop(key)));
  }
}
