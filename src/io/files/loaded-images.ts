import { realpath } from "node:fs/promises";
import { SamlabError } from "../../core/errors.js";

/** Real paths of files that images were loaded from in this process. */
const loaded = new Set<string>();
/** Real paths of masks written by this process: they may be written again, even if one was loaded as an image since. */
const written = new Set<string>();

/** Remembers the files of an image, so that no mask is written in its place. */
export async function noteLoaded(paths: readonly string[]): Promise<void> {
  for (const path of await Promise.all(paths.map(real))) if (path !== null && !written.has(path)) loaded.add(path);
}

/** Remembers a mask that was written. An image that was there before has been moved away. */
export async function noteWritten(path: string): Promise<void> {
  const place = await real(path);
  if (place === null) return;
  written.add(place);
  loaded.delete(place);
}

/** @throws {SamlabError} `argument-invalid` if an image was loaded from the file in this process */
export async function checkHoldsNoImage(path: string): Promise<void> {
  const place = await real(path);
  if (place === null || !loaded.has(place)) return;
  throw new SamlabError("argument-invalid", `${path} holds an image that is in use; the mask would replace it.`, {
    file: path,
    field: "path",
    value: path,
    remedy: "Give the mask a name of its own.",
  });
}

/** `null` where nothing is. */
function real(path: string): Promise<string | null> {
  return realpath(path).catch(() => null);
}
