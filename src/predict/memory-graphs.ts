import { existsSync } from "node:fs";
import { SamlabError } from "../core/errors.js";
import type { Architecture } from "../models/architecture.js";
import { compilerVersion } from "../models/compile.js";
import { type CompiledMemory, compileMemory, hasMemory, memoryGraphs } from "../models/sam2-memory.js";
import type { Weights } from "../models/weights.js";
import { GraphCache } from "../runtime/graph-cache.js";
import type { ModelSource } from "../runtime/messages.js";
import type { Provider } from "../runtime/provider.js";
import { Session } from "../runtime/session.js";
import type { Feeds, Outputs } from "../runtime/tensor.js";

type GraphName = keyof CompiledMemory;

/** What the memory's graphs are made of. */
export interface MemoryModel {
  readonly name: string;
  readonly hash: string;
  readonly architecture: Architecture;
  readonly provider: Provider;
  /** Reads the weights again. */
  weights(): Promise<Weights>;
}

/** A model's memory, ready to run. A graph's session is made when it is first needed. */
export class MemoryGraphs {
  readonly #model: MemoryModel;
  #sources: Readonly<Record<GraphName, ModelSource>>;
  readonly #sessions = new Map<GraphName, Promise<Session>>();

  private constructor(model: MemoryModel, sources: Readonly<Record<GraphName, ModelSource>>) {
    this.#model = model;
    this.#sources = sources;
  }

  get architecture(): Architecture {
    return this.#model.architecture;
  }

  get provider(): Provider {
    return this.#model.provider;
  }

  /**
   * Compiles the memory, or takes its graphs from the cache.
   * @throws {SamlabError} `argument-invalid` for a model without one; of reading and compiling
   */
  static async open(model: MemoryModel): Promise<MemoryGraphs> {
    return new MemoryGraphs(model, await sourcesOf(model));
  }

  async run(graph: GraphName, feeds: Feeds): Promise<{ outputs: Outputs; milliseconds: number }> {
    let session = this.#sessions.get(graph);
    if (!session) {
      session = this.#create(graph);
      this.#sessions.set(graph, session);
      session.catch(() => this.#sessions.delete(graph));
    }
    return (await session).run(feeds);
  }

  async #create(graph: GraphName): Promise<Session> {
    const source = this.#sources[graph];
    const isGone = "path" in source && !existsSync(source.path);
    // The cache was emptied since.
    if (isGone) this.#sources = await sourcesOf(this.#model);
    return Session.create(this.#sources[graph], this.provider);
  }

  async release(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    await Promise.all(sessions.map((made) => (made.status === "fulfilled" ? made.value.release() : undefined)));
  }
}

async function sourcesOf(model: MemoryModel): Promise<Readonly<Record<GraphName, ModelSource>>> {
  const cache = new GraphCache<null, GraphName>(`${model.hash}-memory-v${compilerVersion}`, memoryGraphs);
  const known = await cache.read();
  return (known && completeSources(known.sources)) ?? compiled(model, cache);
}

async function compiled(
  model: MemoryModel,
  cache: GraphCache<null, GraphName>,
): Promise<Readonly<Record<GraphName, ModelSource>>> {
  const weights = model.architecture.head === "sam2" ? await model.weights() : null;
  if (!weights || !hasMemory(weights)) {
    throw new SamlabError("argument-invalid", `${model.name} has no memory of other slices.`, {
      field: "rule",
      value: "memory",
      remedy: weights
        ? "Load SAM 2 or MedSAM2 with all tensors of its published file, or use another rule."
        : "Load SAM 2 or MedSAM2, or use another rule.",
    });
  }
  const graphs = compileMemory(weights, model.architecture);
  return (await cache.keep(null, graphs)).sources;
}

function completeSources(
  sources: Readonly<Record<GraphName, ModelSource | null>>,
): Readonly<Record<GraphName, ModelSource>> | null {
  const isComplete = (all: typeof sources): all is Readonly<Record<GraphName, ModelSource>> =>
    Object.values(all).every((source) => source !== null);
  return isComplete(sources) ? sources : null;
}
