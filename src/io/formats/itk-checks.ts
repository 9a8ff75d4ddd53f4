import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { SamlabError } from "../../core/errors.js";
import { ByteStream } from "../files/byte-stream.js";
import { systemCode } from "../files/file-errors.js";
import { readAll, readHead } from "../files/read-file.js";
import type { HeaderFields } from "./text-header.js";

/**
 * Checks that a FreeSurfer file is complete and its gzip stream intact. ITK returns partial data without an error.
 * @throws {SamlabError} `file-truncated`, `format-invalid`, `canceled`
 */
export async function checkMgh(path: string, name: string, signal?: AbortSignal): Promise<void> {
  const start = await readHead(path, 2, name);
  const stream = new ByteStream(path, {
    compression: start[0] === 0x1f && start[1] === 0x8b ? "gzip" : null,
    name,
    signal,
  });
  try {
    const head = Buffer.alloc(24);
    await stream.read(head);
    const sizes = [4, 8, 12, 16].map((at) => head.readInt32BE(at));
    const each = { 0: 1, 1: 4, 3: 4, 4: 2 }[head.readInt32BE(20)] ?? 1;
    const needed = 284 + sizes.reduce((product, size) => product * size, each);
    await stream.skip(Number.POSITIVE_INFINITY);
    if (needed > stream.position) {
      throw impossible(name, "sizes", sizes, `${stream.position} bytes do not hold ${needed}.`);
    }
  } finally {
    stream.close();
  }
}

/**
 * Checks that the compressed voxels of a MetaImage are intact. ITK returns partial data without an error.
 * @throws {SamlabError} `file-truncated`, `format-invalid`, `file-missing`
 */
export async function checkMetaImage(
  path: string,
  fields: HeaderFields,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  if (!/^true$/i.test(fields.get("compresseddata") ?? "")) return;
  const said = fields.get("elementdatafile") ?? "LOCAL";
  if (/^LIST|%/i.test(said)) return;
  const isLocal = /^LOCAL$/i.test(said);
  const bytes = await readAll(isLocal ? path : join(dirname(path), said), signal, isLocal ? name : said);
  const zipped = isLocal ? bytes.subarray(localStart(bytes)) : bytes;
  try {
    await promisify(inflate)(zipped);
  } catch (cause) {
    const isCut = systemCode(cause) === "Z_BUF_ERROR";
    throw new SamlabError(
      isCut ? "file-truncated" : "format-invalid",
      `${name} is ${isCut ? "cut off" : "damaged"}: its compressed voxels ${isCut ? "end early" : "are corrupt"}.`,
      { file: name, field: "CompressedData", remedy: "Copy or download it again.", cause },
    );
  }
}

/** In a single file, voxels start after the `ElementDataFile` line. */
function localStart(bytes: Uint8Array): number {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1 << 18));
  const line = /ElementDataFile[^\n]*\n/i.exec(head);
  return line ? line.index + line[0].length : 0;
}

/** The error for an invalid header. */
export function impossible(name: string, field: string, value: unknown, why: string): SamlabError {
  return new SamlabError("format-invalid", `${name} has an invalid header: its ${field} are ${String(value)}. ${why}`, {
    file: name,
    field,
    value,
    remedy: "Write the file again with the program that made it.",
  });
}
