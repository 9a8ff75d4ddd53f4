import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../io/files/cache-folder.js";
import { writeError } from "../io/files/file-errors.js";
import { readAll } from "../io/files/read-file.js";
import { writeFileAtomic } from "../io/files/write-file.js";
import type { Graph } from "../onnx/graph.js";
import { serializeModel, weightsInline } from "../onnx/serialize.js";
import type { ModelSource } from "./messages.js";

/** Compiled graphs by name, with metadata (any JSON). */
export interface CachedGraphs<D, N extends string> {
  readonly description: D;
  readonly sources: Readonly<Record<N, ModelSource>>;
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
      await Promise.all(this.#names.map((name) => access(this.#file(`${name}.onnx`))));
      return {
        description: JSON.parse(text) as D,
        sources: this.#sources((name) => ({ path: this.#file(`${name}.onnx`) })),
      };
    } catch {
      // Missing or incomplete: compiled again, which takes less than a second.
      return null;
    }
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write(description: D, graphs: Readonly<Record<N, Graph>>): Promise<CachedGraphs<D, N>> {
    await mkdir(this.#folder, { recursive: true }).catch((error: unknown) => {
      throw writeError(error, this.#folder);
    });
    for (const name of this.#names) {
      const isInline = weightsInline(graphs[name]);
      const serialized = serializeModel(graphs[name], isInline ? {} : { externalName: `${name}.weights` });
      if (serialized.external) await writeFileAtomic(this.#file(serialized.external.name), serialized.external.pieces);
      await writeFileAtomic(this.#file(`${name}.onnx`), serialized.model);
    }
    // Written last, so that its presence means that all files are complete.
    await writeFileAtomic(this.#file("model.json"), new TextEncoder().encode(JSON.stringify(description)));
    return { description, sources: this.#sources((name) => ({ path: this.#file(`${name}.onnx`) })) };
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #sources(source: (name: N) => ModelSource): Record<N, ModelSource> {
    return Object.fromEntries(this.#names.map((name) => [name, source(name)])) as Record<N, ModelSource>;
  }
}
