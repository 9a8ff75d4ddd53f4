import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process and its parent. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

const LOOK_AGAIN_MS = 20;

/** The descendants of `root`, parents first. Empty if the system does not provide them. */
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

/** The child processes of `parent`. */
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
 * Ends the descendants of `root`: sends SIGTERM, and SIGKILL to those still running after `timeout` ms. A process that
 * leads its own group was started to outlive its parent (`detached`) and is left alone, with its descendants.
 */
export async function endDescendants(root: number, timeout: number): Promise<void> {
  const found = attached(processes(), root);
  signalAll(found, "SIGTERM");
  const until = Date.now() + timeout;
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

/** All processes except zombies. */
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
    // The name is in parentheses and may contain any character; state and parent follow it.
    const [state, parent, group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
  } catch {
    return [];
  }
}
