import { samTensors } from "../checkpoint/layout.js";
import { type Checkpoint, readFloat32 } from "../checkpoint/tensor-map.js";
import { SamlabError, throwIfCanceled } from "../core/errors.js";
import { allFinite } from "../core/finite.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { showDims, type Value } from "../onnx/graph.js";

export interface Loaded {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Replaces a weight's stored constant: by a trained parameter, or an expression of several. */
export type WeightOverride = (
  b: GraphBuilder,
  name: string,
  dims: readonly number[],
  stored: () => Value,
) => Value | null;

/** A checkpoint's floating tensors by SAM's names, read. */
export interface LoadedTensors {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, Loaded>;
  readonly unread: ReadonlyMap<string, string>;
}

/** Reads every floating tensor of a checkpoint. */
export async function readTensors(checkpoint: Checkpoint, signal?: AbortSignal): Promise<LoadedTensors> {
  const { tensors, unread } = samTensors(checkpoint);
  const loaded = new Map<string, Loaded>();
  const others = new Map(unread);
  for (const [name, tensor] of tensors) {
    throwIfCanceled(signal, "Loading the checkpoint");
    // Counters of batch norms and the like are no weights.
    if (/float/.test(tensor.dtype)) loaded.set(name, { dims: tensor.dims, data: await readFloat32(name, tensor) });
    else others.set(name, `a tensor of ${tensor.dtype}`);
  }
  return { file: checkpoint.file, tensors: loaded, unread: others };
}

interface Store {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, Loaded>;
  /** Entries of the file that are no readable tensors, and what they are. */
  readonly unread: ReadonlyMap<string, string>;
  readonly used: Set<string>;
  readonly override: WeightOverride | null;
  /** Constants already added to a graph, so that a weight used twice is stored once. */
  readonly given: WeakMap<GraphBuilder, Map<string, Value>>;
}

/**
 * The weights of a model by name, as float32. Graph builders take them one by one, with the shape they need; unused
 * tensors are reported, so that no part of a checkpoint is silently ignored and no weight stays random.
 */
export class Weights {
  readonly #store: Store;
  readonly #prefix: string;

  private constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** For tests and for weights that come from elsewhere. */
  static from(
    file: string,
    tensors: ReadonlyMap<string, Loaded>,
    unread: ReadonlyMap<string, string> = new Map(),
  ): Weights {
    return new Weights({ file, tensors, unread, used: new Set(), override: null, given: new WeakMap() }, "");
  }

