import { open, stat } from "node:fs/promises";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { folderError, readError } from "./file-errors.js";

/**
 * The size of a readable file in bytes. `name` is used in messages.
 * @throws {SamlabError} `file-missing`, `file-unreadable` (a folder, no permission), `file-truncated` (0 bytes)
 */
export async function fileSize(path: string, name = path): Promise<number> {
  const info = await stat(path).catch((error: unknown) => {
    throw readError(error, name);
  });
  if (info.isDirectory()) throw folderError(name);
  if (info.size === 0) {
    throw new SamlabError("file-truncated", `${name} is empty (0 bytes).`, {
      file: name,
      value: 0,
      remedy: "Copy or download it again.",
    });
  }
  return info.size;
}

/** The first `length` bytes of a file, fewer if it is shorter. Throws as {@link fileSize}. */
export function readHead(path: string, length: number, name = path): Promise<Uint8Array> {
  return readPart(path, 0, length, name);
}

/** `length` bytes of a file from `start` on, fewer if it ends before. Throws as {@link fileSize}. */
export async function readPart(path: string, start: number, length: number, name = path): Promise<Uint8Array> {
  await fileSize(path, name);
  try {
    const file = await open(path, "r");
    try {
      const part = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(part, filled, length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return part.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(error, name);
  }
}

/** All bytes of a file. Throws as {@link fileSize}, and `canceled`. */
export async function readAll(path: string, signal?: AbortSignal, name = path): Promise<Uint8Array> {
  throwIfCanceled(signal, `Reading ${name}`);
  const bytes = await readHead(path, await fileSize(path, name), name);
  throwIfCanceled(signal, `Reading ${name}`);
  return bytes;
}
