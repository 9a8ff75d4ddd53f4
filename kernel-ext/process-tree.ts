import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process and where it comes from. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
}

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

function processes(): ProcessEntry[] {
  if (process.platform === "linux")
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? stat(name) : []));
  if (process.platform === "win32") return [];
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid!, parent: parent! };
  });
}

function stat(pid: string): ProcessEntry[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may hold any character; state and parent come after it.
    const [, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(pid), parent: Number(parent) }];
  } catch {
    return [];
  }
}
