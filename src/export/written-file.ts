import { createHash } from "node:crypto";
import type { FileToWrite } from "../io/files/write-file.js";

/** A file of an export. */
export interface WrittenFile {
  /** Where it was written. */
  readonly path: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  /** Its size. */
  readonly bytes: number;
}

/** A file to write that takes note of what goes into it. */
export interface NotedFile extends FileToWrite {
  /** What was written. Complete once the file is. */
  written(): WrittenFile;
}

/** @param onBytes told after each piece how many bytes there are so far */
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
