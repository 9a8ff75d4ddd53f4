/** The connected parts of a set of voxels. */
export interface Components3d {
  /** i fastest; 0 outside, else the part's number. Parts are numbered from 1 in the order of their first voxels. */
  readonly labels: Int32Array;
  /** Voxels of part n at index n − 1. */
  readonly sizes: readonly number[];
}

/**
 * Splits the voxels for which `isIn` holds into connected parts.
 * @param size voxels along i, j, k; i is fastest in `data`
 * @param neighbors 26: voxels that touch at a corner belong together; 6: only those that share a side
 */
export function connectedComponents3d(
  data: ArrayLike<number>,
  [nx, ny, nz]: readonly [number, number, number],
  neighbors: 6 | 26,
  isIn: (value: number) => boolean = (value) => value !== 0,
): Components3d {
  const labels = new Int32Array(data.length);
  const sizes: number[] = [];
  const steps = stepsTo(neighbors);
  let stack = new Int32Array(1024);
  for (let start = 0; start < data.length; start++) {
    if (labels[start] !== 0 || !isIn(data[start]!)) continue;
    const label = sizes.length + 1;
    labels[start] = label;
    stack[0] = start;
    let [height, count] = [1, 0];
    while (height > 0) {
      const at = stack[--height]!;
      count++;
      const x = at % nx;
      const row = (at - x) / nx;
      const y = row % ny;
      const z = (row - y) / ny;
      for (const [dx, dy, dz] of steps) {
        const [ox, oy, oz] = [x + dx, y + dy, z + dz];
        if (ox < 0 || oy < 0 || oz < 0 || ox >= nx || oy >= ny || oz >= nz) continue;
        const other = (oz * ny + oy) * nx + ox;
        if (labels[other] !== 0 || !isIn(data[other]!)) continue;
        labels[other] = label;
        if (height === stack.length) {
          const larger = new Int32Array(2 * height);
          larger.set(stack);
          stack = larger;
        }
        stack[height++] = other;
      }
    }
    sizes.push(count);
  }
  return { labels, sizes };
}

function stepsTo(neighbors: 6 | 26): (readonly [number, number, number])[] {
  const around = [-1, 0, 1];
  return around
    .flatMap((dz) => around.flatMap((dy) => around.map((dx) => [dx, dy, dz] as const)))
    .filter(([dx, dy, dz]) => {
      const moved = Math.abs(dx) + Math.abs(dy) + Math.abs(dz);
      return moved > 0 && (neighbors === 26 || moved === 1);
    });
}
