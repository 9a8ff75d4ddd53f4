/**
 * Positions of a square grid on a grid of another size, as PyTorch's `F.interpolate(align_corners=False)` gives them,
 * without antialiasing.
 * @param data [1, from, from, channels]
 * @returns [1, to, to, channels]
 */
export function resizeGrid(
  data: Float32Array,
  from: number,
  to: number,
  channels: number,
  mode: "bilinear" | "bicubic",
): Float32Array {
  const taps = tapsOf(mode);
  const across = resizeAxis(data, { before: from, from, to, after: channels }, taps);
  return resizeAxis(across, { before: 1, from, to, after: to * channels }, taps);
}

/**
 * A table of relative positions, [from, depth], for another number of offsets: PyTorch's bilinear interpolation along
 * the first axis alone.
 * @returns [to, depth]
 */
export function resizeRows(data: Float32Array, from: number, to: number, depth: number): Float32Array {
  return resizeAxis(data, { before: 1, from, to, after: depth }, linearTaps);
}

/**
 * How much of each of `from` pixels goes into each of `to` in PyTorch's interpolation along one axis
 * (`align_corners=False`, no antialiasing), [to, from].
 */
export function resizingMatrix(from: number, to: number, mode: "bilinear" | "bicubic"): Float32Array {
  const each = Float32Array.from({ length: from * from }, (_, n) => (n % (from + 1) === 0 ? 1 : 0));
  return resizeAxis(each, { before: 1, from, to, after: from }, tapsOf(mode));
}

const tapsOf = (mode: "bilinear" | "bicubic") => (mode === "bilinear" ? linearTaps : cubicTaps);

interface Axis {
  /** Elements of the axes before and behind. */
  readonly before: number;
  readonly after: number;
  readonly from: number;
  readonly to: number;
}

type Taps = (position: number, from: number) => readonly (readonly [index: number, weight: number])[];

function resizeAxis(data: Float32Array, { before, from, to, after }: Axis, taps: Taps): Float32Array {
  const out = new Float32Array(before * to * after);
  for (let target = 0; target < to; target++) {
    const pairs = taps((target + 0.5) * (from / to) - 0.5, from);
    for (let n = 0; n < before; n++) {
      for (let i = 0; i < after; i++) {
        let sum = 0;
        for (const [index, weight] of pairs) sum += data[(n * from + index) * after + i] * weight;
        out[(n * to + target) * after + i] = sum;
      }
    }
  }
  return out;
}

const linearTaps: Taps = (position, from) => {
  const place = Math.max(0, position);
  const low = Math.min(Math.floor(place), from - 1);
  return [
    [low, 1 - (place - low)],
    [Math.min(low + 1, from - 1), place - low],
  ];
};

/** PyTorch's coefficient of the cubic convolution. */
const sharpness = -0.75;

const cubicTaps: Taps = (position, from) => {
  const low = Math.floor(position);
  return [-1, 0, 1, 2].map((n) => {
    const d = Math.abs(position - low - n);
    const weight =
      d <= 1
        ? ((sharpness + 2) * d - (sharpness + 3)) * d * d + 1
        : ((sharpness * d - 5 * sharpness) * d + 8 * sharpness) * d - 4 * sharpness;
    return [Math.min(from - 1, Math.max(0, low + n)), weight] as const;
  });
};
