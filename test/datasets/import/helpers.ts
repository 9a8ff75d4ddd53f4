import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { encodePng } from "../../../src/io/formats/raster.js";
import { niftiBytes } from "../../io/helpers.js";

/** Values made by `test/golden/import/make.py`. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../golden/import/${name}`, import.meta.url), "utf8")) as T;
}

const made: string[] = [];
afterAll(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** Writes files, each into its folder, below a new folder that is gone after the file's tests; objects become JSON. */
export function dataset(files: Readonly<Record<string, Uint8Array | string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), "samlab-import-"));
  made.push(root);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    const isRaw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(join(root, name), isRaw ? content : JSON.stringify(content));
  }
  return root;
}

/** A 2×2×2 volume of the bytes; more than 8 make a 4D file. */
export function volume(...voxels: number[]): Uint8Array {
  const frames = voxels.length / 8;
  return niftiBytes({ dims: frames > 1 ? [2, 2, 2, frames] : [2, 2, 2], voxels: Uint8Array.from(voxels) });
}

/** A gray picture of one row. */
export const picture = (...values: number[]) => encodePng(values.length, 1, Uint8Array.from(values));
