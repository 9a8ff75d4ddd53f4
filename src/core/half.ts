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

/**
 * Bits of the smallest float32 that is a normal half (2⁻¹⁴), of the first that rounds to infinity (65520), and of
 * infinity.
 */
const [firstNormal, firstInfinite, infinity] = [0x38800000, 0x477ff000, 0x7f800000];

/**
 * float32 to IEEE 754 binary16, rounding half to even; beyond ±65504 (from ±65520 on) becomes infinite, a NaN the quiet
 * NaN of its sign. A million values take about 5 ms.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000;
    const magnitude = bits[i] & 0x7fffffff;
    out[i] =
      magnitude >= firstNormal && magnitude < firstInfinite
        ? // Rebases the exponent by 112. Adding 0xfff and the lowest kept bit rounds ties to even; a carry correctly
          // moves into the exponent.
          sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
        : sign | outsideNormal(magnitude);
  }
  return out;
}

/** The largest finite half. */
export const largestFloat16 = 65504;

/** The values as a half would hold them; `null` when one is too large for that, or is not finite. */
export function roundedToFloat16(values: Float32Array): Float32Array | null {
  for (const value of values) if (!(Math.abs(value) <= largestFloat16)) return null;
  return float16ToFloat32(float32ToFloat16(values));
}

/** Finite values as bfloat16 would hold them, rounding half to even. */
export function roundedToBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] + 0x7fff + ((bits[i] >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer);
}

/** Subnormal halves, zero, infinity and NaN. */
function outsideNormal(magnitude: number): number {
  if (magnitude >= firstInfinite) return magnitude > infinity ? 0x7e00 : 0x7c00;
  const shift = 126 - (magnitude >>> 23);
  // Below half of the smallest subnormal.
  if (shift > 24) return 0;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
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