  /** The same weights with an override for some of them. */
  withOverride(override: WeightOverride): Weights {
    return new Weights({ ...this.#store, used: new Set(), override, given: new WeakMap() }, this.#prefix);
  }

  /**
   * Reads every floating tensor, by SAM's names. Later checkpoints overlay earlier ones (a tuned decoder over its
   * base).
   */
  static async load(checkpoints: readonly Checkpoint[], signal?: AbortSignal): Promise<Weights> {
    const layers: LoadedTensors[] = [];
    for (const checkpoint of checkpoints) layers.push(await readTensors(checkpoint, signal));
    return Weights.layered(layers);
  }

  /** Tensors over others of the same names. @throws {SamlabError} `tensor-shape` where two differ in shape */
  static layered(layers: readonly LoadedTensors[]): Weights {
    const tensors = new Map<string, Loaded>();
    const unread = new Map<string, string>();
    for (const layer of layers) {
      for (const [name, tensor] of layer.tensors) {
        const base = tensors.get(name);
        if (base && base.dims.join() !== tensor.dims.join()) {
          throw new SamlabError(
            "tensor-shape",
            `${layer.file}: ${name} is ${showDims(tensor.dims)}, the base model has ${showDims(base.dims)}.`,
            {
              file: layer.file,
              field: name,
              value: tensor.dims,
              remedy: "Give the base that the file was trained from.",
            },
          );
        }
        tensors.set(name, tensor);
      }
      for (const [name, what] of layer.unread) unread.set(name, what);
    }
    return Weights.from(layers.at(-1)?.file ?? "", tensors, unread);
  }

  /** The same weights under a prefix. */
  scope(prefix: string): Weights {
    return new Weights(this.#store, `${this.#prefix}${prefix}.`);
  }

  has(name: string): boolean {
    return this.#store.tensors.has(this.#prefix + name);
  }

  /** The shape of a tensor, or `null` when it is not there. Does not count as use. */
  dims(name: string): readonly number[] | null {
    return this.#store.tensors.get(this.#prefix + name)?.dims ?? null;
  }

  /**
   * The elements of a tensor, row-major.
   * @throws {SamlabError} `tensor-missing`, `tensor-shape` (naming file, tensor, both shapes), `checkpoint-invalid` for
   * NaN and infinite weights, and for tensors that are not read
   */
  take(name: string, dims: readonly number[]): Float32Array {
    const full = this.#prefix + name;
    const tensor = this.#store.tensors.get(full);
    const { file } = this.#store;
    const unread = this.#store.unread.get(full);
    if (!tensor && unread !== undefined) {
      throw new SamlabError("checkpoint-invalid", `${file}: ${full} is ${unread}, which is not read.`, {
        file,
        field: full,
        value: unread,
        remedy: "Save the weights as plain tensors: torch.save(model.float().state_dict(), path).",
      });
    }
    if (!tensor) {
      throw new SamlabError("tensor-missing", `${file} has no tensor ${full}.`, {
        file,
        field: full,
        remedy: "The checkpoint is incomplete or of another architecture.",
      });
    }
    if (tensor.dims.join() !== dims.join()) {
      throw new SamlabError(
        "tensor-shape",
        `${file}: ${full} is ${showDims(tensor.dims)}, ${showDims(dims)} is needed.`,
        {
          file,
          field: full,
          value: tensor.dims,
          remedy: "The checkpoint is of another architecture, or its tensors were changed after training.",
        },
      );
    }
    if (!allFinite(tensor.data)) {
      const value = tensor.data.find((each) => !Number.isFinite(each));
      throw new SamlabError("checkpoint-invalid", `${file}: ${full} has the value ${value}.`, {
        file,
        field: full,
        value,
        remedy: "Its training diverged: take a checkpoint from before.",
      });
    }
    this.#store.used.add(full);
    return tensor.data;
  }

  /**
   * A weight as a value of a graph: its stored constant, or what the override gives. Throws as {@link take}.
   */
  value(b: GraphBuilder, name: string, dims: readonly number[]): Value {
    const full = this.#prefix + name;
    const { given, override } = this.#store;
    const known = given.get(b) ?? new Map<string, Value>();
    given.set(b, known);
    let value = known.get(full);
    if (!value) {
      const data = this.take(name, dims);
      const stored = () => b.constant(data, dims, full);
      value = override?.(b, full, dims, stored) ?? stored();
      known.set(full, value);
    }
    return value;
  }

  /** The elements of a tensor as they are stored. Does not count as use. */
  data(name: string): Float32Array | null {
    return this.#store.tensors.get(this.#prefix + name)?.data ?? null;
  }

  /** The same weights with some tensors replaced by others of their shape, or added. */
  withTensors(replaced: ReadonlyMap<string, Loaded>): Weights {
    const { file, tensors, unread } = this.#store;
    return Weights.from(file, new Map([...tensors, ...replaced]), unread);
  }

  /** Some of the weights alone, by their full names. */
  only(isWanted: (name: string) => boolean): Weights {
    const { file, tensors, unread } = this.#store;
    return Weights.from(file, new Map([...tensors].filter(([name]) => isWanted(name))), unread);
  }

  /** Number of child modules `prefix0`, `prefix1`, … */
  count(prefix: string): number {
    const start = this.#prefix + prefix;
    const indices = new Set<number>();
    for (const name of this.#store.tensors.keys()) {
      if (!name.startsWith(start)) continue;
      const index = /^\d+/.exec(name.slice(start.length))?.[0];
      if (index !== undefined) indices.add(Number(index));
    }
    return indices.size;
  }

  /** Unused tensors, sorted. */
  unused(): string[] {
    const { tensors, used } = this.#store;
    return [...tensors.keys()].filter((name) => name.startsWith(this.#prefix) && !used.has(name)).sort();
  }

  /** All names, for recognizing an architecture. */
  names(): string[] {
    return [...this.#store.tensors.keys()].filter((name) => name.startsWith(this.#prefix));
  }

  /** Tensors of the file that are no weights, such as those of integers, and what they are. */
  get unread(): ReadonlyMap<string, string> {
    return this.#store.unread;
  }

  get file(): string {
    return this.#store.file;
  }
}
