import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { bytesView } from "../../../src/core/dtype.js";
import { messageOf } from "../../../src/core/errors.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { workFolder } from "../shared/work-folder.js";

/** After a change, ms: a drag makes many. */
const patience = 250;

/** The stores at work, by file: a cell that runs again takes over from its last run. */
const open = new Map<string, PromptStore>();

/** Where the prompts of one cell on one image are kept. */
export interface StorePlace {
  /** The folder of the image. */
  readonly folder: string;
  /** Of the cell, and the widget's number in it. */
  readonly cell: string;
  /** Of the notebook that the kernel was started for. */
  readonly notebook: string;
}

/** How many widgets for an image the running cell has made. */
const made = new Map<string, number>();

/** Where the widget of the cell that runs now keeps its prompts. */
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

/** Of the values and where they lie; of large images every sixteenth part of the values is left to speak for the rest. */
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

/** A file that follows the prompts of a widget. */
export class PromptStore {
  /** Called once when the file cannot be written; the work goes on without it. */
  onProblem: (problem: string) => void = () => {};
  readonly #file: string;
  readonly #place: StorePlace;
  #contents: (() => string | null) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOff = false;
  readonly #onExit = () => this.flush();

  constructor(place: StorePlace) {
    this.#place = place;
    this.#file = join(place.folder, `${place.cell}.${place.notebook}.json`);
    open.get(this.#file)?.close();
    open.set(this.#file, this);
    process.on("exit", this.#onExit);
  }

  /** What this cell kept, in this notebook or else in the one it was copied from or called before; null if nothing. */
  read(): string | null {
    for (const file of [this.#file, ...this.#others()]) {
      try {
        return readFileSync(file, "utf8");
      } catch {}
    }
    return null;
  }

  /** What was read makes no sense: it is put aside, not overwritten. Returns where it lies. */
  putAside(): string {
    const aside = `${this.#file}.unreadable`;
    try {
      renameSync(this.#file, aside);
    } catch {}
    return aside;
  }

  /** The contents are asked for a while later; null deletes the file. */
  changed(contents: () => string | null): void {
    this.#contents = contents;
    this.#timer ??= setTimeout(() => this.flush(), patience);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const contents = this.#contents;
    this.#contents = null;
    if (!contents || this.#isOff) return;
    try {
      const text = contents();
      if (text === null) rmSync(this.#file, { force: true });
      else this.#write(text);
    } catch (error) {
      this.#isOff = true;
      this.onProblem(`Prompts are not kept for the next run: ${messageOf(error)}`);
    }
  }

  /** Writes what is to be written; another widget has the file from now on, or none. */
  close(): void {
    this.flush();
    this.#isOff = true;
    process.off("exit", this.#onExit);
    if (open.get(this.#file) === this) open.delete(this.#file);
  }

  /** Whole or not at all. */
  #write(text: string): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const half = `${this.#file}.${process.pid}`;
    writeFileSync(half, text);
    renameSync(half, this.#file);
  }

  /** Files of the same cell in other notebooks, the newest first. */
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
