/** A tensor on its way into or out of a session: row-major elements. bool is stored as bytes 0 and 1. */
export type RunTensor =
  | { readonly type: "float32"; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: "float64"; readonly dims: readonly number[]; readonly data: Float64Array }
  | { readonly type: "int8"; readonly dims: readonly number[]; readonly data: Int8Array }
  | { readonly type: "int32"; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: "int64"; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: "bool"; readonly dims: readonly number[]; readonly data: Uint8Array };

/** A tensor kept on the inference thread, so that it is not copied there for every run. */
export interface HeldReference {
  readonly held: number;
}

export type Feed = RunTensor | HeldReference;
export type Feeds = Readonly<Record<string, Feed>>;
export type Outputs = Readonly<Record<string, RunTensor>>;

/**
 * Outputs that stay on the inference thread and take the place of held tensors: the state of a graph that is run step
 * by step.
 */
export interface Keep {
  /** Output name → the reference whose tensor it replaces. */
  readonly outputs: Readonly<Record<string, HeldReference>>;
  /** Scalar outputs: when one is NaN or infinite nothing is replaced. */
  readonly onlyIfFinite: readonly string[];
}
