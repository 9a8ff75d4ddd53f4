import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "./file-errors.js";

/**
 * Makes a folder and those above it; it may exist. `mkdir` with `recursive` does so too, but in Node 20 it never
 * returns where the system says ENOENT below a folder that exists, as automounted homes and /proc do.
 * @throws what the system says
 */
export function makeFolderSync(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCode(error) === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (systemCode(error) !== "ENOENT" || parent === path || existsSync(parent)) throw error;
    makeFolderSync(parent);
    if (!existsSync(path)) mkdirSync(path);
  }
}

/** As {@link makeFolderSync}; rejects instead of throwing. */
export async function makeFolder(path: string): Promise<void> {
  makeFolderSync(path);
}
