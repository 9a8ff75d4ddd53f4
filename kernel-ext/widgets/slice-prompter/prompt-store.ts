import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { detached } from "../../../src/core/ambient.js";
import { bytesView } from "../../../src/core/dtype.js";
import { messageOf, SamlabError } from "../../../src/core/errors.js";
import { makeFolderSync } from "../../../src/io/files/make-folder.js";
import { writeFileAtomicSync } from "../../../src/io/files/write-file.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { currentKernel, type KernelContext } from "../../context.js";
import { isNotebookGone, lacksCellIds, notebookKey, notebookName, rememberNotebook } from "./notebooks.js";
import { workFolder } from "./work-folder.js";

/** Delay before writing, in ms: a drag makes many changes. */
const writeDelay = 250;

/** Cells that have run in this kernel, by file: the page in which they did. */
const pages = new Map<string, string>();

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
  /** The page in which the cell runs. */
  readonly page: string;
}

/** Work that was kept. */
export interface StoredWork {
  readonly text: string;
  /** Where it comes from, such as the name of another notebook; empty for this cell in this one. */
  readonly from: string;
  /** Name of another notebook in which there is newer work of the cell; empty for none. */
  readonly newerIn: string;
}

/** Number of widgets per image created by the running cell. */
const made = new Map<string, number>();

function imageFolder(image: Volume | Image2d): string {
  return workFolder("prompts", imageKey(image));
}

/** Whether some cell, in any notebook, has work on this image. */
export function hasStoredWork(image: Volume | Image2d): boolean {
  return filesIn(imageFolder(image)).length > 0;
}

