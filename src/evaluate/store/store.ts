import { type FileHandle, open } from "node:fs/promises";
import { SamlabError } from "../../core/errors.js";
import { systemCode, writeError } from "../../io/files/file-errors.js";
import { type Lock, type LockOptions, lockFile } from "../../io/files/lock.js";
import { type EvaluationPlan, planDifferences, planHash } from "../plan.js";
import {
  type CaseRecord,
  hasFailed,
  headerLine,
  namedAs,
  readStore,
  recordLine,
  recordNamedAs,
  type StoreHeader,
  type StoreRecord,
  type UnitRecord,
  unitKey,
} from "./store-file.js";

/**
 * Writes results to disk as they come: an NDJSON file with a header, a line for each opened case, and one for each
 * finished unit, each flushed to disk before the next. After a crash at any time, the file is intact up to its last
 * complete line; a cut-off line is dropped on opening.
 */
export class EvaluationStore {
  readonly cases = new Map<string, CaseRecord>();
  readonly units = new Map<string, UnitRecord>();
  /** Notes for the user from opening: resumed units, a lock taken over. */
  readonly notes: string[] = [];
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #lock: Lock;
  readonly #models: EvaluationPlan["models"];
  /** The models as the file's header names them. */
  #fileModels: EvaluationPlan["models"];
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, lock: Lock, { models }: EvaluationPlan) {
    this.#path = path;
    this.#models = models;
    this.#fileModels = models;
    this.#file = file;
    this.#lock = lock;
    if (lock.note) this.notes.push(lock.note);
  }

  /**
   * Opens a store to resume, or creates one.
   * @throws {SamlabError} `state-order` (another process writes it, or its plan differs, naming the differences),
   *   `canceled`, `format-invalid`, `disk-full`, `file-write-failed`, `file-unreadable`
   */
  static async open(path: string, header: StoreHeader, options: LockOptions = {}): Promise<EvaluationStore> {
    const lock = await lockFile(path, options);
    try {
      const file = await open(path, "r+").catch((error: unknown) => {
        if (systemCode(error) === "ENOENT") return open(path, "wx+");
        throw error;
      });
      const store = new EvaluationStore(path, file, lock, header.plan);
      try {
        await store.#begin(header, options.signal);
      } catch (error) {
        await file.close();
        throw error;
      }
      return store;
    } catch (error) {
      await lock.release();
      throw error instanceof SamlabError ? error : writeError(error, path);
    }
  }

  async #begin(header: StoreHeader, signal: AbortSignal | undefined): Promise<void> {
    const content = await readStore(this.#path, signal);
    if (!content) {
      await this.#file.truncate(0);
      await this.#append(headerLine(header));
      return;
    }
    checkHeader(content.header, header, this.#path);
    // What failed is run again.
    const { cases, units } = namedAs(content, this.#models);
    this.#fileModels = content.header.plan.models;
    for (const [key, record] of cases) if (!hasFailed(record)) this.cases.set(key, record);
    for (const [key, record] of units) if (!hasFailed(record)) this.units.set(key, record);
    const failed = content.cases.size + content.units.size - this.cases.size - this.units.size;
    this.#size = content.validBytes;
    if ((await this.#file.stat()).size > this.#size) {
      await this.#file.truncate(this.#size);
      this.notes.push("The last line had been cut off and was dropped; its unit is run again.");
    }
    if (this.units.size > 0) this.notes.push(`${this.units.size} finished units were found in ${this.#path}.`);
    if (failed > 0) this.notes.push(`${failed} units and cases that had failed are run again.`);
  }

  /** Adds a record and waits until it is on disk. Calls may overlap. See {@link open} for errors. */
  add(record: StoreRecord): Promise<void> {
    if (record.kind === "case") this.cases.set(record.case, record);
    else this.units.set(unitKey(record), record);
    // After a failed write, nothing more is written: the promise stays rejected.
    this.#writing = this.#writing.then(() =>
      this.#append(recordLine(recordNamedAs(record, this.#models, this.#fileModels))),
    );
    return this.#writing;
  }

  async #append(line: string): Promise<void> {
    await this.#lock.check();
    const bytes = Buffer.from(line);
    try {
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, this.#size + written);
        written += bytesWritten;
      }
      await this.#file.datasync();
      this.#size += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined);
      const { code, message, file } = writeError(error, this.#path);
      throw new SamlabError(
        code,
        code === "disk-full" ? `${this.#path} could not be extended: the disk is full.` : message,
        {
          file,
          cause: error,
          remedy: `What was written before is intact. ${code === "disk-full" ? "Free some space and run" : "Run"} it again with the same store: it resumes from there.`,
        },
      );
    }
  }

  /** Waits for pending writes and releases the lock. Idempotent. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
    await this.#lock.release();
  }
}

function checkHeader(found: StoreHeader, wanted: StoreHeader, path: string): void {
  const differences = planDifferences(found.plan, wanted.plan);
  const shardText = ({ index, count }: StoreHeader["shard"]) => `${index}/${count}`;
  if (shardText(found.shard) !== shardText(wanted.shard)) {
    differences.push(`shard: ${shardText(found.shard)} against ${shardText(wanted.shard)}`);
  }
  // Models may be the same under other paths, and plans of earlier versions have no subjects.
  const { models, cases } = wanted.plan;
  const hash = planHash({ ...found.plan, models, cases });
  if (differences.length === 0 && (found.planHash === wanted.planHash || hash === wanted.planHash)) return;
  throw new SamlabError(
    "state-order",
    `${path} holds another evaluation. What differs (there against here): ${differences.join("; ") || "its hash"}.`,
    {
      file: path,
      field: "plan",
      value: differences,
      remedy: "Run it as before, give another store, or delete this one.",
    },
  );
}
