import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { throwIfCancelled } from "../core/errors.js";
import { writeError } from "./file-errors.js";

/**
 * Writes a file, in one or several pieces, whole or not at all: into a temporary file beside it, flushed, then renamed. A crash, a full disk or an abort leaves an
 * older file of that name as it was.
 * @throws {SamlabError} `disk-full`, `file-write-failed`, `cancelled`
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<void> {
  throwIfCancelled(signal, `Writing ${path}`);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    throwIfCancelled(signal, `Writing ${path}`);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throwIfCancelled(signal, `Writing ${path}`);
    throw writeError(error, path);
  }
}
