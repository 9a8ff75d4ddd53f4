import { SamlabError } from "../core/errors.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { TrainablePart, TrainedTensor } from "./trainable.js";

/** One trained tensor and its position in the parameter vector. */
export interface Parameter extends TrainedTensor {
  readonly start: number;
  readonly end: number;
}

/** The trained tensors concatenated to one vector, so that an optimizer step is a few operations on it. */
export class ParameterTable {
  readonly parameters: readonly Parameter[];
  /** Weight of the model → its trained tensors. */
  readonly parts: ReadonlyMap<string, TrainablePart>;
  readonly #ofPart = new Map<string, readonly Parameter[]>();

  /** @throws {SamlabError} `argument-invalid` when there is nothing to train */
  constructor(parts: ReadonlyMap<string, TrainablePart>) {
    let start = 0;
    this.parts = parts;
    for (const [weight, { tensors }] of parts) {
      const own = tensors.map((tensor): Parameter => {
        const end = start + tensor.dims.reduce((product, dim) => product * dim, 1);
        const parameter = { ...tensor, start, end };
        start = end;
        return parameter;
      });
      this.#ofPart.set(weight, own);
    }
    this.parameters = [...this.#ofPart.values()].flat();
    if (start === 0) {
      throw new SamlabError("argument-invalid", "The recipe names no parameter of this model.", { field: "recipe" });
    }
  }

  /** Number of trained values. */
  get count(): number {
    return this.parameters.at(-1)?.end ?? 0;
  }

  /** The trained tensors of a weight. */
  ofWeight(name: string): readonly Parameter[] {
    return this.#ofPart.get(name) ?? [];
  }

  /** The initial vector of all parameters. */
  initial(): Float32Array {
    const all = new Float32Array(this.count);
    for (const parameter of this.parameters) all.set(parameter.initial(), parameter.start);
    return all;
  }

  /** The tensors in a vector of all parameters, by name; views, not copies. */
  split(all: Float32Array): Map<string, { readonly dims: readonly number[]; readonly data: Float32Array }> {
    return new Map(
      this.parameters.map(({ name, dims, start, end }) => [name, { dims, data: all.subarray(start, end) }]),
    );
  }

  /** One parameter as a slice of the parameter vector in a graph. */
  valueOf(b: GraphBuilder, all: Value, { dims, start, end }: Parameter): Value {
    return b.reshape(b.slice(all, 0, start, end), dims);
  }
}
