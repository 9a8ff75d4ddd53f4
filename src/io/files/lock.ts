import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
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
  /** For messages. */
  readonly host: string;
  /** Where the pid says whether the holder is alive: see {@link thisMachine}. */
  readonly machine: string;
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
  /** Idempotent. */
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

const starting = "another process that is just starting";
const thisProcess = "another run of this process";

/** The locks of this process, by file. */
const own = new Map<string, OwnLock>();

/**
 * Ensures that only one process at a time writes a file: `<path>.lock` names it. The lock of a process that has ended
 * is taken over. On this machine that is known; of one on another machine or in another container, after a minute
 * without a sign of life.
 * @throws {SamlabError} `state-order` naming the process that holds it, `canceled`, `file-write-failed`
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<Lock> {
  const file = resolve(`${path}.lock`);
  for (;;) {
    const mine = own.get(file);
    // The next run often begins while the one that it replaces still ends.
    while (mine?.signal?.aborted && own.get(file) === mine) await pause(50, path, options.signal);
    const free = await create(file);
    if (free) return new OwnLock(path, file, free, "", options.signal);
    const holder = await readHolder(file);
    // Created, but not yet written, or released meanwhile.
    if (!holder && !(await isOld(file))) throw held(path, file, starting);
    if (holder && !(await hasEnded(holder, path, file, options))) continue;
    return takenOver(path, file, holder, options.signal);
  }
}

/**
 * As {@link lockFile}, but waits until the holder has released it.
 * @returns the lock, and whether another one held it before
 */
export async function waitForLock(path: string, options: LockOptions = {}): Promise<{ lock: Lock; waited: boolean }> {
  let waited = false;
  const report = (note: string) => {
    if (!waited) options.report?.(note);
    waited = true;
  };
  for (;;) {
    try {
      return { lock: await lockFile(path, { ...options, report }), waited };
    } catch (error) {
      if (!isSamlabError(error, "state-order")) throw error;
      report(`Waiting: ${error.message}`);
    }
    await pause(waitMs, path, options.signal);
  }
}

async function takenOver(
  path: string,
  file: string,
  holder: Holder | null,
  signal: AbortSignal | undefined,
): Promise<Lock> {
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
    try {
      await rename(next, file);
    } catch (error) {
      await made.handle.close();
      await rm(next, { force: true });
      throw writeError(error, file);
    }
    const gone = holder ? `${nameOf(holder)} that has ended` : "a process that was cut off";
    return new OwnLock(path, file, made, `Took over the lock of ${gone}: ${file}.`, signal);
  } finally {
    await guarded.handle.close();
    await rm(guard, { force: true });
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
  readonly #path: string;
  readonly #file: string;
  readonly #made: Made;
  readonly #beat: NodeJS.Timeout;
  readonly #onAbort: () => void;
  #released: Promise<void> | undefined;

  constructor(path: string, file: string, made: Made, note: string, signal: AbortSignal | undefined) {
    this.#path = path;
    this.#file = file;
    this.#made = made;
    this.note = note;
    this.signal = signal;
    // Not of the cell that the work belongs to: it lives as long as the lock.
    this.#beat = detached(() => setInterval(() => void this.#giveSign().catch(() => undefined), beatMs));
    this.#beat.unref();
    // An interrupt can cut off the code that would have released it.
    this.#onAbort = () => {
      detached(() => setTimeout(() => void this.release().catch(() => undefined), endingMs).unref());
    };
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    own.set(file, this);
  }

  async check(): Promise<void> {
    throwIfCanceled(this.signal, `Writing ${this.#path}`);
    const holder = await readHolder(this.#file);
    // A process that was suspended may miss that another one took over and has released it since.
    if (holder?.id !== this.#made.id) throw held(this.#path, this.#file, holder ? nameOf(holder) : "another process");
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    clearInterval(this.#beat);
    this.signal?.removeEventListener("abort", this.#onAbort);
    try {
      await this.#made.handle.close();
      if ((await readHolder(this.#file))?.id === this.#made.id) await rm(this.#file, { force: true });
    } finally {
      if (own.get(this.#file) === this) own.delete(this.#file);
    }
  }

  async #giveSign(): Promise<void> {
    const { handle } = this.#made;
    await handle.write(".");
    // Other machines see it only then.
    await handle.datasync();
  }
}

/**
 * Whether a holder has ended; false if it has released the lock meanwhile.
 * @throws {SamlabError} `state-order` if it is alive; `canceled`
 */
async function hasEnded(holder: Holder, path: string, file: string, { signal, report }: LockOptions): Promise<boolean> {
  const name = nameOf(holder);
  if (holder.machine === thisMachine) {
    if (!isAlive(holder)) return true;
    // Where the system does not say when a process began, another one may have its pid.
    if (holder.began !== "" || own.has(file)) throw held(path, file, name);
  }
  report?.(`${path} was last written by ${name}. Waiting up to ${silenceMs / 1000} s for a sign of life …`);
  const size = await sizeOf(file);
  for (let waited = 0; waited < silenceMs; waited += watchMs) {
    await pause(watchMs, path, signal);
    const now = await sizeOf(file);
    if (now === null) return false;
    if (now !== size) throw held(path, file, name);
  }
  return true;
}

async function pause(milliseconds: number, path: string, signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  throwIfCanceled(signal, `Waiting for ${path}`);
}

function nameOf({ pid, host, machine }: Holder): string {
  if (machine !== thisMachine) return `process ${pid} on ${host}`;
  return pid === process.pid ? thisProcess : `process ${pid}`;
}

/** The current size, null if there is no such file. Network file systems ask the server when a file is opened. */
async function sizeOf(file: string): Promise<number | null> {
  return (await readFile(file).catch(() => null))?.length ?? null;
}

async function isOld(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > patience;
}

/** Null if the file already exists. */
async function create(file: string): Promise<Made | null> {
  const id = randomBytes(8).toString("hex");
  const { pid } = process;
  const holder: Holder = { id, pid, host: hostname(), machine: thisMachine, began: beginning(pid) };
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(`${JSON.stringify(holder)}\n`);
      await handle.datasync();
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

/** Processes with an equal one see each other's pids. */
const thisMachine = createHash("sha256")
  .update(
    [
      hostname(),
      fact(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
      fact(() => readlinkSync("/proc/self/ns/pid")),
    ].join(" "),
  )
  .digest("hex")
  .slice(0, 16);

function fact(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
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
    remedy: `Wait for it, or give another file${by === thisProcess ? "" : `; if that process has ended, delete ${lock}`}.`,
  });
}
