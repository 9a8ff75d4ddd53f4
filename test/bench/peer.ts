import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that measures when asked: one JSON request a line in, one JSON line of numbers out. */
export interface Peer {
  /** What it said first: versions and whatever else it knows of itself. */
  readonly versions: Readonly<Record<string, unknown>>;
  ask(request: object): Promise<Readonly<Record<string, number>>>;
  end(): void;
}

/** Before each turn of an engine, ms: the threads of the one before spin on for a while and would take its time. */
export const pauseMs = 250;

const running = new Set<ChildProcess>();

/** Ends the programs that a failed benchmark left, which would keep this one alive. */
export function endPeers(): void {
  for (const child of running) child.kill();
}

/** Starts a program of the other side (or, for its memory, of ours) and waits for its first line. */
export async function startPeer(command: string, args: readonly string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args[0]} ended early`);
    return JSON.parse(value) as Record<string, number>;
  };
  const versions = await answer();
  return {
    versions,
    ask: (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    end: () => child.stdin.end(),
  };
}
