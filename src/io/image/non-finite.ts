import type { NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";

export const nonFinites = ["reject", "zero"] as const;

/** How to handle non-finite voxels. `zero` replaces NaN and infinities; `reject` (the default) rejects the file. */
export type NonFinite = (typeof nonFinites)[number];

/**
 * Makes sure that every voxel is finite.
 * @returns a note if voxels were replaced, else `null`
 * @throws {SamlabError} `image-not-finite` with the count and the first voxel (i, j, k)
 */
export function settleNonFinite(
  data: NumericArray,
  size: readonly [number, number, number],
  policy: NonFinite,
  file: string,
): string | null {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return null;
  let count = 0;
  let first = -1;
  for (let n = 0; n < data.length; n++) {
    // Only NaN and ±Infinity give NaN here, and this is much faster than Number.isFinite.
    if (data[n] - data[n] === 0) continue;
    if (count++ === 0) first = n;
    if (policy === "zero") data[n] = 0;
  }
  if (count === 0) return null;
  const [nx, ny] = size;
  const voxel = [first % nx, Math.floor(first / nx) % ny, Math.floor(first / (nx * ny))];
  const where = `${count} of ${data.length} voxels, first (${voxel.join(", ")})`;
  if (policy === "zero") return `NaN or infinite voxels were set to 0: ${where}.`;
  throw new SamlabError("image-not-finite", `${file} has NaN or infinite voxels: ${where}.`, {
    file,
    field: "voxels",
    value: { count, first: voxel },
    remedy:
      'To set them to 0, load it with { nonFinite: "zero" }, give its image "nonFinite": "zero" in a manifest, or use samlab segment --non-finite zero.',
  });
}
