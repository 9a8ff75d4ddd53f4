import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./make-folder.js";
import { readAll } from "./read-file.js";
import { type FileBytes, writeFileAtomic } from "./write-file.js";

/** Share of the limit that is written between two checks of the folder's size. */
const sweepAfter = 1 / 16;

/** Files of a cache folder with a size limit. The least recently used are deleted first. */
export class CachedFiles {
  readonly #folder: string;
  readonly #limit: () => number;
  /** Bytes written since the last check; the first file is checked, too. */
  #written = Number.POSITIVE_INFINITY;

  /** @param limit bytes that all files together may take */
  constructor(folder: string, limit: () => number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /**
   * The file's bytes, `null` if it is missing or cannot be read.
   * @param length of the file; another counts as missing
   */
  async read(name: string, length?: number): Promise<Uint8Array | null> {
    const path = join(this.#folder, name);
    const info = await stat(path).catch(() => null);
    if (!info || (length !== undefined && info.size !== length)) return null;
    try {
      const bytes = await readAll(path);
      const now = new Date();
      // The time of last use decides what is deleted first.
      await utimes(path, now, now).catch(() => undefined);
      return bytes;
    } catch {
      return null;
    }
  }

  /**
   * Writes a file, unless it alone is above the limit, and deletes others where all are.
   * @param size of the bytes
   * @throws {SamlabError} `disk-full`, `file-write-failed`
   */
  async write(name: string, bytes: FileBytes, size: number): Promise<void> {
    if (size <= this.#limit()) {
      await makeFolder(this.#folder).catch(() => undefined);
      await writeFileAtomic(join(this.#folder, name), bytes);
      this.#written += size;
    }
    if (this.#written < sweepAfter * this.#limit()) return;
    this.#written = 0;
    await sweepFiles(this.#folder, this.#limit());
  }
}

const day = 24 * 3600 * 1000;

/** A temporary file older than this belongs to a process that was killed, ms. */
const longestWrite = day;

/**
 * When a file was used last, ms. One that was used in the future is from a time when the clock was wrong, and counts as
 * the oldest; else it would stay until then.
 */
export function lastUse(mtimeMs: number): number {
  return mtimeMs > Date.now() + day ? 0 : mtimeMs;
}

/**
 * Deletes the files of a folder that were used longest ago, until the others are within a limit, and what killed
 * processes left.
 * @param spared files used in this time stay, ms
 */
export async function sweepFiles(folder: string, limit: number, spared = 0): Promise<void> {
  const files: { path: string; size: number; used: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (!info?.isFile()) continue;
    if (!name.endsWith(".tmp")) files.push({ path, size: info.size, used: lastUse(info.mtimeMs) });
    else if (Date.now() - info.mtimeMs > longestWrite) await rm(path, { force: true });
  }
  let total = files.reduce((sum, file) => sum + file.size, 0);
  for (const { path, size, used } of files.sort((a, b) => a.used - b.used)) {
    if (total <= limit || Date.now() - used < spared) return;
    await rm(path, { force: true });
    total -= size;
  }
}
