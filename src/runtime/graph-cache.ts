import { readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
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
      return { description, sources: this.#sources((name) => graphs.includes(name)) };
    } catch {
      // Missing or incomplete: compiled again, which takes less than a second.
      return null;
    }
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write(description: D, graphs: Readonly<Record<N, Graph | null>>): Promise<CachedGraphs<D, N>> {
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
    return { description, sources: this.#sources((name) => graphs[name] !== null) };
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #sources(isThere: (name: N) => boolean): Record<N, ModelSource | null> {
    const source = (name: N) => (isThere(name) ? { path: this.#file(`${name}.onnx`) } : null);
    return Object.fromEntries(this.#names.map((name) => [name, source(name)])) as Record<N, ModelSource | null>;
  }
}
