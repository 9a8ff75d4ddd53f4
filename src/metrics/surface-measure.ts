/**
 * The length (2D, mm) or area (3D, mm²) of the piece of surface that runs between the cells round a corner, for every
 * neighborhood code of `surfaceOf(mask, "surface-distance")`.
 *
 * The surface cuts cell-to-cell edges in their middle, as in marching squares and marching cubes (Lorensen and Cline
 * 1987). Up to symmetry and exchange of inside and outside there are few cases, so the tables are built from them: each
 * group of side-connected inside cells is cut off by a separate piece. Equal to the tables of surface-distance 0.1,
 * which lists the triangles of all 256 codes.
 *
 * @param spacing mm along x, y, z
 * @param isFlat 16 codes of a 2D mask, else 256
 */
export function surfaceMeasures(spacing: readonly [number, number, number], isFlat: boolean): Float64Array {
  return isFlat ? contourLengths(spacing[0], spacing[1]) : surfelAreas(spacing);
}

function contourLengths(width: number, height: number): Float64Array {
  const diagonal = 0.5 * Math.hypot(width, height);
  return Float64Array.from({ length: 16 }, (_, code) => {
    switch (code) {
      case 0b0000:
      case 0b1111:
        return 0;
      case 0b0011:
      case 0b1100:
        return width;
      case 0b0101:
      case 0b1010:
        return height;
      case 0b0110:
      case 0b1001:
        return 2 * diagonal;
      default:
        return diagonal;
    }
  });
}

const axes = [0, 1, 2] as const;
type Axis = (typeof axes)[number];

/** Corners of a cube are numbers 0 to 7: bit 0 is x, bit 1 y, bit 2 z. Corner c has bit 7 − c of the code. */
const corners = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** The pieces that the surface is made of, mm². */
interface Pieces {
  /** The triangle that cuts off a corner. */
  readonly tip: number;
  /** Half the rectangle that cuts off an edge along this axis. */
  readonly slope: readonly number[];
  /** The cube's cross-section at right angles to this axis. */
  readonly section: readonly number[];
}

function surfelAreas([dx, dy, dz]: readonly [number, number, number]): Float64Array {
  const section = [dy * dz, dx * dz, dx * dy];
  const pieces: Pieces = {
    tip: Math.hypot(...section) / 8,
    slope: axes.map((axis) => Math.hypot(...section.filter((_, other) => other !== axis)) / 4),
    section,
  };
  return Float64Array.from({ length: 256 }, (_, code) => {
    const inside = corners.filter((corner) => (code >> (7 - corner)) & 1);
    // The surface is the same seen from the other side; the smaller side has the simpler groups.
    const fewer = inside.length > 4 ? corners.filter((corner) => !inside.includes(corner)) : inside;
    return groups(fewer).reduce((area, group) => area + groupArea(group, pieces), 0);
  });
}

/** The axis of the edge between two corners, or −1 when there is none. */
function edgeAxis(a: number, b: number): Axis | -1 {
  return axes.find((axis) => (a ^ b) === 1 << axis) ?? -1;
}

function groups(cells: readonly number[]): number[][] {
  const left = new Set(cells);
  const found: number[][] = [];
  for (const first of cells) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const cell of group) {
      for (const other of [...left]) {
        if (edgeAxis(cell, other) < 0) continue;
        left.delete(other);
        group.push(other);
      }
    }
    found.push(group);
  }
  return found;
}

/** Area of the surface that cuts off one connected group of 1 to 4 corners. */
function groupArea(group: readonly number[], { tip, slope, section }: Pieces): number {
  const edges = group
    .flatMap((a, n) => group.slice(n + 1).map((b) => ({ a, b, axis: edgeAxis(a, b) })))
    .filter(({ axis }) => axis >= 0);
  const across = axes.find((axis) => edges.every((edge) => edge.axis !== axis));
  if (group.length === 1) return tip;
  if (group.length === 2) return 2 * slope[edges[0].axis];
  // Three round a corner of a face, or the whole face.
  if (group.length === 3) return section[across ?? 0] / 2 + 3 * tip;
  if (edges.length === 4) return section[across ?? 0];
  // Four: a corner with its three neighbors, cut off by a regular hexagon, or a chain along all three axes, by a
  // twisted one.
  const degree = (corner: number) => edges.filter(({ a, b }) => a === corner || b === corner).length;
  if (group.some((corner) => degree(corner) === 3)) return 6 * tip;
  const middle = edges.find(({ a, b }) => degree(a) === 2 && degree(b) === 2);
  return axes.reduce<number>((area, axis) => (axis === middle?.axis ? area : area + slope[axis]), 4 * tip);
}
