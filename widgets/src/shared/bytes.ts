/** Bytes from a comm: a `DataView` in JupyterLab, any view in tests. Shares memory. */
export function asUint8(bytes: ArrayBufferView): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Little-endian 16-bit numbers; copied when the bytes do not start at an even offset, as inside a larger message. */
export function asInt16(bytes: ArrayBufferView): Int16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 2 === 0) return new Int16Array(buffer, byteOffset, byteLength >> 1);
  return new Int16Array(asUint8(bytes).slice().buffer);
}

/** Little-endian float32; copied when the bytes do not start where one may. */
export function asFloat32(bytes: ArrayBufferView): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength >> 2);
  return new Float32Array(asUint8(bytes).slice().buffer);
}
