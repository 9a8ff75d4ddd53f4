import { bytesView } from "../core/dtype.js";

/** A tensor to be stored as float32. */
export interface Float32Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * Lays tensors out as a .safetensors file: 8 bytes of header length, a JSON header, then the elements end to end. Names are sorted, so equal
 * tensors and metadata give equal bytes.
 * @returns pieces for `writeFileAtomic`; the tensors' own memory, not copies
 */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, Float32Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { dims, data }] of sorted) {
    header[name] = { dtype: "F32", shape: dims, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Spaces up to a multiple of 8, so that readers can map the tensors.
  const json = new TextEncoder().encode(
    text.padEnd(text.length + ((8 - (new TextEncoder().encode(text).length % 8)) % 8)),
  );
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return [length, json, ...sorted.map(([, { data }]) => bytesView(data))];
}
