/** The number types that images, tensors and masks are stored in, each with its typed array. */
export interface TypedArrayOf {
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float32: Float32Array;
  float64: Float64Array;
}

export type Dtype = keyof TypedArrayOf;
export type TypedArray = TypedArrayOf[Dtype];

/** The types whose elements are JavaScript numbers (all but the 64-bit integers). */
export type NumericDtype = Exclude<Dtype, "int64" | "uint64">;
export type NumericArray = TypedArrayOf[NumericDtype];

/** Runtime twin of {@link TypedArrayOf}. */
export const typedArrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies { [D in Dtype]: new (length: number) => TypedArrayOf[D] };

/** The dtype name of a typed array. */
export function dtypeOf(data: TypedArray): Dtype {
  for (const [name, type] of Object.entries(typedArrays)) {
    if (data instanceof type) return name as Dtype;
  }
  throw new TypeError(`${Object.prototype.toString.call(data)} is not a supported typed array`);
}

/** Bytes per element. */
export function bytesOf(dtype: Dtype): number {
  return typedArrays[dtype].BYTES_PER_ELEMENT;
}

/** The raw bytes of a view, honouring its offset and length. Shares memory. */
export function bytesView(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
