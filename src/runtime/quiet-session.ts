import { type ChildProcess, fork } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { detached } from "../core/ambient.js";
import { SamlabError } from "../core/errors.js";
import { compiledEntry } from "./entry.js";
import type { ModelSource, Replies, ReplyMessage } from "./messages.js";
import { threadCount } from "./session.js";
import type { Outputs, RunTensor } from "./tensor.js";

/** Larger graphs would take gigabytes a second time, bytes. */
const largest = 150e6;
/** An idle process is ended after this time to free its memory, ms. */
const patience = 60_000;

export interface QuietRequest {
  readonly id: number;
  readonly path: string;
  readonly threads: number;
  readonly feeds: Readonly<Record<string, RunTensor>>;
}

/**
 * Runs a graph on the CPU in the background, in a separate process with the lowest priority. A run cannot be
 * interrupted, so a separate process keeps the inference thread free and uses only idle CPU time.
 */
export class QuietSession {
  readonly provider = "CPU";
  readonly #path: string;
  #child: ChildProcess | undefined;
  #pending = new Map<number, { resolve(reply: Replies["run"]): void; reject(error: Error): void }>();
  #next = 1;
  #idle: ReturnType<typeof setTimeout> | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Null for a graph that is not in a file, or is too large to be loaded twice. */
  static for(model: ModelSource): QuietSession | null {
    if (!("path" in model)) return null;
    const size = statSync(model.path, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY;
    return size <= largest ? new QuietSession(model.path) : null;
  }

  /** False if its file has been deleted meanwhile, as everything in the cache may be. */
  get isAvailable(): boolean {
    return this.#child !== undefined || existsSync(this.#path);
  }

  /** @throws {SamlabError} `run-failed` */
  run(feeds: Readonly<Record<string, RunTensor>>): Promise<{ outputs: Outputs; milliseconds: number }> {
    clearTimeout(this.#idle);
    this.#child ??= detached(() => this.#start());
    const child = this.#child;
    const id = this.#next++;
    const request: QuietRequest = { id, path: this.#path, threads: threadCount(), feeds };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      child.ref();
      child.channel?.ref();
      child.send(request, (error) => {
        if (error) this.#take(id)?.reject(failed(error.message));
      });
    });
  }

  /** Idempotent. */
  release(): void {
    clearTimeout(this.#idle);
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(compiledEntry("quiet-main.js")), {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("message", (message: ReplyMessage) => {
      const pending = this.#take(message.id);
      if ("error" in message) pending?.reject(failed(message.error));
      else pending?.resolve(message.reply as Replies["run"]);
    });
    const died = (why: string) => {
      if (this.#child === child) this.#child = undefined;
      const all = [...this.#pending.values()];
      this.#pending.clear();
      for (const { reject } of all) reject(failed(why));
    };
    child.on("error", (error) => died(error.message));
    child.on("exit", (code, signal) => died(`the process ended (${signal ?? `exit code ${code}`})`));
    return child;
  }

  #take(id: number) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) {
      // Does not keep the process alive; the child ends when its channel is closed.
      this.#child?.unref();
      this.#child?.channel?.unref();
      this.#idle = setTimeout(() => this.release(), patience);
      this.#idle.unref();
    }
    return pending;
  }
}

const failed = (why: string) => new SamlabError("run-failed", `ONNX Runtime, at low priority: ${why}.`);
