import { existsSync, readFileSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { SamlabError } from "../../core/errors.js";
import { systemCode, writeError } from "../../io/files/file-errors.js";

interface Holder {
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
  release(): Promise<void>;
}

/** Naming its holder in a lock, and a takeover, last milliseconds; what is older than this was interrupted. */
const patience = 10_000;

/**
 * Ensures that only one process at a time writes a file: `<path>.lock` names it. The lock of a process on this machine
 * that has ended is taken over.
 * @throws {SamlabError} `state-order` naming the process that holds it
 */
export async function lockFile(path: string): Promise<Lock> {
  const file = `${path}.lock`;
  if (await create(file)) return { note: "", release: () => rm(file, { force: true }) };
  // Only one of several processes may replace a dead lock; the others see the new one.
  const guard = `${file}.takeover`;
  if (await isOld(guard)) await rm(guard, { force: true });
  if (!(await create(guard))) throw held(path, file, "another process that is just starting");
  try {
    const holder = await readHolder(file);
    // Created, but not yet written, or released meanwhile.
    if (!holder && !(await isOld(file))) throw held(path, file, "another process that is just starting");
    if (holder && isAlive(holder)) {
      const where = holder.host === hostname() ? "" : ` on ${holder.host}`;
      throw held(path, file, `process ${holder.pid}${where}`);
    }
    const mine = `${file}.${process.pid}`;
    await rm(mine, { force: true });
    await create(mine);
    await rename(mine, file);
    const gone = holder ? `process ${holder.pid} that has ended` : "a process that was cut off";
    return { note: `Took over the lock of ${gone}: ${file}.`, release: () => rm(file, { force: true }) };
  } finally {
    await rm(guard, { force: true });
  }
}

async function isOld(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > patience;
}

/** False if the file already exists. */
async function create(file: string): Promise<boolean> {
  const holder: Holder = { pid: process.pid, host: hostname(), began: beginning(process.pid) };
  try {
    await writeNew(file, JSON.stringify(holder));
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw writeError(error, file);
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(text);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/** A process on another machine cannot be checked and counts as alive. */
function isAlive({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true;
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
    remedy: `Wait for it, or give another store; if that process has ended, delete ${lock}.`,
  });
}
