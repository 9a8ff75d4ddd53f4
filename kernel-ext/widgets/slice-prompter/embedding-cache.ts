import { isSamlabError, SamlabError } from "../../../src/core/errors.js";
import type { ImageEmbedding } from "../../../src/predict/sam.js";

/** Runs the image encoder for one slice. */
export type Embed<Key> = (
  key: Key,
  signal: AbortSignal,
  onProgress: (fraction: number | null) => void,
) => Promise<ImageEmbedding>;

interface Entry {
  readonly promise: Promise<ImageEmbedding>;
  readonly controller: AbortController;
  settled: boolean;
}

/**
 * Caches one embedding per slice and window. Runs one encoder at a time: a request for another slice cancels the
 * running one, since the user has moved on; it is computed again on the next request.
 */
export class EmbeddingCache<Key> {
  readonly #entries = new Map<string, Entry>();
  readonly #embed: Embed<Key>;
  readonly #name: (key: Key) => string;
  readonly #limit: number;

  /** `limit`: maximum number of embeddings; a SAM embedding is 4 MB. */
  constructor(embed: Embed<Key>, name: (key: Key) => string, limit = 32) {
    this.#embed = embed;
    this.#name = name;
    this.#limit = limit;
  }

  /** True if {@link get} can return without running the encoder. */
  has(key: Key): boolean {
    return this.#entries.get(this.#name(key))?.settled === true;
  }

  /** The embedding from memory, from the current run, or from a new run after all others have ended. */
  async get(key: Key, onProgress: (fraction: number | null) => void): Promise<ImageEmbedding> {
    const name = this.#name(key);
    for (;;) {
      const known = this.#entries.get(name);
      if (known && !known.controller.signal.aborted) return this.#touch(name, known).promise;
      const others = [...this.#entries.values()].filter((entry) => !entry.settled);
      if (others.length === 0) return this.#start(name, key, onProgress).promise;
      for (const entry of others) entry.controller.abort();
      await Promise.allSettled(others.map((entry) => entry.promise));
    }
  }

  /** Adds an embedding that was computed elsewhere. */
  put(key: Key, embedding: ImageEmbedding): void {
    const name = this.#name(key);
    if (this.#entries.has(name)) return;
    this.#entries.set(name, { promise: Promise.resolve(embedding), controller: new AbortController(), settled: true });
    this.#trim();
  }

  /** Cancels the encoder if it is running for another slice. */
  cancelOthers(key: Key): void {
    const name = this.#name(key);
    for (const [other, entry] of this.#entries) if (!entry.settled && other !== name) entry.controller.abort();
  }

  /** Cancels the encoder run, if any. */
  cancel(): void {
    for (const entry of this.#entries.values()) if (!entry.settled) entry.controller.abort();
  }

  clear(): void {
    this.cancel();
    this.#entries.clear();
  }

  #touch(name: string, entry: Entry): Entry {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry;
  }

  #start(name: string, key: Key, onProgress: (fraction: number | null) => void): Entry {
    const controller = new AbortController();
    const promise = this.#embed(key, controller.signal, onProgress).then(
      (embedding) => {
        entry.settled = true;
        // A model that ignores the signal has finished the embedding anyway.
        if (controller.signal.aborted) this.#entries.set(name, { ...entry, controller: new AbortController() });
        this.#trim();
        return embedding;
      },
      (error: unknown) => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
        throw controller.signal.aborted && !isSamlabError(error, "canceled")
          ? new SamlabError("canceled", "Encoding the slice was canceled.", { cause: error })
          : error;
      },
    );
    // A canceled run may have nobody awaiting it.
    promise.catch(() => {});
    const entry: Entry = { promise, controller, settled: false };
    this.#entries.set(name, entry);
    return entry;
  }

  #trim(): void {
    for (const [name, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      if (entry.settled) this.#entries.delete(name);
    }
  }
}
