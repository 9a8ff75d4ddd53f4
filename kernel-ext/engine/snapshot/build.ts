import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolderSync } from "../../../src/io/files/make-folder.js";
import { samlabPackage } from "../../../src/io/files/package.js";
import type { CompilerSetup } from "../protocol.js";
import { bundle } from "./bundle.js";
import { compilerNode } from "./node.js";
import { snapshotFile, typescriptFolder } from "./snapshot.js";

// Entry point: builds the compiler snapshot, unless it exists or another process is building it.

/** A lock older than this belongs to a process that was killed. */
const LOCK_MS = 120_000;
/** Number of snapshots of other versions to keep. Each takes about 40 MB. */
const KEPT = 2;

const target = snapshotFile();
if (!existsSync(target)) build();

function build(): void {
  const folder = dirname(target);
  makeFolderSync(folder);
  const lock = `${target}.lock`;
  if (!takeLock(lock)) return;
  const script = `${target}.js`;
  const unfinished = `${target}.part`;
  try {
    setPriority(constants.priority.PRIORITY_LOW);
    const entry = fileURLToPath(new URL("../compiler/snapshot-main.js", import.meta.url));
    writeFileSync(script, bundle(entry, join(typescriptFolder, "typescript.js")));
    // A nonexistent folder, so that no tsconfig.json and no type packages are found.
    const setup: CompilerSetup = {
      cwd: join(parse(samlabPackage.root).root, "__snapshot__"),
      root: samlabPackage.root,
      libFolder: typescriptFolder,
    };
    const { command, args, env } = compilerNode(["--snapshot-blob", unfinished, "--build-snapshot", script]);
    execFileSync(command, args, {
      env: { NODE_NO_WARNINGS: "1", ...env, SAMLAB_SNAPSHOT_SETUP: JSON.stringify(setup) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    renameSync(unfinished, target);
    removeOthers(folder);
  } finally {
    for (const file of [lock, script, unfinished]) rmSync(file, { force: true });
  }
}

function takeLock(lock: string): boolean {
  const held = statSync(lock, { throwIfNoEntry: false });
  if (held && Date.now() - held.mtimeMs > LOCK_MS) rmSync(lock, { force: true });
  try {
    closeSync(openSync(lock, "wx"));
    return true;
  } catch {
    return false;
  }
}

function removeOthers(folder: string): void {
  const others = readdirSync(folder)
    .filter((name) => name.endsWith(".blob"))
    .map((name) => join(folder, name))
    .filter((file) => file !== target)
    .map((file) => ({ file, time: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.time - a.time);
  for (const { file } of others.slice(KEPT)) rmSync(file, { force: true });
}
