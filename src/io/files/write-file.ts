import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isSamlabError, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { writeError } from "./file-errors.js";

/**
 * Checks that the folder of an output path exists, before long work begins.
 * @throws {SamlabError} `file-write-failed`
 */
export async function checkFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  if (
    await stat(folder).then(
      (info) => info.isDirectory(),
      () => false,
    )
  )
    return;
  throw new SamlabError("file-write-failed", `${path} cannot be written: there is no folder ${folder}.`, {
    file: path,
    field: "path",
    value: folder,
    remedy: "Create its folder first.",
  });
}

/** A file's bytes: whole, in chunks, or in chunks generated during writing. */
export type FileBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface FileToWrite {
  readonly path: string;
  readonly bytes: FileBytes;
}

/**
 * Writes a file atomically, in one or several chunks: to a temporary file in the same folder, flushed, then renamed.
 * After a crash, a full disk or an abort, an existing file of that name is unchanged.
 * @throws {SamlabError} `disk-full`, `file-write-failed`, `canceled`, and whatever generating the chunks throws
 */
export async function writeFileAtomic(path: string, bytes: FileBytes, signal?: AbortSignal): Promise<void> {
  await writeFilesAtomic([{ path, bytes }], signal);
}

/**
 * Writes several files together: all are on disk before the first is renamed, so that a failed write leaves all
 * existing files unchanged.
 * @throws {SamlabError} as {@link writeFileAtomic}
 */
export async function writeFilesAtomic(files: readonly FileToWrite[], signal?: AbortSignal): Promise<void> {
  const written: { readonly path: string; readonly temporary: string }[] = [];
  let current = files[0]?.path ?? "";
  try {
    for (const { path, bytes } of files) {
      current = path;
      throwIfCanceled(signal, `Writing ${path}`);
      const temporary = temporaryBeside(path);
      written.push({ path, temporary });
      await writePieces(temporary, bytes instanceof Uint8Array ? [bytes] : bytes, () =>
        throwIfCanceled(signal, `Writing ${path}`),
      );
    }
    for (const { path, temporary } of written) {
      current = path;
      await rename(temporary, path);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => undefined);
    throwIfCanceled(signal, `Writing ${current}`);
    throw isSamlabError(error) ? error : writeError(error, current);
  }
}

/**
 * Writes a text file atomically and at once, for a process that may end; it is not flushed. If it fails, an existing
 * file of that name is unchanged.
 * @throws what the system says
 */
export function writeFileAtomicSync(path: string, text: string): void {
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    removeIfPossible(temporary);
    throw error;
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

async function writePieces(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  goOn: () => void,
): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const piece of pieces) {
      goOn();
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  goOn();
}
