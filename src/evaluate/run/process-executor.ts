import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SamlabError } from "../../core/errors.js";
import { threadCount } from "../../runtime/session.js";
import type { ModelIdentity } from "../plan.js";
import { parseStrategy } from "../prompts/parse-strategy.js";
import type { CaseRecord, UnitRecord } from "../store/store-file.js";
import { parseVolumeStrategy } from "../volume/volume-strategy.js";
import type { Executor, Unit } from "./executor.js";
import { failedRows, scopeOf } from "./rows.js";
import type { UnitSettings } from "./settings.js";
import type { ReplyEnvelope, WorkerJob, WorkerReplies, WorkerRequest } from "./worker-messages.js";

interface PendingReply {
  readonly resolve: (reply: WorkerReplies[keyof WorkerReplies]) => void;
  readonly reject: (error: Error) => void;
}

/** The process ended during a request, by a crash or for lack of memory. */
class WorkerDied extends Error {}

/** Threads of ONNX Runtime for each worker: all cores (or `SAMLAB_THREADS`) divided among them, at least one. */
export function threadsPerWorker(workers: number): number {
  return Math.max(1, Math.floor(threadCount() / workers));
}

/**
 * Evaluates in a separate process. A process that dies is restarted; a unit that kills two of them becomes failed
 * rows.
 */
export class ProcessExecutor implements Executor {
  readonly #job: WorkerJob;
  readonly #threads: number;
  readonly #pending = new Map<number, PendingReply>();
  #child: ChildProcess | undefined;
  #models: readonly ModelIdentity[] = [];
  #next = 1;
  #isClosed = false;

  private constructor(job: WorkerJob, threads: number) {
    this.#job = job;
    this.#threads = threads;
  }

  /** Starts the process and loads the models there. @throws {SamlabError} as `loadSam` */
  static async create(job: WorkerJob, threads: number): Promise<ProcessExecutor> {
    const executor = new ProcessExecutor(job, threads);
    try {
      await executor.#start();
    } catch (error) {
      await executor.close();
      throw error instanceof WorkerDied ? new SamlabError("run-failed", error.message, { cause: error }) : error;
    }
    return executor;
  }

  get models(): readonly ModelIdentity[] {
    return this.#models;
  }

  async open(caseIndex: number): Promise<CaseRecord> {
    const entry = this.#job.cases[caseIndex];
    return this.#twice(
      () => this.#ask<CaseRecord>({ kind: "open", caseIndex }),
      (failure) => {
        const rows = this.#models.flatMap((model) => failedRows(entry, model, this.#settings, "case", failure));
        return { kind: "case", case: entry.id, dataHash: "", slices: [], rows, notes: [] };
      },
    );
  }

  async run(unit: Unit): Promise<UnitRecord> {
    const entry = this.#job.cases[unit.caseIndex];
    const model = this.#models[unit.modelIndex];
    const { plane, slice } = unit.task;
    return this.#twice(
      () => this.#ask<UnitRecord>({ kind: "run", unit }),
      (failure) => {
        const rows = failedRows(entry, model, this.#settings, scopeOf(unit.task), failure, { plane, slice });
        return { kind: "unit", case: entry.id, slice, model: model.name, rows };
      },
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  get #settings(): UnitSettings {
    return {
      ...this.#job,
      window: null,
      strategies: this.#job.strategies.map(parseStrategy),
      volumeStrategies: this.#job.volumeStrategies.map(parseVolumeStrategy),
    };
  }

  async #twice<T>(ask: () => Promise<T>, givenUp: (failure: string) => T): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (!this.#child) await this.#start();
        return await ask();
      } catch (error) {
        if (this.#isClosed) throw new SamlabError("canceled", "The evaluation was canceled.", { cause: error });
        if (!(error instanceof WorkerDied)) throw error;
        // The exit of an unreachable process may not have been reported yet; the next attempt needs a new one.
        await this.#end();
        if (attempt === 2) return givenUp(error.message);
      }
    }
  }

  async #start(): Promise<void> {
    const child = fork(fileURLToPath(workerEntry()), {
      env: { ...process.env, SAMLAB_THREADS: String(this.#threads) },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    child.on("message", (envelope: ReplyEnvelope) => {
      const pending = this.#pending.get(envelope.id);
      this.#pending.delete(envelope.id);
      if ("error" in envelope) pending?.reject(new SamlabError(envelope.error.code, envelope.error.message));
      else pending?.resolve(envelope.reply);
    });
    const died = (how: string) => {
      // By then, pending requests belong to a newer process.
      if (this.#child && this.#child !== child) return;
      this.#child = undefined;
      const last = complaint.trim().split("\n").at(-1);
      const error = new WorkerDied(`The worker process ended (${how})${last ? `: ${last}` : ""}.`);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    };
    child.on("error", (error) => died(error.message));
    child.on("exit", (code, signal) => died(signal ?? `exit code ${code}`));
    const models = await this.#ask<readonly ModelIdentity[]>({ kind: "start", job: this.#job });
    models.forEach((model, n) => {
      const expected = this.#models[n]?.hash ?? this.#job.models[n].hash;
      if (expected !== undefined && expected !== model.hash) throw changedModel(model, expected);
    });
    this.#models = models;
  }

  #ask<T extends WorkerReplies[keyof WorkerReplies]>(request: WorkerRequest): Promise<T> {
    const child = this.#child;
    if (!child) return Promise.reject(new WorkerDied("The worker process ended."));
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as PendingReply["resolve"], reject });
      child.send({ id, request }, (error) => {
        if (!error) return;
        this.#pending.delete(id);
        reject(new WorkerDied(`The worker process cannot be reached: ${error.message}.`));
      });
    });
  }
}

function changedModel({ name, hash }: ModelIdentity, expected: string): SamlabError {
  return new SamlabError(
    "hash-mismatch",
    `${name} was loaded as ${expected.slice(0, 12)}; a worker process loaded ${hash.slice(0, 12)} from its files.`,
    { field: "models", value: hash, remedy: "Its files have changed since then: load it again." },
  );
}

/** Node cannot run this folder's TypeScript in tests, so they use the built program. */
function workerEntry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../../dist/src/evaluate/run/worker-main.js" : "./worker-main.js", import.meta.url);
}
