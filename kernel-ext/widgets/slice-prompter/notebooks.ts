import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { makeFolderSync } from "../../../src/io/files/make-folder.js";
import { writeFileAtomicSync } from "../../../src/io/files/write-file.js";
import { workFolder } from "./work-folder.js";

/** Path of the notebook that the kernel was started for; empty if the front end does not tell. */
function sessionPath(): string {
  return process.env.JPY_SESSION_NAME ?? "";
}

/** Key of the notebook that the kernel was started for, for names of files. */
export function notebookKey(): string {
  return createHash("sha256").update(sessionPath()).digest("hex").slice(0, 12);
}

const pathFile = (key: string) => join(workFolder("notebooks"), key);

/** Keeps the path that belongs to the key of the running notebook. */
export function rememberNotebook(key: string): void {
  if (key !== notebookKey() || existsSync(pathFile(key))) return;
  makeFolderSync(workFolder("notebooks"));
  writeFileAtomicSync(pathFile(key), sessionPath());
}

function pathOf(key: string): string {
  try {
    return readFileSync(pathFile(key), "utf8");
  } catch {
    return "";
  }
}

/** Name of a notebook for the user. */
export function notebookName(key: string): string {
  return basename(pathOf(key)) || "another notebook";
}

/**
 * True if the notebook was deleted, moved, or renamed. False where this is unknown: some servers keep notebooks
 * elsewhere than in files.
 */
export function isNotebookGone(key: string): boolean {
  const path = pathOf(key);
  return path !== "" && !existsSync(path) && existsSync(sessionPath());
}

/** True if the running notebook's file holds no cell ids: the front end makes new ones whenever it opens the file. */
export function lacksCellIds(): boolean {
  const path = sessionPath();
  if (!existsSync(path)) return false;
  // Text notebooks, as of jupytext, have none.
  if (!path.endsWith(".ipynb")) return true;
  try {
    const { nbformat, nbformat_minor: minor } = JSON.parse(readFileSync(path, "utf8"));
    return nbformat < 4 || (nbformat === 4 && minor < 5);
  } catch {
    return false;
  }
}
