import { createHash } from "node:crypto";
import { bytesView } from "../core/dtype.js";
import { messageOf } from "../core/errors.js";
import { roundedToFloat16 } from "../core/half.js";
import type { Bytes2d } from "../core/resize.js";
import { EmbeddingFolder, type EmbeddingPrecision } from "../runtime/embedding-folder.js";
import type { RunTensor } from "../runtime/tensor.js";
import type { ModelFrame } from "./preprocess.js";
import type { ImageEmbedding, RunInfo } from "./sam.js";

/** An embedding's values and their precision. */
export interface KnownEmbedding {
  readonly data: Float32Array;
  readonly precision: EmbeddingPrecision;
}

/**
 * Rounds an embedding's values to a precision; values stay float32 if one is too large for half precision. The result
 * depends only on the values, so that cached and fresh embeddings are equal.
 */
export function inPrecision(data: Float32Array, precision: EmbeddingPrecision): KnownEmbedding {
  const rounded = precision === "float16" ? roundedToFloat16(data) : null;
  return rounded ? { data: rounded, precision } : { data, precision: "float32" };
}

/** An image embedding with its values. Created only by {@link EmbeddingStore}. */
export class StoredEmbedding implements ImageEmbedding {
  constructor(
    readonly key: string,
    readonly frame: ModelFrame,
    readonly tensor: RunTensor & { type: "float32" },
    readonly fromCache: boolean,
    readonly info: RunInfo,
    /** Of the {@link EmbeddingStore}: what made it. */
    readonly identity: string,
  ) {}

  get width(): number {
    return this.frame.width;
  }

  get height(): number {
    return this.frame.height;
  }
}

/** The disk cache of one model's embeddings. */
export class EmbeddingStore {
  /** Everything besides the image that affects an embedding: encoder weights, compiler, preprocessing, provider. */
  readonly identity: string;
  readonly #disk = new EmbeddingFolder();
  readonly #report: (note: string) => void;
  #hasFailed = false;

  constructor(identity: string, report: (note: string) => void) {
    this.identity = identity;
    this.#report = report;
  }

  /** Hash of the model's input and the model. Equal keys mean equal embeddings. */
  key({ width, height, channels, data }: Bytes2d): string {
    return this.keyOf([width, height, channels], data);
  }

  /** As {@link key}, for an input of any size and type. */
  keyOf(size: readonly number[], data: Uint8Array | Uint8ClampedArray | Float32Array): string {
    return createHash("sha256")
      .update(`${this.identity} ${size.join("×")} `)
      .update(bytesView(data))
      .digest("hex");
  }

  /**
   * Reads an embedding from disk. One stored as float32 serves both precisions, since rounding it gives the same
   * values.
   * @param length number of values
   */
  async read(key: string, length: number, precision: EmbeddingPrecision): Promise<KnownEmbedding | null> {
    if (precision === "float16") {
      const halves = await this.#disk.read(key, length, "float16");
      if (halves) return { data: halves, precision };
    }
    const data = await this.#disk.read(key, length, "float32");
    return data && inPrecision(data, precision);
  }

  /** Saves an embedding to disk. A failure is reported, once until it works again, and does not throw. */
  async keep(key: string, { data, precision }: KnownEmbedding): Promise<void> {
    try {
      await this.#disk.write(key, data, precision);
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#report(`Embeddings are not kept on disk: ${messageOf(error)}`);
      this.#hasFailed = true;
    }
  }
}
