import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { detached } from "../../../src/core/ambient.js";
import { bytesView } from "../../../src/core/dtype.js";
import { messageOf } from "../../../src/core/errors.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { currentKernel, type KernelContext } from "../../context.js";

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
  /** Hash of the notebook that the kernel was started for. */
  readonly notebook: string;
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
  const notebook = createHash("sha256")
    .update(process.env.JPY_SESSION_NAME ?? "")
    .digest("hex")
    .slice(0, 12);
  return { folder, cell: `${id}-${number}`, notebook };
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
   * none, or if it was removed in this notebook.
   */
  read(): string | null {
    for (const file of [this.#file, ...this.#others()]) {
      const text = textOf(file);
      const isRemoved = text === "";
      if (text === undefined || (isRemoved && file !== this.#file)) continue;
      this.#hadWork = true;
      this.#source = file;
      return isRemoved ? null : text;
    }
    return null;
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
    const half = `${this.#file}.${process.pid}`;
    writeFileSync(half, text);
    renameSync(half, this.#file);
  }

  /** Files of the same cell in other notebooks, newest first. */
  #others(): string[] {
    const { folder, cell } = this.#place;
    try {
      const names = readdirSync(folder).filter((name) => name.startsWith(`${cell}.`) && name.endsWith(".json"));
      return names
        .filter((name) => name !== basename(this.#file))
        .map((name) => join(folder, name))
        .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    } catch {
      return [];
    }
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Folder where widget data is kept between runs: `SAMLAB_STATE`, otherwise the system's state folder (XDG_STATE_HOME or
 * ~/.local/state, ~/Library/Application Support, %LOCALAPPDATA%). Unlike the cache, it cannot be regenerated.
 */
function workFolder(...parts: readonly string[]): string {
  return join(process.env.SAMLAB_STATE || join(systemStates(), "samlab"), ...parts);
}

function systemStates(): string {
  // The XDG specification says to ignore relative paths.
  const xdg = process.env.XDG_STATE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  if (process.platform === "win32") return process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".local", "state");
}
