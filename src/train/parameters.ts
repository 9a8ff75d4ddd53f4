import { SamlabError } from "../core/errors.js";
import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";

/** One trained tensor and where it lies in the vector of all. */
export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** The trained tensors laid end to end, so that an optimiser's step is a few operations on one vector. */
export class ParameterTable {
  readonly parameters: readonly Parameter[];
  readonly #byName: ReadonlyMap<string, Parameter>;

  /** @throws {SamlabError} `argument-invalid` when there is nothing to train */
  constructor(tensors: readonly { readonly name: string; readonly dims: readonly number[] }[]) {
    let start = 0;
    this.parameters = tensors.map(({ name, dims }) => {
      const end = start + dims.reduce((product, dim) => product * dim, 1);
      const parameter = { name, dims, start, end };
      start = end;
      return parameter;
    });
    this.#byName = new Map(this.parameters.map((parameter) => [parameter.name, parameter]));
    if (start === 0) {
      throw new SamlabError("argument-invalid", "The recipe names no parameter of this model.", { field: "recipe" });
    }
  }

  /** Number of trained values. */
  get count(): number {
    return this.parameters.at(-1)?.end ?? 0;
  }

  find(name: string): Parameter | undefined {
    return this.#byName.get(name);
  }

  /** The vector of all parameters as the weights have them. */
  flatten(w: Weights): Float32Array {
    const all = new Float32Array(this.count);
    for (const { name, dims, start } of this.parameters) all.set(w.take(name, dims), start);
    return all;
  }

  /** The tensors in a vector of all parameters, by name; views, not copies. */
  split(all: Float32Array): Map<string, { readonly dims: readonly number[]; readonly data: Float32Array }> {
    return new Map(
      this.parameters.map(({ name, dims, start, end }) => [name, { dims, data: all.subarray(start, end) }]),
    );
  }

  /** One parameter as a value of a graph that has the vector. */
  valueOf(b: GraphBuilder, all: Value, { dims, start, end }: Parameter): Value {
    return b.reshape(b.slice(all, 0, start, end), dims);
  }
}
