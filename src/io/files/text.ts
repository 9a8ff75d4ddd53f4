import { constants } from "node:buffer";
import { createReadStream } from "node:fs";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { readError } from "./file-errors.js";
import { fileSize, readAll } from "./read-file.js";

/**
 * A UTF-8 file as one string.
 * @param ifTooLong what to do with a file that is longer than a string can be
 * @throws {SamlabError} as {@link readAll}; `format-unsupported` for such a file
 */
export async function readText(path: string, ifTooLong: string, signal?: AbortSignal): Promise<string> {
  const bytes = await fileSize(path);
  if (bytes <= constants.MAX_STRING_LENGTH) return new TextDecoder().decode(await readAll(path, signal));
  throw new SamlabError("format-unsupported", `${path} has ${bytes} bytes, more than can be read as one text.`, {
    file: path,
    value: bytes,
    remedy: ifTooLong,
  });
}

/** A line of a file. */
export interface Line {
  /** Without its end. */
  readonly text: string;
  /** Bytes from the start of the file to the end of the line, with its newline. */
  readonly end: number;
  /** False for a last line without a newline. */
  readonly isWhole: boolean;
}

/**
 * The lines of a UTF-8 file of any size. An empty file has none.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `canceled`
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let end = 0;
  let begun: Uint8Array[] = [];
  const line = (last: Uint8Array, isWhole: boolean): Line => {
    const bytes = Buffer.concat([...begun, last]);
    begun = [];
    end += bytes.length + (isWhole ? 1 : 0);
    return { text: decoder.decode(bytes), end, isWhole };
  };
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      throwIfCanceled(signal, `Reading ${path}`);
      let start = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
        yield line(chunk.subarray(start, at), true);
        start = at + 1;
      }
      if (start < chunk.length) begun.push(chunk.subarray(start));
    }
  } catch (error) {
    throw error instanceof SamlabError ? error : readError(error, path);
  }
  if (begun.length > 0) yield line(new Uint8Array(0), false);
}
