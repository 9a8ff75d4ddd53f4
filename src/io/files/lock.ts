import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { detached } from "../../core/ambient.js";
import { isSamlabError, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { systemCode, writeError } from "./file-errors.js";

/** The first line of a lock. Each sign of life adds a dot behind it. */
interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /**
   * Start time of the process, as reported by the system; distinguishes it from a later process with the same pid.
   * Empty if unknown.
   */
  readonly began: string;
}

export interface Lock {
  /** Message if the lock of a dead process was taken over; empty otherwise. */
  readonly note: string;
  /**
   * To be called before each write.
   * @throws {SamlabError} `state-order` if another process has taken the lock over, `canceled`
   */
  check(): Promise<void>;
  release(): Promise<void>;
}

export interface LockOptions {
  /** Aborted when the holder should stop. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for. */
  readonly report?: ((note: string) => void) | undefined;
}

/** Naming its holder in a lock, and a takeover, last milliseconds; what is older than this was interrupted. */
const patience = 10_000;
/** Between two signs of life. */
const beatMs = 5_000;
/** A process on another machine that gives no sign of life for this long has ended. */
const silenceMs = 60_000;
/** Between two looks for one. */
const watchMs = 1_000;
/** Between two attempts to get a lock. */
const waitMs = 300;
/** A run that was to stop does so within this time, or its code was cut off. */
const endingMs = 5_000;

/** The locks of this process, by file. */
const own = new Map<string, OwnLock>();

/**
 * Ensures that only one process at a time writes a file: `<path>.lock` names it. The lock of a process that has ended
 * is taken over. On this machine that is known; of one on another machine, after a minute without a sign of life.
 * @throws {SamlabError} `state-order` naming the process that holds it, `canceled`, `file-write-failed`
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<Lock> {
  const file = resolve(`${path}.lock`);
  const mine = own.get(file);
  // The next run often begins while the one that it replaces still ends.
  if (mine?.signal?.aborted) await mine.over;
  const free = await create(file);
  if (free) return new OwnLock(path, file, free, "", options.signal);
  const holder = await readHolder(file);
  // Created, but not yet written, or released meanwhile.
  if (!holder && !(await isOld(file))) throw held(path, file, starting);
  if (holder) await checkEnded(holder, path, file, options);
  // Only one of several processes may replace a dead lock; the others see the new one.
  const guard = `${file}.takeover`;
  if (await isOld(guard)) await rm(guard, { force: true });
  const guarded = await create(guard);
  if (!guarded) throw held(path, file, starting);
  try {
    if ((await readHolder(file))?.id !== holder?.id) throw held(path, file, starting);
    const next = `${file}.${process.pid}`;
    await rm(next, { force: true });
    const made = await create(next);
    if (!made) throw held(path, file, starting);
    await rename(next, file);
    const gone = holder ? `${nameOf(holder)} that has ended` : "a process that was cut off";
    return new OwnLock(path, file, made, `Took over the lock of ${gone}: ${file}.`, options.signal);
  } finally {
    await guarded.handle.close();
    await rm(guard, { force: true });
  }
}

const starting = "another process that is just starting";

/**
 * As {@link lockFile}, but waits until the holder has released it.
 * @returns the lock, and whether another one held it before
 */
export async function waitForLock(path: string, options: LockOptions = {}): Promise<{ lock: Lock; waited: boolean }> {
  for (let waited = false; ; waited = true) {
    try {
      return { lock: await lockFile(path, options), waited };
    } catch (error) {
      if (!isSamlabError(error, "state-order")) throw error;
      if (!waited) options.report?.(`another process is writing ${path}`);
    }
    await pause(waitMs, path, options.signal);
  }
}

interface Made {
  readonly id: string;
  readonly handle: FileHandle;
}

