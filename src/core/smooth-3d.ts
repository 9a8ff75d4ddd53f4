/** A Gaussian is cut off beyond this many standard deviations. */
const REACH = 3;

/**
 * Gaussian mean of each voxel's surroundings, axis by axis. Voxels outside the grid have the value of the nearest voxel
 * inside.
 * @param size voxels along i, j, k; i is fastest in `values`
 * @param sigma standard deviation along i, j, k, in voxels; 0 leaves an axis as it is
 */
export function gaussian3d(
  values: Float32Array,
  size: readonly [number, number, number],
  sigma: readonly [number, number, number],
): Float32Array {
  const strides = [1, size[0], size[0] * size[1]];
  return [0, 1, 2].reduce((smoothed, axis) => {
    if (!(sigma[axis]! > 0) || size[axis] === 1) return smoothed;
    return alongAxis(smoothed, size[axis]!, strides[axis]!, weightsOf(sigma[axis]!));
  }, values);
}

function alongAxis(values: Float32Array, length: number, stride: number, weights: Float64Array): Float32Array {
  const out = new Float32Array(values.length);
  const reach = weights.length - 1;
  for (let n = 0; n < values.length; n++) {
    const at = Math.floor(n / stride) % length;
    let sum = weights[0]! * values[n]!;
    for (let step = 1; step <= reach; step++) {
      const before = Math.min(step, at);
      const after = Math.min(step, length - 1 - at);
      sum += weights[step]! * (values[n - before * stride]! + values[n + after * stride]!);
    }
    out[n] = sum;
  }
  return out;
}

/** At distance 0, 1, …; both sides together sum to 1. */
function weightsOf(sigma: number): Float64Array {
  const weights = Float64Array.from({ length: Math.ceil(REACH * sigma) + 1 }, (_, n) =>
    Math.exp(-0.5 * (n / sigma) ** 2),
  );
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - weights[0]!;
  return weights.map((weight) => weight / total);
}
