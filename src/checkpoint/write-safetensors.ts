import { bytesView } from "../core/dtype.js";
import { float32ToFloat16 } from "../core/half.js";
import { type StoredDtype, type StoredTensor, storedBytes } from "./tensor-map.js";

/** A tensor to be stored as float32. */
export interface Float32Tensor {
  /** Shape, outermost axis first. */
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** The format's names of element types. */
const dtypeNames: Readonly<Record<StoredDtype, string>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

/**
 * Lays tensors out as a .safetensors file: 8 bytes of header length, a JSON header, then the elements end to end. Names
 * are sorted, so equal tensors and metadata give equal bytes.
 * @param precision float16 rounds to half the size
 * @returns pieces for `writeFileAtomic`; of float32 the tensors' own memory, not copies
 */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, Float32Tensor>,
  metadata: Readonly<Record<string, string | undefined>>,
  precision: "float32" | "float16" = "float32",
): Uint8Array[] {
  const typed = new Map([...tensors].map(([name, { dims, data }]) => [name, { dtype: precision, dims, data }]));
  const { head, order } = layout(typed, metadata);
  const stored = (data: Float32Array) => bytesView(precision === "float16" ? float32ToFloat16(data) : data);
  return [...head, ...order.map(([, { data }]) => stored(data))];
}

/**
 * The same for tensors of any type that are read one after the other while the file is written, so that a model larger
 * than the memory of one buffer needs no copy of itself.
 * @throws {SamlabError} as reading the tensors
 */
export async function* safetensorsStream(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Uint8Array> {
  const { head, order } = layout(tensors, metadata);
  yield* head;
  for (const [, tensor] of order) yield await tensor.read();
}

/**
 * Length and header, and the tensors in the order of the file: the widest elements first, as PyTorch's reader wants
 * each tensor aligned.
 */
function layout<T extends Pick<StoredTensor, "dtype" | "dims">>(
  tensors: ReadonlyMap<string, T>,
  metadata: Readonly<Record<string, string | undefined>>,
): { head: Uint8Array[]; order: [string, T][] } {
  const order = [...tensors].sort(
    ([a, { dtype: left }], [b, { dtype: right }]) => storedBytes[right] - storedBytes[left] || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { dtype, dims }] of order) {
    const end = at + dims.reduce((product, dim) => product * dim, storedBytes[dtype]);
    header[name] = { dtype: dtypeNames[dtype], shape: dims, data_offsets: [at, end] };
    at = end;
  }
  const text = JSON.stringify(header);
  // Spaces up to a multiple of 8, so that readers can map the tensors.
  const json = new TextEncoder().encode(
    text.padEnd(text.length + ((8 - (new TextEncoder().encode(text).length % 8)) % 8)),
  );
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return { head: [length, json], order };
}
