import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { detached } from "../../../src/core/ambient.js";
import { bytesView } from "../../../src/core/dtype.js";
import { messageOf } from "../../../src/core/errors.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { currentKernel, type KernelContext } from "../../context.js";
import { isNotebookGone, notebookKey, notebookName, rememberNotebook } from "./notebooks.js";
import { workFolder } from "./work-folder.js";

/** Delay before writing, in ms: a drag makes many changes. */
const writeDelay = 250;

/** Open stores by file: when a cell runs again, its new store closes the old one. */
const open = new Map<string, PromptStore>();

const joined = new WeakSet<KernelContext>();

/** Writes what is pending at the end of each cell, and before other work of an ending kernel, which may be killed. */
function joinCells(): void {
  const kernel = currentKernel();
  if (!kernel || joined.has(kernel)) return;
  joined.add(kernel);
  kernel.beforeEnd?.(() => {
    for (const store of open.values()) store.flush();
    return undefined;
  });
}

/** Location of the saved prompts of one cell on one image. */
export interface StorePlace {
  /** Folder of the image. */
  readonly folder: string;
  /** Hash of the cell id, and the widget's number within the cell. */
  readonly cell: string;
  /** Key of the notebook that the kernel was started for. */
  readonly notebook: string;
}

/** Work that was kept. */
export interface StoredWork {
  readonly text: string;
  /** Name of the notebook that it comes from; empty for this one. */
  readonly from: string;
  /** Name of another notebook in which there is newer work of the cell; empty for none. */
  readonly newerIn: string;
}

/** Number of widgets per image created by the running cell. */
const made = new Map<string, number>();

/** Where the widget of the running cell saves its prompts. */
export function storePlace(image: Volume | Image2d, cell: { readonly id: string; readonly run: string }): StorePlace {
  const folder = workFolder("prompts", imageKey(image));
  const run = `${folder} ${cell.run}`;
  const number = (made.get(run) ?? 0) + 1;
  made.set(run, number);
  const id = createHash("sha256").update(cell.id).digest("hex").slice(0, 20);
  return { folder, cell: `${id}-${number}`, notebook: notebookKey() };
}

/** Hash of values and geometry; large images are sampled, using every sixteenth block. */
function imageKey(image: Volume | Image2d): string {
  const { data } = image;
  const bytes = bytesView(data);
  const hash = createHash("sha256").update(data.constructor.name);
  if ("affine" in image) hash.update(JSON.stringify([image.size, image.affine]));
  else hash.update(JSON.stringify([image.width, image.height, image.channels]));
  const part = 65536;
  const stride = bytes.length > 256 * part ? 16 * part : part;
  for (let at = 0; at < bytes.length; at += stride) hash.update(bytes.subarray(at, at + part));
  return hash.digest("hex").slice(0, 32);
}

/** A file that is kept in sync with the prompts of a widget. */
export class PromptStore {
  /** Called once if the file cannot be written; the widget continues without it. */
  onProblem: (problem: string) => void = () => {};
  /** Called when the cell runs again, before another store takes over. */
  onReplaced: () => void = () => {};
  readonly #file: string;
  readonly #place: StorePlace;
  #contents: (() => string | null) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOff = false;
  /** Work was read or written, which must not come back once it is removed. */
  #hadWork = false;
  /** Where it was read from: this notebook's file, or that of another. */
  #source: string;
  readonly #onExit = () => this.flush();

  constructor(place: StorePlace) {
    this.#place = place;
    this.#file = join(place.folder, `${place.cell}.${place.notebook}.json`);
    this.#source = this.#file;
    const old = open.get(this.#file);
    old?.onReplaced();
    old?.close();
    open.set(this.#file, this);
    process.on("exit", this.#onExit);
    joinCells();
  }

  /**
   * The saved work of this cell in this notebook, or in the notebook it was copied or renamed from; null if there is
   * none, or if it was removed in this notebook. Newer work of a notebook that is gone takes precedence: this one may
   * have got a name that was in use before.
   */
  read(): StoredWork | null {
    const text = textOf(this.#file);
    const others = this.#others();
    const newer = text === undefined ? others : others.filter(({ time }) => time > timeOf(this.#file));
    const other = text === undefined ? newer[0] : newer.find(({ notebook }) => isNotebookGone(notebook));
    if (text === undefined && !other) return null;
    this.#hadWork = true;
    if (other) {
      this.#source = other.file;
      return { text: textOf(other.file) ?? "", from: notebookName(other.notebook), newerIn: "" };
    }
    const newerIn = newer[0] ? notebookName(newer[0].notebook) : "";
    return text ? { text, from: "", newerIn } : null;
  }

  /**
   * Renames an unreadable file instead of overwriting it; that of another notebook stays as it is. Returns where the
   * work lies.
   */
  putAside(): string {
    if (this.#source !== this.#file) return this.#source;
    const aside = `${this.#file}.unreadable`;
    try {
      renameSync(this.#file, aside);
    } catch {}
    return aside;
  }

  /** Schedules a write; `contents` is called when it happens, null if there is no work any more. */
  changed(contents: () => string | null): void {
    this.#contents = contents;
    this.#timer ??= detached(() => setTimeout(() => this.flush(), writeDelay));
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const contents = this.#contents;
    this.#contents = null;
    if (!contents || this.#isOff) return;
    try {
      const text = contents();
      if (text === null && !this.#hadWork) return;
      this.#hadWork = true;
      // An empty file: without one, the work of the notebook that this one was copied from would come back.
      this.#write(text ?? "");
    } catch (error) {
      this.#isOff = true;
      this.onProblem(`Prompts are not kept for the next run: ${messageOf(error)}`);
    }
  }

  /** Writes pending changes and stops; the file may belong to another widget from now on. */
  close(): void {
    this.flush();
    this.#isOff = true;
    process.off("exit", this.#onExit);
    if (open.get(this.#file) === this) open.delete(this.#file);
  }

  /** Writes atomically. */
  #write(text: string): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    rememberNotebook(this.#place.notebook);
    if (this.#source !== this.#file) this.#keepOlder();
    const half = `${this.#file}.${process.pid}`;
    writeFileSync(half, text);
    renameSync(half, this.#file);
  }

  /** Work of another notebook takes the place of this file, which is kept under another name. */
  #keepOlder(): void {
    if (textOf(this.#file)) renameSync(this.#file, this.#file.replace(/json$/, `${timeOf(this.#file)}.json`));
    this.#source = this.#file;
  }

  /** Work of the same cell in other notebooks, newest first. */
  #others(): readonly { readonly file: string; readonly time: number; readonly notebook: string }[] {
    const { folder, cell } = this.#place;
    try {
      const names = readdirSync(folder).filter((name) => name.startsWith(`${cell}.`) && name.endsWith(".json"));
      return names
        .map((name) => ({
          file: join(folder, name),
          notebook: name.split(".")[1]!,
          ...sizeAndTime(join(folder, name)),
        }))
        .filter(({ file, size }) => file !== this.#file && size > 0)
        .sort((a, b) => b.time - a.time);
    } catch {
      return [];
    }
  }
}

function sizeAndTime(file: string): { readonly size: number; readonly time: number } {
  const { size, mtimeMs } = statSync(file);
  return { size, time: mtimeMs };
}

function timeOf(file: string): number {
  return sizeAndTime(file).time;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
