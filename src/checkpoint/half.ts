/** IEEE 754 binary16 to float32, elementwise. Exact. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const table = float16Table();
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]];
  return out;
}

/** bfloat16 to float32, elementwise. Exact: the upper half of the bits. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/** float32 to IEEE 754 binary16, rounding half to even; beyond ±65504 becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = halfOf(bits[i]);
  return out;
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  const shifted = exponent - 112;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted <= 0) {
    if (shifted < -10) return sign;
    return sign + roundShift(fraction | 0x800000, 14 - shifted);
  }
  // A carry out of the fraction moves into the exponent, as it should.
  return sign + (shifted << 10) + roundShift(fraction, 13);
}

/** `value >> shift`, rounded half to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}

let table: Float32Array | undefined;

function float16Table(): Float32Array {
  if (table) return table;
  table = new Float32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) table[half] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[half] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else table[half] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return table;
}
