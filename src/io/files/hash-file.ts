import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { crc32 } from "node:zlib";
import { SamlabError } from "../../core/errors.js";
import { ByteStream } from "./byte-stream.js";
import { readError } from "./file-errors.js";
import { fileSize } from "./read-file.js";

/**
 * The sha256 of a file's bytes, as 64 lower-case hex digits. Streams the file, so it is never in memory as a whole.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated` (0 bytes), `canceled`
 */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  await fileSize(path);
  const stream = new ByteStream(path, { compression: null, name: path, signal });
  const hash = createHash("sha256");
  const chunk = new Uint8Array(1 << 20);
  try {
    for (let got = chunk.length; got === chunk.length; ) {
      got = await stream.read(chunk);
      hash.update(chunk.subarray(0, got));
    }
  } finally {
    stream.close();
  }
  return hash.digest("hex");
}

/**
 * The CRC-32 of a file's bytes: a checksum against damage.
 * @throws {SamlabError} `file-missing`, `file-unreadable`
 */
export async function crc32OfFile(path: string): Promise<number> {
  let sum = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
    }
  } catch (error) {
    throw readError(error, path);
  }
  return sum;
}

/**
 * The sha256 of a file, or of a folder: of the lines `<sha256>  <name>` of its files, sorted by name, which is what
 * `sha256sum * | sha256sum` prints in it. Hidden files and subfolders do not count.
 * @throws {SamlabError} as {@link sha256OfFile}
 */
export async function sha256OfPath(path: string, signal?: AbortSignal): Promise<string> {
  const failed = (error: unknown) => {
    throw readError(error, path);
  };
  if (!(await stat(path).catch(failed)).isDirectory()) return sha256OfFile(path, signal);
  const entries = await readdir(path, { withFileTypes: true }).catch(failed);
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  return sha256OfPaths(path, names.sort(), signal);
}

/** The sha256 of the lines `<sha256>  <name>` of files in a folder: what `sha256sum names | sha256sum` prints in it. */
export async function sha256OfPaths(folder: string, names: readonly string[], signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${await sha256OfFile(resolve(folder, name), signal)}  ${name}\n`);
  return hash.digest("hex");
}

/**
 * Checks a file or a folder against an expected hash.
 * @param hashOf how it is hashed
 * @throws {SamlabError} `hash-mismatch`, and as `hashOf`
 */
export async function checkSha256(
  path: string,
  expected: string,
  signal?: AbortSignal,
  hashOf: typeof sha256OfPath = sha256OfPath,
): Promise<void> {
  const found = await hashOf(path, signal);
  if (found === expected) return;
  throw new SamlabError("hash-mismatch", `${path} has the sha256 ${found}, not ${expected}.`, {
    file: path,
    field: "sha256",
    value: found,
    remedy: "Download it again, or, if it was changed on purpose, write the new sha256 into the manifest.",
  });
}
