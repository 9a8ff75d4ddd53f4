import { Worker } from "node:worker_threads";
import type { CompilerReply, CompilerRequest, CompilerRequests, CompilerThreadData } from "./protocol.js";

/** Deeply nested code needs a deep stack: the compiler walks it recursively. */
const STACK_MB = 64;

/** Asks the compiler, which works in a thread of its own. */
export class CompilerClient {
  readonly #data: CompilerThreadData;
  #thread: Worker;
  #lastId = 0;
  #pending = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  /** Cells whose names a new thread would have to learn. */
  readonly #cells: { code: string; cell: string }[] = [];

  constructor(data: CompilerThreadData) {
    this.#data = data;
    this.#thread = this.#start();
  }

  ask<K extends keyof CompilerRequests>(
    kind: K,
    question: CompilerRequests[K]["ask"],
  ): Promise<CompilerRequests[K]["answer"]> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#thread.postMessage({ id, kind, ...question } as unknown as CompilerRequest);
    });
  }

  /** Remembers a cell that was compiled. */
  keep(code: string, cell: string): void {
    this.#cells.push({ code, cell });
  }

  /** True while the thread works. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Ends the thread in the middle of its work and starts another one, which learns what the cells so far have declared. */
  restart(): void {
    const ended = this.#pending;
    this.#pending = new Map();
    void this.#thread.terminate();
    this.#thread = this.#start();
    void this.ask("restore", { cells: this.#cells }).catch(() => {});
    for (const { reject } of ended.values()) reject(new Error("The compiler was started again."));
  }

  close(): void {
    void this.#thread.terminate();
  }

  #start(): Worker {
    const thread = new Worker(new URL("./compiler/thread.js", import.meta.url), {
      workerData: this.#data,
      resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: 4096 },
    });
    thread.on("message", (reply: CompilerReply) => {
      const asked = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ("error" in reply) asked?.reject(new Error(reply.error));
      else asked?.resolve(reply.answer);
    });
    thread.on("error", () => {
      if (thread === this.#thread) this.restart();
    });
    // The kernel lives on its sockets, not on its compiler.
    thread.unref();
    return thread;
  }
}
