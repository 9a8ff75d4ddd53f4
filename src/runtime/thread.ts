import { Worker } from "node:worker_threads";
import { detached } from "../core/ambient.js";
import { SamlabError } from "../core/errors.js";
import { ThreadActivity } from "./activity.js";
import { compiledEntry } from "./entry.js";
import type { Replies, ReplyMessage, ThreadRequest } from "./messages.js";

interface PendingReply {
  /** The thread that was asked. */
  readonly worker: Worker;
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** An exit of the process waits no longer than this for a run to end, ms. */
const longestExit = 30_000;

/** The process's one inference thread: started with the first request. It does not keep the process alive. */
class InferenceThread {
  #worker: Worker | undefined;
  readonly #pending = new Map<number, PendingReply>();
  #next = 1;
  #generation = 0;

  /** Counts the threads that have ended. What was made on one of them is gone. */
  get generation(): number {
    return this.#generation;
  }

  /** @throws {SamlabError} `run-failed`, with ONNX Runtime's own words */
  ask<K extends ThreadRequest["kind"]>(
    request: Extract<ThreadRequest, { kind: K }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Replies[K]> {
    const worker = detached(() => this.#start());
    const id = this.#next++;
    return new Promise<Replies[K]>((resolve, reject) => {
      this.#pending.set(id, { worker, resolve: resolve as (reply: unknown) => void, reject });
      worker.ref();
      worker.postMessage({ id, request }, [...transfer]);
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const activity = new ThreadActivity();
    // Without the options of the process, of which `--input-type` is refused for a file.
    const worker = new Worker(compiledEntry("thread-main.js"), { workerData: activity.shared, execArgv: [] });
    const settle = () => activity.end(longestExit);
    process.once("exit", settle);
    worker.unref();
    worker.on("message", (message: ReplyMessage) => {
      const pending = this.#take(message.id, worker);
      if ("error" in message) pending?.reject(new SamlabError("run-failed", `ONNX Runtime: ${message.error}`));
      else pending?.resolve(message.reply);
    });
    const died = (why: string, cause?: unknown) => {
      process.off("exit", settle);
      if (this.#worker === worker) {
        this.#worker = undefined;
        this.#generation++;
      }
      for (const [id, pending] of this.#pending) {
        // Requests of the next thread are not lost.
        if (pending.worker !== worker) continue;
        this.#pending.delete(id);
        pending.reject(
          new SamlabError("run-failed", `The inference thread ended: ${why}.`, {
            cause,
            remedy: "Load the model again.",
          }),
        );
      }
    };
    worker.on("error", (error) => died(error.message, error));
    worker.on("exit", (code) => died(`exit code ${code}`));
    this.#worker = worker;
    return worker;
  }

  #take(id: number, worker: Worker): PendingReply | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) worker.unref();
    return pending;
  }
}

export const inferenceThread = new InferenceThread();
