import { existsSync } from "node:fs";
import { SamlabError } from "../core/errors.js";
import { coreCount } from "./core-count.js";
import type { ModelSource } from "./messages.js";
import type { Provider } from "./provider.js";
import type { Feeds, HeldReference, Keep, Outputs, RunTensor } from "./tensor.js";
import { inferenceThread } from "./thread.js";

/** A graph that is ready to run on one provider. Knows nothing of SAM. */
export class Session {
  readonly provider: Provider;
  readonly #id: number;
  readonly #outputNames: readonly string[];
  readonly #generation = inferenceThread.generation;
  #released = false;

  private constructor(id: number, outputNames: readonly string[], provider: Provider) {
    this.#id = id;
    this.#outputNames = outputNames;
    this.provider = provider;
  }

  /**
   * @param options.planMemory allocates the memory of all intermediates before the run. If false, each intermediate is
   * freed after its last use: a third less memory for the long graphs of training, at the same speed. Default on.
   * @throws {SamlabError} `run-failed` when the provider rejects the graph, `file-missing` when its file is gone
   */
  static async create(
    model: ModelSource,
    provider: Provider,
    { planMemory = true }: { readonly planMemory?: boolean } = {},
  ): Promise<Session> {
    if ("path" in model && !existsSync(model.path)) {
      throw new SamlabError("file-missing", `${model.path} is no longer there: the cache was emptied.`, {
        file: model.path,
        remedy: "Load the model again.",
      });
    }
    const request = { kind: "create", model, provider, threads: threadCount(), planMemory } as const;
    const { session, outputNames } = await inferenceThread.ask<"create">(request);
    return new Session(session, outputNames, provider);
  }

  /**
   * Runs the graph. Runs in one process are executed one after the other, in the order of their requests.
   * @param keep outputs that replace held tensors instead of being returned
   * @throws {SamlabError} `run-failed`; as {@link checkOpen}
   */
  async run(feeds: Feeds, keep?: Keep): Promise<{ outputs: Outputs; milliseconds: number }> {
    this.checkOpen();
    return inferenceThread.ask({ kind: "run", session: this.#id, feeds, keep });
  }

  /**
   * As {@link run}, but all outputs stay on the inference thread. Another run may be requested with their references
   * before `done`.
   * @returns the outputs by name, and the run's milliseconds; `done` rejects with `run-failed`
   * @throws {SamlabError} as {@link checkOpen}
   */
  runHeld(feeds: Feeds): { held: Readonly<Record<string, HeldReference>>; done: Promise<number> } {
    this.checkOpen();
    const places = Object.fromEntries(this.#outputNames.map((name) => [name, newReference()]));
    const request = { kind: "runHeld", session: this.#id, feeds, places } as const;
    return { held: places, done: inferenceThread.ask<"runHeld">(request).then(({ milliseconds }) => milliseconds) };
  }

  /** @throws {SamlabError} `disposed` after {@link release}; `run-failed` if the inference thread has ended since */
  checkOpen(): void {
    if (this.#released) {
      throw new SamlabError("disposed", "The model was disposed of.", { remedy: "Load it again with loadSam." });
    }
    if (this.#isGone) {
      throw new SamlabError("run-failed", "The inference thread that this model was on has ended.", {
        remedy: "Load the model again.",
      });
    }
  }

  /** True if the thread has ended: another one may use the same number for another session. */
  get #isGone(): boolean {
    return this.#generation !== inferenceThread.generation;
  }

  /** Idempotent. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    if (!this.#isGone) await inferenceThread.ask({ kind: "release", session: this.#id });
  }
}

/** Keeps a tensor on the inference thread, to be fed many times without a copy. */
export async function holdTensor(tensor: RunTensor): Promise<HeldReference> {
  const { held, done } = beginHold(tensor);
  await done;
  return held;
}

/** As {@link holdTensor}. A run may be requested with the reference before `done`. */
export function beginHold(tensor: RunTensor): { held: HeldReference; done: Promise<null> } {
  const held = newReference();
  return { held, done: inferenceThread.ask<"hold">({ kind: "hold", tensor, ...held }) };
}

let references = 0;

function newReference(): HeldReference {
  return { held: ++references };
}

/** A copy of a held tensor. */
export async function readTensor({ held }: HeldReference): Promise<RunTensor> {
  const { outputs } = await inferenceThread.ask({ kind: "read", held });
  return outputs.tensor;
}

export async function dropTensor({ held }: HeldReference): Promise<void> {
  await inferenceThread.ask({ kind: "drop", held });
}

/** `SAMLAB_THREADS`, else {@link coreCount}. */
export function threadCount(): number {
  const asked = Number(process.env.SAMLAB_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : coreCount();
}
