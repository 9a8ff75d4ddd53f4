import { existsSync } from "node:fs";
import { inScope } from "../execute/scope.js";
import { type CompilerHost, startProcess, startThread } from "./compiler-host.js";
import type { CompilerReply, CompilerRequest, CompilerRequests, CompilerSetup, KeptCell } from "./protocol.js";
import { buildSnapshotInBackground, snapshotFile, typescriptFolder } from "./snapshot/snapshot.js";

/** Idle time after startup before the snapshot for the next kernel is built. */
const SNAPSHOT_MS = 8_000;

/** Maximum time for the compiler to finish the work of an interrupted cell before it is terminated. */
const STOP_MS = 300;

interface PendingReply {
  readonly request: CompilerRequest;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Sends requests to the compiler, which runs outside this thread. */
export class CompilerClient {
  readonly #setup: CompilerSetup;
  readonly #snapshot = snapshotFile();
  #canUseSnapshot: boolean;
  #host: CompilerHost;
  #lastId = 0;
  #pending = new Map<number, PendingReply>();
  /** Cells whose names a restarted compiler has to learn. */
  readonly #cells: KeptCell[] = [];

  constructor(setup: Omit<CompilerSetup, "libFolder">) {
    this.#setup = { ...setup, libFolder: typescriptFolder };
    this.#canUseSnapshot = existsSync(this.#snapshot);
    if (!this.#canUseSnapshot) setTimeout(buildSnapshotInBackground, SNAPSHOT_MS).unref();
    this.#host = this.#start();
  }

  ask<K extends keyof CompilerRequests>(
    kind: K,
    question: CompilerRequests[K]["ask"],
  ): Promise<CompilerRequests[K]["answer"]> {
    const id = ++this.#lastId;
    const request = { id, kind, ...question } as unknown as CompilerRequest;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { request, resolve: resolve as (answer: unknown) => void, reject });
      this.#host.send(request);
    });
  }

  /** Remembers a compiled cell. */
  keep(cell: KeptCell): void {
    this.#cells.push(cell);
  }

  /**
   * Makes names that a cell declares mean what they did before it, since it ended before it reached those declarations:
   * `names`, or all of them for a cell that has not run. No other cell may have been compiled since.
   */
  revert(cell: string, names: readonly string[] | undefined): void {
    const last = this.#cells.at(-1);
    if (last?.cell === cell && names) this.#cells[this.#cells.length - 1] = { ...last, unreached: names };
    void this.ask("revert", { cell, names }).catch(() => {});
  }

  /** Ends what the compiler has been asked so far, if it does not finish that shortly. */
  interrupt(): void {
    const last = this.#lastId;
    if (this.#pending.size === 0) return;
    setTimeout(() => {
      if ([...this.#pending.keys()].some((id) => id <= last)) this.#restart(last);
    }, STOP_MS).unref();
  }

  close(): void {
    this.#host.end();
  }

  /**
   * Terminates the compiler and starts a new one, which learns the declarations of earlier cells. Requests up to `last`
   * fail; the new compiler answers later ones.
   */
  #restart(last: number): void {
    const pending = this.#pending;
    this.#pending = new Map();
    this.#host.end();
    this.#host = this.#start();
    void this.ask("restore", { cells: this.#cells }).catch(() => {});
    for (const [id, each] of pending) {
      if (id <= last) each.reject(new Error("The compiler was started again."));
      else {
        this.#pending.set(id, each);
        this.#host.send(each.request);
      }
    }
  }

  #start(): CompilerHost {
    let hasReplied = false;
    const events = {
      reply: (reply: CompilerReply) => {
        if (host !== this.#host) return;
        hasReplied = true;
        const asked = this.#pending.get(reply.id);
        this.#pending.delete(reply.id);
        if ("error" in reply) asked?.reject(new Error(reply.error));
        else asked?.resolve(reply.answer);
      },
      failed: () => {
        if (host !== this.#host) return;
        if (hasReplied || !this.#canUseSnapshot) {
          this.#restart(this.#lastId);
          return;
        }
        // It cannot start from this snapshot at all.
        this.#canUseSnapshot = false;
        this.#host = this.#start();
        for (const { request } of this.#pending.values()) this.#host.send(request);
      },
    };
    // The compiler belongs to no cell, whichever one started it.
    const host = inScope(undefined, () =>
      this.#canUseSnapshot ? startProcess(this.#setup, this.#snapshot, events) : startThread(this.#setup, events),
    );
    return host;
  }
}
