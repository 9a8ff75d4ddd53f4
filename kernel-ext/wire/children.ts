import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const ASK_MS = 400;
const LOOK_AGAIN_MS = 20;

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/**
 * Ends the processes that this one has started, and those that they have: asks first, then kills. One that leads a group of its own
 * was started to outlive this one (`detached`), and is left alone.
 */
export async function endChildren(): Promise<void> {
  const children = descendants(listProcesses(), process.pid);
  for (const pid of children) signal(pid, "SIGTERM");
  const until = Date.now() + ASK_MS;
  while (children.some(isAlive) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  for (const pid of children) signal(pid, "SIGKILL");
}

/** Children before grandchildren. */
function descendants(processes: readonly ProcessEntry[], of: number): number[] {
  const children = processes.filter(({ pid, parent, group }) => parent === of && group !== pid);
  return children.flatMap(({ pid }) => [pid, ...descendants(processes, pid)]);
}

function listProcesses(): ProcessEntry[] {
  try {
    return process.platform === "linux" ? readProc() : process.platform === "win32" ? [] : askPs();
  } catch {
    // Without a list there is nothing that could be ended.
    return [];
  }
}

function readProc(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const entry = readStat(name);
      return entry ? [entry] : [];
    });
}

function readStat(pid: string): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name of the program comes second, in parentheses, and may hold anything.
    const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid: Number(pid), parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

function askPs(): ProcessEntry[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid="], { encoding: "utf8", timeout: ASK_MS })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((numbers) => numbers.length === 3)
    .map(([pid, parent, group]) => ({ pid: pid!, parent: parent!, group: group! }))
    .filter(({ pid, parent }) => pid !== process.pid && parent !== 0);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** A child that has ended stays in the list of processes until its parent, which is exiting, asks for its code. */
function isAlive(pid: number): boolean {
  if (process.platform === "linux") return readStat(String(pid)) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
