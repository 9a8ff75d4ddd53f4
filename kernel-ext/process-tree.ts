import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process and where it comes from. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

const LOOK_AGAIN_MS = 20;

/** The processes that descend from `root`, parents first. Empty where the system does not tell. */
export function descendants(root: number): number[] {
  const entries = processes();
  const found: number[] = [];
  let parents = [root];
  while (parents.length > 0) {
    const children = entries.filter(({ parent }) => parents.includes(parent)).map(({ pid }) => pid);
    parents = children.filter((pid) => !found.includes(pid));
    found.push(...parents);
  }
  return found;
}

/** The processes that `parent` has started itself. */
export function childrenOf(parent: number): number[] {
  return processes()
    .filter((entry) => entry.parent === parent)
    .map(({ pid }) => pid);
}

/** Sends a signal to processes, some of which may have ended. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, or is not ours.
    }
  }
}

/**
 * Ends the processes that `root` has started, and those that they have: asks first, and kills what is there after
 * `patience` ms. One that leads a group of its own was started to outlive its parent (`detached`), and is left alone
 * with all that it has started. /
 */
export async function endDescendants(root: number, patience: number): Promise<void> {
  const found = attached(processes(), root);
  signalAll(found, "SIGTERM");
  const until = Date.now() + patience;
  while (found.some(isRunning) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  signalAll(found, "SIGKILL");
}

/** Children before grandchildren. */
function attached(entries: readonly ProcessEntry[], of: number): number[] {
  const children = entries.filter(({ pid, parent, group }) => parent === of && group !== pid);
  return children.flatMap(({ pid }) => [pid, ...attached(entries, pid)]);
}

function isRunning(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid);
}

/** All processes but those that have ended and wait for their parent to ask for their code. */
function processes(): ProcessEntry[] {
  if (process.platform === "linux")
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? stat(name) : []));
  if (process.platform === "win32") return [];
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="], { encoding: "utf8" }).trim().split("\n");
  return lines.flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (!state || state.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
  });
}

function stat(pid: string): ProcessEntry[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may hold any character; state and parent come after it.
    const [state, parent, group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
  } catch {
    return [];
  }
}
