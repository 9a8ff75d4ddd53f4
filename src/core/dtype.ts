/** The number types that images, tensors and masks are stored in, each with its typed array. */
export interface TypedArrayOf {
  /** 0 to 255. */
  uint8: Uint8Array;
  /** −128 to 127. */
  int8: Int8Array;
  /** 0 to 65,535. */
  uint16: Uint16Array;
  /** −32,768 to 32,767. */
  int16: Int16Array;
  /** 0 to 2³² − 1. */
  uint32: Uint32Array;
  /** −2³¹ to 2³¹ − 1. */
  int32: Int32Array;
  /** 0 to 2⁶⁴ − 1, as bigint. */
  uint64: BigUint64Array;
  /** −2⁶³ to 2⁶³ − 1, as bigint. */
  int64: BigInt64Array;
  /** Single precision. */
  float32: Float32Array;
  /** Double precision. */
  float64: Float64Array;
}

/** The name of a number type, such as `float32`. */
export type Dtype = keyof TypedArrayOf;
export type TypedArray = TypedArrayOf[Dtype];

/** The types whose elements are JavaScript numbers (all but the 64-bit integers). */
export type NumericDtype = Exclude<Dtype, "int64" | "uint64">;
/** A typed array whose elements are JavaScript numbers. */
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

/** The raw bytes of a view, honoring its offset and length. Shares memory. */
export function bytesView(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
