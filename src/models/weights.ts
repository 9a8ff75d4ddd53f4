import { type Checkpoint, readFloat32 } from "../checkpoint/tensor-map.js";
import { SamlabError, throwIfCancelled } from "../core/errors.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { showDims, type Value } from "../onnx/graph.js";

export interface Loaded {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Gives another value for a weight than its stored constant: a parameter that is trained, or an expression of several. */
export type WeightOverride = (
  b: GraphBuilder,
  name: string,
  dims: readonly number[],
  stored: () => Value,
) => Value | null;

interface Store {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, Loaded>;
  readonly used: Set<string>;
  readonly override: WeightOverride | null;
  /** What was already given to a graph, so that a weight used twice is stored once. */
  readonly given: WeakMap<GraphBuilder, Map<string, Value>>;
}

/**
 * The weights of a model by name, as float32. Graph builders take them one by one, with the shape they need; what nobody took is reported, so
 * that no part of a checkpoint is lost in silence and no weight stays random.
 */
export class Weights {
  readonly #store: Store;
  readonly #prefix: string;

  private constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** For tests and for weights that come from elsewhere. */
  static from(file: string, tensors: ReadonlyMap<string, Loaded>): Weights {
    return new Weights({ file, tensors, used: new Set(), override: null, given: new WeakMap() }, "");
  }

  /** The same weights, some of them given by other means. */
  withOverride(override: WeightOverride): Weights {
    return new Weights({ ...this.#store, used: new Set(), override, given: new WeakMap() }, this.#prefix);
  }

  /**
   * Reads every floating tensor. Later checkpoints overlay earlier ones by name (a tuned decoder over its base).
   * @param rename maps a stored name to SAM's own, or `null` to leave it out
   */
  static async load(
    checkpoints: readonly Checkpoint[],
    rename: (name: string) => string | null,
    signal?: AbortSignal,
  ): Promise<Weights> {
    const tensors = new Map<string, Loaded>();
    for (const checkpoint of checkpoints) {
      for (const [stored, tensor] of checkpoint.tensors) {
        throwIfCancelled(signal, "Loading the checkpoint");
        const name = rename(stored);
        if (name === null || !/float/.test(tensor.dtype)) continue;
        const base = tensors.get(name);
        if (base && base.dims.join() !== tensor.dims.join()) {
          throw new SamlabError(
            "tensor-shape",
            `${checkpoint.file}: ${name} is ${showDims(tensor.dims)}, the base model has ${showDims(base.dims)}.`,
            { file: checkpoint.file, field: name, value: tensor.dims },
          );
        }
        tensors.set(name, { dims: tensor.dims, data: await readFloat32(name, tensor) });
      }
    }
    return Weights.from(checkpoints.at(-1)?.file ?? "", tensors);
  }

  /** The same weights seen below a prefix. */
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
   * @throws {SamlabError} `tensor-missing`, `tensor-shape` (naming file, tensor, both shapes), `image-not-finite` for NaN weights
   */
  take(name: string, dims: readonly number[]): Float32Array {
    const full = this.#prefix + name;
    const tensor = this.#store.tensors.get(full);
    const { file } = this.#store;
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
        },
      );
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
    const { file, tensors } = this.#store;
    return Weights.from(file, new Map([...tensors, ...replaced]));
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

  /** Tensors nobody took, sorted. */
  unused(): string[] {
    const { tensors, used } = this.#store;
    return [...tensors.keys()].filter((name) => name.startsWith(this.#prefix) && !used.has(name)).sort();
  }

  /** All names, for recognising an architecture. */
  names(): string[] {
    return [...this.#store.tensors.keys()].filter((name) => name.startsWith(this.#prefix));
  }

  get file(): string {
    return this.#store.file;
  }
}
