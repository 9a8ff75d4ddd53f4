import { createHash } from "node:crypto";
import type { FileToWrite } from "../io/files/write-file.js";

/** An exported file. */
export interface WrittenFile {
  /** Where it was written. */
  readonly path: string;
  /** sha256 of the file, hex. */
  readonly sha256: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/** A file's chunks, hashed and counted as they are written. */
export interface NotedFile extends FileToWrite {
  /** Hash and size. Valid once the file is written. */
  written(): WrittenFile;
}

/** @param onBytes called after each chunk with the number of bytes so far */
export function noted(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): NotedFile {
  const hash = createHash("sha256");
  let total = 0;
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      yield piece;
      hash.update(piece);
      total += piece.byteLength;
      onBytes?.(total);
    }
  }
  let sha256: string | undefined;
  return {
    path,
    bytes: watched(),
    written() {
      sha256 ??= hash.digest("hex");
      return { path, sha256, bytes: total };
    },
  };
}
