import childProcess, { ChildProcess } from "node:child_process";
import dgram from "node:dgram";
import { EventEmitter } from "node:events";
import http from "node:http";
import net from "node:net";
import readline from "node:readline";
import { Stream, type Writable } from "node:stream";
import { setTimeout as later } from "node:timers";
import { Worker } from "node:worker_threads";
import { descendants, signalAll } from "../process-tree.js";
import { replace } from "./replace.js";
import { inScope, ownScope, type Scope, startSoon } from "./scope.js";

/** Time for a child process to exit by itself. */
const CHILD_MS = 1_000;
/** A pending interrupt terminates this thread well within this time. */
const TERMINATION_MS = 2_000;
/** Collected objects are removed from the list after this many additions. */
const SWEEP = 1_000;

const children = new Set<WeakRef<ChildProcess>>();

/** Marks a process as started by the kernel itself, or by a cell that does not wait for it. */
export function knowChild(child: ChildProcess): void {
  children.add(new WeakRef(child));
}

/** Processes that have been started and not waited for. */
export function runningChildren(): number[] {
  const pids: number[] = [];
  for (const reference of children) {
    const child = reference.deref();
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) children.delete(reference);
    else pids.push(child.pid);
  }
  return pids;
}

/**
 * Assigns streams, sockets, servers, file watchers, workers and processes to the scope that opened them. All of them
 * are event emitters.
 */
export function followThings(): void {
  let untilSweep = SWEEP;
  const emitters = EventEmitter as unknown as { init(this: object, options?: object): void };
  const init = emitters.init;
  emitters.init = function (options) {
    init.call(this, options);
    const scope = ownScope();
    if (scope === undefined || scope.ended || !isOpenByItself(this)) return;
    const reference = new WeakRef(this);
    scope.things.add(reference);
    if (scope.dead) startSoon(() => endThings(scope));
    if (--untilSweep > 0) return;
    untilSweep = SWEEP;
    for (const known of scope.things) if (known.deref() === undefined) scope.things.delete(known);
  };
  replace(ChildProcess.prototype, "spawn", (spawn: (options: { detached?: boolean }) => unknown) => {
    return function (this: ChildProcess, options: { detached?: boolean }) {
      const result = spawn.call(this, options);
      knowChild(this);
      return result;
    };
  });
}

function isOpenByItself(thing: object): boolean {
  return (
    thing instanceof Stream ||
    thing instanceof net.Server ||
    thing instanceof ChildProcess ||
    thing instanceof Worker ||
    thing instanceof dgram.Socket ||
    thing instanceof readline.Interface ||
    thing.constructor.name === "FSWatcher"
  );
}

/** Closes what the scope has opened. Processes are signaled before they are killed. */
export function endThings(scope: Scope): void {
  const things = [...scope.things].map((reference) => reference.deref());
  scope.things.clear();
  inScope(undefined, () => {
    const pids = things.flatMap((thing) => (thing instanceof ChildProcess ? livePid(thing) : []));
    if (pids.length > 0) endProcesses(pids);
    for (const thing of things) {
      try {
        if (thing !== undefined) end(thing);
      } catch {
        // Its own close method failed: the others still have to be closed.
      }
    }
  });
}

function livePid({ pid, exitCode, signalCode }: ChildProcess): number[] {
  return pid === undefined || exitCode !== null || signalCode !== null ? [] : [pid];
}

/** Ends their descendants too: otherwise the shell that `exec` starts would leave its commands running. */
function endProcesses(pids: readonly number[]): void {
  const all = [...pids, ...pids.flatMap(descendants)];
  signalAll(all, "SIGTERM");
  // Kill the remaining ones; a process that reused a pid is not a descendant of ours.
  later(() => {
    const ours = descendants(process.pid);
    signalAll(
      all.filter((pid) => ours.includes(pid)),
      "SIGKILL",
    );
  }, CHILD_MS).unref();
}

function end(thing: object): void {
  if (thing instanceof ChildProcess) return;
  if (thing instanceof Worker) void thing.terminate();
  else if (thing instanceof http.Server) {
    thing.close();
    thing.closeAllConnections();
  } else if (thing instanceof Stream) endStream(thing as Writable & { fd?: unknown });
  else (thing as { close?(): void }).close?.();
}

function endStream(stream: Writable & { fd?: unknown }): void {
  const isOfProcess = typeof stream.fd === "number" && stream.fd <= 2;
  // A socket kept by an HTTP agent may be serving another cell's request by now.
  if (isOfProcess || stream.listenerCount("agentRemove") > 0) return;
  stream.on("error", () => {});
  stream.destroy?.();
}

/** Notifications about calls that block this thread until a child process ends. */
export interface ChildWaits {
  /** The call starts or has ended. */
  waiting(isWaiting: boolean): void;
  /** True if this thread is about to be interrupted. */
  isInterruptComing(): boolean;
}

/** An interrupt ends the child process; the code after the call must not mistake that for a normal exit. */
export function followSyncChildren({ waiting, isInterruptComing }: ChildWaits): void {
  for (const name of ["spawnSync", "execSync", "execFileSync"]) {
    replace(childProcess, name, (original: (...args: unknown[]) => unknown) => {
      return function (this: unknown, ...args: unknown[]) {
        waiting(true);
        try {
          return original.apply(this, args);
        } finally {
          waiting(false);
          if (isInterruptComing()) waitForTermination();
        }
      };
    });
  }
}

function waitForTermination(): void {
  const until = performance.now() + TERMINATION_MS;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  while (performance.now() < until) Atomics.wait(nobody, 0, 0, 20);
}
