import { isSamlabError } from "../core/errors.js";
import { unseen } from "../core/long-work.js";
import type { Plane } from "../core/plane.js";
import type { Volume } from "../io/image/volume.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";

/** Embeddings of a volume's slices; the next one is made while the previous one is decoded. */
export class SliceEncoder {
  /** Slices that the encoder ran on, and its milliseconds. */
  readonly encoded = new Set<number>();
  milliseconds = 0;
  /** Slices whose embedding was on disk from an earlier call. */
  readonly cached = new Set<number>();
  readonly #sam: Sam;
  readonly #volume: Volume;
  readonly #plane: Plane;
  readonly #options: { readonly signal?: AbortSignal; readonly isBlankAllowed?: true };
  readonly #isFresh: boolean;
  #ahead: { readonly slice: number; readonly embedding: Promise<ImageEmbedding | null> } | undefined;

  /**
   * @param isFresh run the encoder once on each slice, even if its embedding is on disk
   * @param isBlankAllowed encode slices of one value too
   */
  constructor(
    sam: Sam,
    volume: Volume,
    plane: Plane,
    isFresh: boolean,
    signal: AbortSignal | undefined,
    isBlankAllowed = false,
  ) {
    this.#sam = sam;
    this.#volume = volume;
    this.#plane = plane;
    this.#isFresh = isFresh;
    this.#options = { ...(signal ? { signal } : {}), ...(isBlankAllowed ? { isBlankAllowed } : {}) };
  }

  /** `null` for a slice with one value only, unless those are encoded. */
  async at(slice: number): Promise<ImageEmbedding | null> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead?.slice === slice ? ahead.embedding : this.#encode(slice);
  }

  /** Starts to encode the slice that is needed next. */
  begin(slice: number): void {
    if (this.#ahead?.slice === slice) return;
    const embedding = this.#encode(slice);
    embedding.catch(() => undefined);
    this.#ahead = { slice, embedding };
  }

  async #encode(slice: number): Promise<ImageEmbedding | null> {
    const isKnown = this.encoded.has(slice) || this.cached.has(slice);
    const fresh = this.#isFresh && !isKnown ? { isFresh: true } : {};
    try {
      const embedding = await this.#sam.embed(this.#volume.slice(slice, this.#plane), {
        ...this.#options,
        ...fresh,
        onProgress: unseen,
      });
      if (!embedding.fromCache) {
        this.encoded.add(slice);
        this.milliseconds += embedding.info.milliseconds;
      } else if (!isKnown) this.cached.add(slice);
      return embedding;
    } catch (error) {
      if (isSamlabError(error, "image-empty")) return null;
      throw error;
    }
  }
}