/** Where the widget of the running cell saves its prompts. */
export function storePlace(image: Volume | Image2d, cell: NonNullable<KernelContext["cell"]>): StorePlace {
  const folder = imageFolder(image);
  const run = `${folder} ${cell.run}`;
  const number = (made.get(run) ?? 0) + 1;
  made.set(run, number);
  const id = createHash("sha256").update(cell.id).digest("hex").slice(0, 20);
  return { folder, cell: `${id}-${number}`, notebook: notebookKey(), page: cell.page };
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
  /**
   * Called once if the file cannot be written, and with null when it could be written again; and if it held the work of
   * another kernel.
   */
  onProblem: (problem: string | null) => void = () => {};
  /** Called when the cell runs again, and another store takes over. */
  onReplaced: () => void = () => {};
  readonly #file: string;
  readonly #place: StorePlace;
  #contents: (() => string | null) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #hasFailed = false;
  /** Work was read or written, which must not come back once it is removed. */
  #hadWork = false;
  /** Where it was read from: this notebook's file, or that of another. */
  #source: string;
  /** The file as this kernel has read or written it last; empty if there was none. */
  #known = "";
  /** Whether another kernel has written the file since this kernel did. */
  readonly #isOfOther: boolean = false;
  /** Where work of another kernel was moved, which has the same notebook open. */
  #aside: string | undefined;
  readonly #onExit = () => this.flush();

  constructor(place: StorePlace) {
    this.#place = place;
    this.#file = join(place.folder, `${place.cell}.${place.notebook}.json`);
    this.#source = this.#file;
    const old = open.get(this.#file);
    if (old) {
      this.#contents = old.#replaced();
      this.#known = old.#known;
      this.#isOfOther = stampOf(this.#file) !== old.#known;
    }
    open.set(this.#file, this);
    pages.set(this.#file, place.page);
    process.on("exit", this.#onExit);
    joinCells();
  }

  /**
   * The saved work of this cell in this notebook, or in the notebook it was copied or renamed from; null if there is
   * none, or if it was removed in this notebook. Newer work of a notebook that is gone takes precedence: this one may
   * have got a name that was in use before. In a notebook without cell ids, the work of the only cell that had some.
   * @throws {SamlabError} `format-unsupported` if several cells of such a notebook had work
   */
  read(): StoredWork | null {
    if (this.#contents) return this.#readUnwritten(this.#contents);
    this.#known = stampOf(this.#file);
    const text = textOf(this.#file);
    const others = this.#others();
    const newer = text === undefined ? others : others.filter(({ time }) => time > timeOf(this.#file));
    const other = text === undefined ? newer[0] : newer.find(({ notebook }) => isNotebookGone(notebook));
    if (text === undefined && !other) return this.#readWithoutId();
    this.#hadWork = true;
    if (other) {
      this.#source = other.file;
      return { text: textOf(other.file) ?? "", from: this.#nameOf(other.notebook), newerIn: "" };
    }
    const newerIn = newer[0] ? notebookName(newer[0].notebook) : "";
    return text ? { text, from: this.#isOfOther ? "another kernel" : "", newerIn } : null;
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
    if (this.#isClosed) return;
    this.#contents = contents;
    this.#timer ??= detached(() => setTimeout(() => this.flush(), writeDelay));
  }

  /** Writes what has changed. What cannot be written stays pending, and the next call tries again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#contents) return;
    try {
      const text = this.#contents();
      if (text !== null || this.#hadWork) {
        this.#hadWork = true;
        // An empty file: without one, the work of the notebook that this one was copied from would come back.
        this.#write(text ?? "");
      }
      this.#contents = null;
      if (this.#hasFailed) this.onProblem(null);
      this.#hasFailed = false;
      if (this.#isClosed) this.#leave();
    } catch (error) {
      if (!this.#hasFailed) this.onProblem(notWritten(messageOf(error)));
      this.#hasFailed = true;
    }
  }

  /** Writes pending changes and takes no more. What cannot be written is tried again, as by {@link flush}. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    if (!this.#contents) this.#leave();
  }

  /** Another store takes over, with what could not be written. */
  #replaced(): (() => string | null) | null {
    // Before its predictions are canceled: the other store's widget is to ask for them.
    this.close();
    this.onReplaced();
    const contents = this.#contents;
    this.#contents = null;
    this.#leave();
    return contents;
  }

  #leave(): void {
    process.off("exit", this.#onExit);
    if (open.get(this.#file) === this) open.delete(this.#file);
  }

  /** Writes atomically. */
  #write(text: string): void {
    makeFolderSync(dirname(this.#file));
    rememberNotebook(this.#place.notebook);
    if (this.#source !== this.#file) this.#keepOlder();
    else this.#keepOther();
    writeFileAtomicSync(this.#file, text);
    this.#known = stampOf(this.#file);
  }

  /** Keeps what another kernel has written since: two servers, or editors, may have the notebook open. */
  #keepOther(): void {
    if (stampOf(this.#file) === this.#known || !textOf(this.#file)) return;
    this.#aside ??= olderName(this.#file);
    renameSync(this.#file, this.#aside);
    this.onProblem(
      `Another kernel has kept prompts of this cell too. They lie in ${this.#aside}; those of this widget come back.`,
    );
  }

  /** Work of a widget that the cell made before, and that could not be written: it is still to be written. */
  #readUnwritten(contents: () => string | null): StoredWork | null {
    const text = contents();
    this.#hadWork = true;
    this.changed(() => text);
    return text ? { text, from: "", newerIn: "" } : null;
  }

  #nameOf(notebook: string): string {
    return notebook === this.#place.notebook ? "" : notebookName(notebook);
  }

  #readWithoutId(): StoredWork | null {
    const { folder, notebook, cell, page } = this.#place;
    const end = `${cell.slice(cell.lastIndexOf("-"))}.${notebook}.json`;
    for (const store of open.values()) store.flush();
    // A cell that has run in this page is another one.
    const found = filesIn(folder).filter(({ name, file }) => name.endsWith(end) && pages.get(file) !== page);
    if (found.length === 0 || !lacksCellIds()) return null;
    if (found.length > 1) throw ambiguous(found.length, folder);
    const { file } = found[0]!;
    const old = open.get(file);
    const unwritten = old ? old.#replaced() : null;
    const text = unwritten ? this.#readUnwritten(unwritten)?.text : textOf(file);
    if (!text) return null;
    this.#hadWork = true;
    this.#source = file;
    return { text, from: "this notebook, whose file holds no cell ids", newerIn: "" };
  }

  /** Work of another file takes the place of this one, which is kept under another name. */
  #keepOlder(): void {
    if (textOf(this.#file)) renameSync(this.#file, olderName(this.#file));
    // Else two cells of this notebook would have work when it is opened the next time.
    if (notebookOf(basename(this.#source)) === this.#place.notebook) renameSync(this.#source, olderName(this.#source));
    this.#source = this.#file;
  }

  /** Work of the same cell in other notebooks, newest first. */
  #others(): readonly WorkFile[] {
    const { folder, cell } = this.#place;
    return filesIn(folder)
      .filter(({ name, file }) => name.startsWith(`${cell}.`) && file !== this.#file)
      .sort((a, b) => b.time - a.time);
  }
}

interface WorkFile {
  readonly name: string;
  readonly file: string;
  readonly time: number;
  readonly notebook: string;
}

/** Files of a folder with work. */
function filesIn(folder: string): readonly WorkFile[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => ({ name, file: join(folder, name), notebook: notebookOf(name) }))
      .map((found) => ({ ...found, ...sizeAndTime(found.file) }))
      .filter(({ size }) => size > 0);
  } catch {
    return [];
  }
}

/** Key of the notebook in the name of a file: cell, notebook, the time of older work, and `json`. */
function notebookOf(name: string): string {
  return name.split(".")[1] ?? "";
}

/** The name under which work stays that has another place from now on. */
function olderName(file: string): string {
  return file.replace(/json$/, `${timeOf(file)}.json`);
}

function notWritten(why: string): string {
  return `Prompts are not kept for the next run: ${why}. This is tried again with each change, and when a cell ends.`;
}

function ambiguous(count: number, folder: string): SamlabError {
  return new SamlabError(
    "format-unsupported",
    `${count} cells of this notebook have prompts for this image. Which of them belong to this cell is not known, since the notebook's file holds no cell ids.`,
    { field: "keep", remedy: `Save the notebook in format 4.5, which has cell ids. The prompts lie in ${folder}.` },
  );
}

/** Tells a file from another, and from what it was before; empty if there is none. */
function stampOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return "";
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
