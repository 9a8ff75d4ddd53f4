import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../../src/io/files/cache-folder.js";
import { samlabPackage } from "../../../src/io/files/package.js";

const require = createRequire(import.meta.url);

/** Folder of TypeScript and its libraries. */
export const typescriptFolder = dirname(require.resolve("typescript"));

/** Folders, relative to this one, with the compiled files that go into the snapshot or build it. */
const SOURCES = ["../compiler", "..", ".", "../../execute", "../../stdin"];

/** The files a snapshot depends on. */
export function snapshotSources(): string[] {
  return SOURCES.flatMap((folder) => {
    const path = fileURLToPath(new URL(`${folder}/`, import.meta.url));
    return readdirSync(path)
      .filter((name) => /\.c?js$/.test(name))
      .sort()
      .map((name) => join(path, name));
  });
}

/**
 * Path of the compiler snapshot for this version of Node, TypeScript and samlab. It saves work that every kernel would
 * otherwise do at startup: loading TypeScript, and reading the types of Node and the language.
 */
export function snapshotFile(): string {
  const hash = createHash("sha256");
  hash.update(`${process.version} ${process.arch} ${process.platform} ${samlabPackage.root}`);
  for (const name of ["typescript", "@types/node"]) {
    const file = require.resolve(`${name}/package.json`);
    hash.update(file).update(readFileSync(file));
  }
  for (const file of snapshotSources()) hash.update(readFileSync(file));
  return cacheFolder("compiler", `${hash.digest("hex").slice(0, 32)}.blob`);
}

const builder = fileURLToPath(new URL("./build.js", import.meta.url));

let isBuilding = false;

/** Builds the snapshot in a detached process, which outlives this one. */
export function buildSnapshotInBackground(): void {
  if (isBuilding) return;
  isBuilding = true;
  const child = spawn(process.execPath, [builder], { detached: true, stdio: "ignore" });
  child.on("error", () => {});
  child.unref();
}

/** Builds the snapshot if it does not exist. Never fails: without one, kernels work but start a second later. */
export async function buildSnapshot(): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn(process.execPath, [builder], { stdio: "ignore" });
    child.on("error", () => resolve());
    child.on("exit", () => resolve());
  });
}
