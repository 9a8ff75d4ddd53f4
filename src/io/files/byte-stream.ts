import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { messageOf, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { bunzip2, bzip2ErrorCode } from "./bunzip2.js";
import { readError, systemCode } from "./file-errors.js";

const chunkBytes = 1 << 20;

/** How a file is compressed. */
export type Compression = "gzip" | "bzip2" | null;

/**
 * The bytes of a file, read from start to end and decompressed. Large images are read directly into their
 * final array, without a second copy, and a header can be checked before memory is allocated for its data.
 */
export class ByteStream {
  /** The file's name in messages. */
  readonly name: string;
  /** Bytes read or skipped so far. */
  position = 0;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(path: string, options: { compression: Compression; name: string; signal?: AbortSignal | undefined }) {
    this.name = options.name;
    this.#signal = options.signal;
    this.#stream = streamOf(path, options.compression);
    // The iterator reports errors on the next read. Without a listener, an earlier error would end the process.
    this.#stream.on("error", () => undefined);
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  /**
   * Fills `target` from its start; returns the number of bytes read, less than requested only at the end of the file.
   */
  async read(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.#fetch())) {
      const part = this.#take(target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
    return filled;
  }

  /** The next bytes, which stay to be read; fewer than `count` only at the end of the file. */
  async peek(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < count && (await this.#fetch())) {
      parts.push(this.#chunk);
      length += this.#chunk.length;
      this.#chunk = new Uint8Array(0);
    }
    this.#chunk = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    return this.#chunk.subarray(0, count);
  }

  /** Skips up to `count` bytes (`Infinity` for all remaining); returns the number skipped. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count && (await this.#fetch())) skipped += this.#take(count - skipped).length;
    return skipped;
  }

  /** Closes the file. May be called at any time and more than once. */
  close(): void {
    this.#stream.destroy();
  }

  #take(count: number): Uint8Array {
    const part = this.#chunk.subarray(0, Math.min(count, this.#chunk.length));
    this.#chunk = this.#chunk.subarray(part.length);
    this.position += part.length;
    return part;
  }

  /** Makes sure at least one byte is buffered; false at the end of the file. */
  async #fetch(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      throwIfCanceled(this.#signal, `Reading ${this.name}`);
      try {
        const next = await this.#chunks.next();
        if (next.done) return false;
        this.#chunk = next.value;
      } catch (error) {
        throw this.#streamError(error);
      }
    }
    return true;
  }

  #streamError(error: unknown): SamlabError {
    const code = systemCode(error);
    const details = { file: this.name, value: this.position, cause: error, remedy: "Copy or download it again." };
    if (code === "Z_BUF_ERROR") {
      return new SamlabError(
        "file-truncated",
        `${this.name} is cut off: its gzip stream ends after ${this.position} unzipped bytes.`,
        details,
      );
    }
    if (code?.startsWith("Z_")) {
      const reason = messageOf(error);
      return new SamlabError(
        "format-invalid",
        `${this.name} is damaged: its gzip stream is corrupt after ${this.position} unzipped bytes (${reason}).`,
        details,
      );
    }
    if (code === bzip2ErrorCode) {
      const reason = messageOf(error);
      return new SamlabError(
        "format-invalid",
        `${this.name} is damaged: its bzip2 stream is corrupt or cut off after ${this.position} unzipped bytes (${reason}).`,
        details,
      );
    }
    return readError(error, this.name);
  }
}

function streamOf(path: string, compression: Compression): Readable {
  if (compression === "bzip2") return bunzip2(path, chunkBytes);
  const raw = createReadStream(path, { highWaterMark: chunkBytes });
  if (compression === null) return raw;
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  raw.on("error", (error: Error) => gunzip.destroy(error));
  gunzip.on("close", () => raw.destroy());
  return raw.pipe(gunzip);
}
