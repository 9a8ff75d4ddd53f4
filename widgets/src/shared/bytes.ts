/** Bytes from a comm: a `DataView` in JupyterLab, any view in tests. Shares memory. */
export function asUint8(bytes: ArrayBufferView): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a pixel is inside a run-length mask (see `runsOfBits`), without unpacking it. */
export function runsHold(runs: ArrayBufferView, pixel: number): boolean {
  let [at, inside, run, shift] = [0, false, 0, 0];
  for (const byte of asUint8(runs)) {
    run |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    at += run;
    if (pixel < at) return inside;
    [inside, run, shift] = [!inside, 0, 0];
  }
  return false;
}

/** Little-endian int16; copied if the bytes start at an odd offset, as they may inside a larger message. */
export function asInt16(bytes: ArrayBufferView): Int16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 2 === 0) return new Int16Array(buffer, byteOffset, byteLength >> 1);
  return new Int16Array(asUint8(bytes).slice().buffer);
}

/** Little-endian float32; copied if the bytes are not aligned. */
export function asFloat32(bytes: ArrayBufferView): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength >> 2);
  return new Float32Array(asUint8(bytes).slice().buffer);
}