class OwnLock implements Lock {
  readonly note: string;
  /** Aborted when the work under this lock is to stop. */
  readonly signal: AbortSignal | undefined;
  /** Resolves at the release. */
  readonly over: Promise<void>;
  readonly #path: string;
  readonly #file: string;
  readonly #made: Made;
  readonly #beat: NodeJS.Timeout;
  #setOver = () => {};
  #isOver = false;

  constructor(path: string, file: string, made: Made, note: string, signal: AbortSignal | undefined) {
    this.#path = path;
    this.#file = file;
    this.#made = made;
    this.note = note;
    this.signal = signal;
    this.over = new Promise((resolve) => {
      this.#setOver = resolve;
    });
    // Not of the cell that the work belongs to: it lives as long as the lock.
    this.#beat = detached(() => setInterval(() => void made.handle.write(".").catch(() => undefined), beatMs));
    this.#beat.unref();
    // An interrupt can cut off the code that would have released it.
    const releaseLater = () => detached(() => setTimeout(() => void this.release(), endingMs).unref());
    signal?.addEventListener("abort", releaseLater, { once: true });
    own.set(file, this);
  }

  async check(): Promise<void> {
    throwIfCanceled(this.signal, `Writing ${this.#path}`);
    const holder = await readHolder(this.#file);
    if (holder && holder.id !== this.#made.id) throw held(this.#path, this.#file, nameOf(holder));
  }

  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#beat);
    await this.#made.handle.close();
    if ((await readHolder(this.#file))?.id === this.#made.id) await rm(this.#file, { force: true });
    if (own.get(this.#file) === this) own.delete(this.#file);
    this.#setOver();
  }
}

/** @throws {SamlabError} `state-order` if the holder has not ended; `canceled` */
async function checkEnded(holder: Holder, path: string, file: string, { signal, report }: LockOptions): Promise<void> {
  const name = nameOf(holder);
  if (holder.host === hostname()) {
    if (isAlive(holder)) throw held(path, file, name);
    return;
  }
  report?.(`${path} was last written by ${name}. Waiting up to ${silenceMs / 1000} s for a sign of life …`);
  const size = await sizeOf(file);
  for (let waited = 0; waited < silenceMs; waited += watchMs) {
    await pause(watchMs, path, signal);
    if ((await sizeOf(file)) !== size) throw held(path, file, name);
  }
}

const nameOf = ({ pid, host }: Holder) => {
  const where = host === hostname() ? "" : ` on ${host}`;
  return pid === process.pid && where === "" ? thisProcess : `process ${pid}${where}`;
};

const thisProcess = "another run of this process";

async function pause(milliseconds: number, path: string, signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  throwIfCanceled(signal, `Waiting for ${path}`);
}

/** The current size. Network file systems ask the server when a file is opened. */
async function sizeOf(file: string): Promise<number> {
  return (await readFile(file).catch(() => null))?.length ?? -1;
}

async function isOld(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > patience;
}

/** Null if the file already exists. */
async function create(file: string): Promise<Made | null> {
  const id = randomBytes(8).toString("hex");
  const holder: Holder = { id, pid: process.pid, host: hostname(), began: beginning(process.pid) };
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(`${JSON.stringify(holder)}\n`);
      return { id, handle };
    } catch (error) {
      await handle.close();
      await rm(file, { force: true });
      throw error;
    }
  } catch (error) {
    if (systemCode(error) === "EEXIST") return null;
    throw writeError(error, file);
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return JSON.parse(text.split("\n")[0]) as Holder;
  } catch {
    return null;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== "EPERM") return false;
  }
  return began === "" || beginning(pid) === began;
}

/**
 * Linux: the start time in /proc (field 22 of stat; the name before it may contain spaces and parentheses). Empty on
 * other systems.
 */
function beginning(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return "";
  const text = readFileSync(file, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function held(path: string, lock: string, by: string): SamlabError {
  return new SamlabError("state-order", `${path} is being written by ${by}.`, {
    file: lock,
    remedy: `Wait for it, or give another store${by === thisProcess ? "" : `; if that process has ended, delete ${lock}`}.`,
  });
}
