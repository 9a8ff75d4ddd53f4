import { readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSamlabError } from "../core/errors.js";
import { cacheFolder, cacheLimit } from "../io/files/cache-folder.js";
import { lastUse } from "../io/files/cached-files.js";
import { writeError } from "../io/files/file-errors.js";
import { crc32OfFile } from "../io/files/hash-file.js";
import { makeFolder } from "../io/files/make-folder.js";
import { readAll } from "../io/files/read-file.js";
import { writeFileAtomic } from "../io/files/write-file.js";
import type { Graph } from "../onnx/graph.js";
import { serializeModel, weightsInline } from "../onnx/serialize.js";
import type { ModelSource } from "./messages.js";

/**
 * Bytes of compiled graphs kept on disk. Each fine-tuned model adds its own, and so does each version of the compiler.
 */
const limit = () => cacheLimit(process.env.SAMLAB_GRAPH_CACHE_MB, 8192);

/** Models used in this time stay, in milliseconds: a session may still read their files. */
const spared = 24 * 3600 * 1000;

/** Deletes the least recently used models until all are within the limit. A failure to delete one is not reported. */
async function sweep(folder: string, newest: string): Promise<void> {
  const models: { path: string; bytes: number; used: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const files = await readdir(path).catch(() => []);
    const infos = await Promise.all(files.map((file) => stat(join(path, file)).catch(() => null)));
    const bytes = infos.reduce((sum, info) => sum + (info?.size ?? 0), 0);
    models.push({ path, bytes, used: Math.max(0, ...infos.map((info) => lastUse(info?.mtimeMs ?? 0))) });
  }
  let total = models.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, used } of models.sort((a, b) => a.used - b.used)) {
    if (total <= limit()) return;
    if (path === newest || Date.now() - used < spared) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    total -= bytes;
  }
}

/** Compiled graphs by name, with metadata (any JSON); `null` for those that the model does not have. */
export interface CachedGraphs<D, N extends string> {
  readonly description: D;
  readonly sources: Readonly<Record<N, ModelSource | null>>;
}

/** The sources of graphs: of each that is not `null`. */
export type SourcesOf<G> = {
  readonly [K in keyof G]: null extends G[K] ? ModelSource | null : ModelSource;
};

/** What `model.json` holds. */
interface Stored<D, N> {
  readonly description: D;
  readonly graphs: readonly N[];
  /** The CRC-32 of each file. */
  readonly checksums: Readonly<Record<string, number>>;
}

/** Compiled graphs on disk, one folder for each key. The key must change with everything the graphs depend on. */
export class GraphCache<D, N extends string> {
  readonly #folder: string;
  readonly #names: readonly N[];

  constructor(key: string, names: readonly N[]) {
    this.#folder = cacheFolder("graphs", key);
    this.#names = names;
  }

  /** The graphs, or `null` when they were not compiled yet. */
  async read(): Promise<CachedGraphs<D, N> | null> {
    try {
      const text = new TextDecoder().decode(await readAll(this.#file("model.json")));
      const { description, graphs, checksums } = JSON.parse(text) as Stored<D, N>;
      // A full or failing disk, or a machine that went down, leaves files of another content.
      const found = await Promise.all(Object.keys(checksums).map((name) => crc32OfFile(this.#file(name))));
      if (found.some((sum, n) => sum !== Object.values(checksums)[n])) return null;
      const now = new Date();
      // The time of last use decides what is dropped first.
      await utimes(this.#file("model.json"), now, now).catch(() => undefined);
      const source = (name: N) => (graphs.includes(name) ? { path: this.#file(`${name}.onnx`) } : null);
      const sources = Object.fromEntries(this.#names.map((name) => [name, source(name)]));
      return { description, sources: sources as Record<N, ModelSource | null> };
    } catch {
      // Missing or incomplete: compiled again, which takes less than a second.
      return null;
    }
  }

  /**
   * Writes the graphs, or keeps them in memory if they cannot be written.
   * @returns `unwritten`: why they could not be; `null` if they are on disk
   */
  async keep<G extends Readonly<Record<N, Graph | null>>>(
    description: D,
    graphs: G,
  ): Promise<{ readonly sources: SourcesOf<G>; readonly unwritten: string | null }> {
    let unwritten: string | null = null;
    await this.#write(description, graphs).catch((error: unknown) => {
      if (!isSamlabError(error)) throw error;
      unwritten = error.message;
    });
    const source = (name: N, graph: Graph): ModelSource =>
      unwritten === null ? { path: this.#file(`${name}.onnx`) } : { bytes: serializeModel(graph).model };
    const sources = this.#names.map((name) => {
      const graph = graphs[name];
      return [name, graph && source(name, graph)] as const;
    });
    return { sources: Object.fromEntries(sources) as unknown as SourcesOf<G>, unwritten };
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async #write(description: D, graphs: Readonly<Record<N, Graph | null>>): Promise<void> {
    await makeFolder(this.#folder).catch((error: unknown) => {
      throw writeError(error, this.#folder);
    });
    const checksums: Record<string, number> = {};
    for (const name of this.#names) {
      const graph = graphs[name];
      if (!graph) continue;
      const isInline = weightsInline(graph);
      const serialized = serializeModel(graph, isInline ? {} : { externalName: `${name}.weights` });
      const { external } = serialized;
      if (external) await writeFileAtomic(this.#file(external.name), external.pieces);
      await writeFileAtomic(this.#file(`${name}.onnx`), serialized.model);
      for (const file of [`${name}.onnx`, ...(external ? [external.name] : [])]) {
        checksums[file] = await crc32OfFile(this.#file(file));
      }
    }
    const stored: Stored<D, N> = {
      description,
      graphs: this.#names.filter((name) => graphs[name] !== null),
      checksums,
    };
    const text = JSON.stringify(stored);
    // Written last, so that its presence means that all files are complete.
    await writeFileAtomic(this.#file("model.json"), new TextEncoder().encode(text));
    await sweep(dirname(this.#folder), this.#folder);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}
