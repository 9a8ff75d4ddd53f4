import { SamlabError } from "../core/errors.js";

const none = 0xffffffff;

/** Points on a grid: cells that are not 0. Two sets are compared on the same grid. */
export interface GridPoints {
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** x fastest; 0 is no point. */
  readonly data: Uint8Array;
  /** How many there are. */
  readonly count: number;
}

/**
 * The exact Euclidean distance from every point of one set to the nearest of another, in the order of the grid.
 *
 * A separable transform (Saito and Toriwaki 1994; lower envelopes after Felzenszwalb and Huttenlocher 2012): nearest
 * point of the row, then of the plane, for all cells; the last axis is searched outward from the query points only.
 * Steps are kept as integers and squared in the order z, y, x, so that the result is identical to that of scipy's
 * distance_transform_edt.
 *
 * @param spacing mm between cells along x, y, z
 * @returns `from.count` distances; Infinity when `to` has no point
 */
export function nearestDistances(
  from: GridPoints,
  to: GridPoints,
  spacing: readonly [number, number, number],
): Float64Array {
  const distances = new Float64Array(from.count);
  if (to.count === 0) return distances.fill(Number.POSITIVE_INFINITY);
  const [nx, ny, nz] = from.size;
  if (Math.max(nx, ny) > 0xffff) {
    throw new SamlabError(
      "argument-invalid",
      `Distances between masks that span ${nx}×${ny} cells are not supported.`,
      {
        field: "size",
        value: from.size,
        remedy: "Compare masks that span at most 65,533 cells along x and y.",
      },
    );
  }
  const [squareX, squareY, squareZ] = [squares(nx, spacing[0]), squares(ny, spacing[1]), squares(nz, spacing[2])];
  const steps = nearestInPlanes(to, squareX, spacing[1]);
  const plane = nx * ny;
  for (let z = 0, cell = 0, n = 0; z < nz; z++) {
    const reach = Math.max(z, nz - 1 - z);
    for (let end = cell + plane; cell < end; cell++) {
      if (from.data[cell] === 0) continue;
      let best = Number.POSITIVE_INFINITY;
      for (let k = 0; k <= reach && squareZ[k] < best; k++) {
        for (let side = 0; side < 2; side++) {
          const other = side === 0 ? z - k : z + k;
          if (other < 0 || other >= nz || (side === 1 && k === 0)) continue;
          const step = steps[cell + (other - z) * plane];
          if (step === none) continue;
          const square = squareZ[k] + squareY[step >>> 16] + squareX[step & 0xffff];
          if (square < best) best = square;
        }
      }
      distances[n++] = Math.sqrt(best);
    }
  }
  return distances;
}

function squares(length: number, spacing: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => (n * spacing) ** 2);
}

/**
 * For each cell the steps to the nearest point of its xy plane, |dy| · 65536 + |dx|; `none` in planes without points.
 */
function nearestInPlanes(points: GridPoints, squareX: Float64Array, spacingY: number): Uint32Array {
  const [nx, ny, nz] = points.size;
  const steps = new Uint32Array(points.data.length);
  const along = new Uint16Array(nx * ny);
  const rows = new Int32Array(ny);
  const envelope = { row: new Int32Array(ny), start: new Float64Array(ny + 1), height: new Float64Array(ny) };
  // Where two parabolas of rows q apart meet, in rows: (q₁ + q₂) / 2 + (h₂ − h₁) · scale[q].
  const scale = Float64Array.from({ length: ny }, (_, n) => 1 / (2 * n * spacingY * spacingY));
  for (let z = 0; z < nz; z++) {
    const base = z * nx * ny;
    let rowCount = 0;
    for (let y = 0; y < ny; y++) {
      if (nearestInRow(points.data, base + y * nx, along, y * nx, nx)) rows[rowCount++] = y;
    }
    if (rowCount === 0) {
      steps.fill(none, base, base + nx * ny);
      continue;
    }
    const { row, start, height } = envelope;
    for (let x = 0; x < nx; x++) {
      let top = -1;
      for (let n = 0; n < rowCount; n++) {
        const y = rows[n];
        const h = squareX[along[y * nx + x]];
        let from = Number.NEGATIVE_INFINITY;
        while (top >= 0) {
          from = (y + row[top]) / 2 + (h - height[top]) * scale[y - row[top]];
          if (from > start[top]) break;
          top--;
          from = Number.NEGATIVE_INFINITY;
        }
        top++;
        row[top] = y;
        height[top] = h;
        start[top] = from;
      }
      start[top + 1] = Number.POSITIVE_INFINITY;
      for (let y = 0, k = 0, cell = base + x; y < ny; y++, cell += nx) {
        while (start[k + 1] < y) k++;
        const nearest = row[k];
        steps[cell] = (Math.abs(nearest - y) << 16) | along[nearest * nx + x];
      }
    }
  }
  return steps;
}

/** Steps to the nearest point of a row, for each of its cells. False, and nothing written, when there is none. */
function nearestInRow(data: Uint8Array, from: number, out: Uint16Array, to: number, length: number): boolean {
  let last = -1;
  for (let x = 0; x < length; x++) {
    if (data[from + x] === 0) {
      out[to + x] = last < 0 ? 0xffff : x - last;
      continue;
    }
    out[to + x] = 0;
    // Back over the gap: its second half is nearer to this point.
    for (let back = x - 1, step = 1; back > last && out[to + back] > step; back--, step++) out[to + back] = step;
    last = x;
  }
  return last >= 0;
}
