import { availableParallelism } from "node:os";
import { SamlabError } from "../core/errors.js";
import type { ModelSource, Replies } from "./messages.js";
import type { Provider } from "./provider.js";
import type { Feeds, HeldReference, Keep, Outputs, RunTensor } from "./tensor.js";
import { inferenceThread } from "./thread.js";

/** A graph that is ready to run on one provider. Knows nothing of SAM. */
export class Session {
  readonly provider: Provider;
  readonly #id: number;
  #released = false;

  private constructor(id: number, provider: Provider) {
    this.#id = id;
    this.provider = provider;
  }

  /**
   * @param options.planMemory allocates the memory of all intermediates before the run. If false, each intermediate is
   * freed after its last use: a third less memory for the long graphs of training, at the same speed. Default on.
   * @throws {SamlabError} `run-failed` when the provider rejects the graph
   */
  static async create(
    model: ModelSource,
    provider: Provider,
    { planMemory = true }: { readonly planMemory?: boolean } = {},
  ): Promise<Session> {
    const request = { kind: "create", model, provider, threads: threadCount(), planMemory } as const;
    const { session } = await inferenceThread.ask<"create">(request);
    return new Session(session, provider);
  }

  /**
   * Runs the graph. Runs in one process are executed one after the other.
   * @param keep outputs that replace held tensors instead of being returned
   * @throws {SamlabError} `run-failed`, `disposed`
   */
  async run(feeds: Feeds, keep?: Keep): Promise<{ outputs: Outputs; milliseconds: number }> {
    this.checkOpen();
    return inferenceThread.ask({ kind: "run", session: this.#id, feeds, keep });
  }

  /**
   * As {@link run}, but all outputs stay on the inference thread.
   * @throws {SamlabError} `run-failed`, `disposed`
   */
  async runHeld(feeds: Feeds): Promise<Replies["runHeld"]> {
    this.checkOpen();
    return inferenceThread.ask({ kind: "runHeld", session: this.#id, feeds });
  }

  /** @throws {SamlabError} `disposed` after {@link release} */
  checkOpen(): void {
    if (!this.#released) return;
    throw new SamlabError("disposed", "The model was disposed of.", { remedy: "Load it again with loadSam." });
  }

  /** Idempotent. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await inferenceThread.ask({ kind: "release", session: this.#id });
  }
}

/** Keeps a tensor on the inference thread, to be fed many times without a copy. */
export async function holdTensor(tensor: RunTensor): Promise<HeldReference> {
  return inferenceThread.ask({ kind: "hold", tensor });
}

/** A copy of a held tensor. */
export async function readTensor({ held }: HeldReference): Promise<RunTensor> {
  const { outputs } = await inferenceThread.ask({ kind: "read", held });
  return outputs.tensor;
}

export async function dropTensor({ held }: HeldReference): Promise<void> {
  await inferenceThread.ask({ kind: "drop", held });
}

/** `SAMLAB_THREADS`, else all cores. */
export function threadCount(): number {
  const asked = Number(process.env.SAMLAB_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}
