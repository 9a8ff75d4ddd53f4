/** A closed surface of triangles. */
export interface Mesh {
  /** x, y, z of each vertex, in mm from the middle of the grid. */
  readonly positions: Float32Array;
  /** Unit normals, outwards. */
  readonly normals: Float32Array;
  /** Three vertices for each triangle. */
  readonly triangles: Uint32Array;
}

type Triple = readonly [number, number, number];

/** The level at which the surface lies. Lower than the middle, so that a mask of one cell's thickness is kept. */
const level = 0.42;
/** How much of the field is the mask itself; the rest is the mask blurred, which rounds the steps of its cells. */
const sharpness = 0.35;
/** Free cells around the mask. */
const border = 3;

/**
 * The surface of a mask by naive surface nets (Gibson, "Constrained Elastic Surface Nets", 1998): one vertex in each
 * cube of eight cells that the surface crosses, at the mean of its crossings with the cube's edges.
 * @param inside 1 for cells of the mask; the first axis is fastest
 * @param spacing size of a cell, mm
 */
export function surfaceOf(inside: Uint8Array, size: Triple, spacing: Triple): Mesh {
  const box = boundsOf(inside, size);
  if (!box) return { positions: new Float32Array(), normals: new Float32Array(), triangles: new Uint32Array() };
  const { first, counts } = box;
  const field = smoothed(inside, size, first, counts);
  const [nx, ny, nz] = counts;
  const [sy, sz] = [nx, nx * ny];
  const corners = [0, 1, sy, sy + 1, sz, sz + 1, sz + sy, sz + sy + 1];
  const vertexAt = new Int32Array(field.length).fill(-1);
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let z = 0; z < nz - 1; z++) {
    for (let y = 0; y < ny - 1; y++) {
      for (let x = 0, at = y * sy + z * sz; x < nx - 1; x++, at++) {
        let code = 0;
        for (let c = 0; c < 8; c++) if (field[at + corners[c]!]! > level) code |= 1 << c;
        if (code === 0 || code === 255) continue;
        const middle = meanCrossing(field, at, corners, code);
        vertexAt[at] = positions.length / 3;
        const place = [x, y, z];
        for (let n = 0; n < 3; n++) {
          const cell = first[n]! + place[n]! + middle[n]! + 0.5 - size[n]! / 2;
          positions.push(cell * spacing[n]!);
        }
        // The faces whose edge starts at this cube's first corner lie between cubes that have been visited.
        for (const [axis, u, v] of faces(sy, sz)) {
          if (place[u.axis] === 0 || place[v.axis] === 0) continue;
          const isInside = (code & 1) !== 0;
          if (isInside === ((code >> (1 << axis)) & 1) > 0) continue;
          const [a, b, c, d] = [at, at - u.step, at - u.step - v.step, at - v.step].map((cube) => vertexAt[cube]!);
          triangles.push(...(isInside ? [a!, b!, c!, a!, c!, d!] : [a!, c!, b!, a!, d!, c!]));
        }
      }
    }
  }
  const mesh = { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
  return { ...mesh, normals: normalsOf(mesh) };
}

/** For each edge along an axis: the two axes, with their steps, in which the four cubes around it lie. */
function faces(sy: number, sz: number) {
  const [x, y, z] = [1, sy, sz].map((step, axis) => ({ axis, step })) as [Axis, Axis, Axis];
  return [
    [0, y, z],
    [1, z, x],
    [2, x, y],
  ] as const;
}

interface Axis {
  readonly axis: number;
  readonly step: number;
}

/** The first cell of the mask less a border, and the cells from there; null for an empty mask. */
function boundsOf(inside: Uint8Array, [nx, ny, nz]: Triple): { first: Triple; counts: Triple } | null {
  const [low, high] = [
    [nx, ny, nz],
    [-1, -1, -1],
  ];
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (inside[at] === 0) continue;
        for (const [n, value] of [x, y, z].entries()) {
          if (value < low[n]!) low[n] = value;
          if (value > high[n]!) high[n] = value;
        }
      }
    }
  }
  if (high[0]! < 0) return null;
  const first = low.map((value) => value - border) as unknown as Triple;
  return { first, counts: high.map((value, n) => value + border + 1 - first[n]!) as unknown as Triple };
}

function smoothed(inside: Uint8Array, [nx, ny, nz]: Triple, first: Triple, counts: Triple): Float32Array {
  const [cx, cy, cz] = counts;
  const mask = new Float32Array(cx * cy * cz);
  for (let z = 0, at = 0; z < cz; z++) {
    for (let y = 0; y < cy; y++) {
      for (let x = 0; x < cx; x++, at++) {
        const [i, j, k] = [x + first[0], y + first[1], z + first[2]];
        const isInGrid = i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz;
        if (isInGrid) mask[at] = inside[i + nx * (j + ny * k)]!;
      }
    }
  }
  let blurred: Float32Array = mask;
  for (const step of [1, cx, cx * cy]) for (let pass = 0; pass < 2; pass++) blurred = blurredAlong(blurred, step);
  for (let n = 0; n < mask.length; n++) blurred[n] = sharpness * mask[n]! + (1 - sharpness) * blurred[n]!;
  return blurred;
}

/** Binomial mean of three cells. Rows run into each other at the border only, where all is empty. */
function blurredAlong(field: Float32Array, step: number): Float32Array {
  const out = new Float32Array(field.length);
  for (let n = step; n < field.length - step; n++) {
    out[n] = 0.25 * field[n - step]! + 0.5 * field[n]! + 0.25 * field[n + step]!;
  }
  return out;
}

/** Pairs of corners (as bits x, y, z) that an edge of a cube joins. */
const edges: readonly (readonly [number, number, axis: number])[] = [0, 1, 2].flatMap((axis) =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter((c) => ((c >> axis) & 1) === 0).map((c) => [c, c | (1 << axis), axis] as const),
);

/** The mean of where the surface crosses the edges of a cube, from its first corner, in cells. */
function meanCrossing(field: Float32Array, at: number, corners: readonly number[], code: number): Triple {
  let count = 0;
  const sum: [number, number, number] = [0, 0, 0];
  for (const [a, b, axis] of edges) {
    if (((code >> a) & 1) === ((code >> b) & 1)) continue;
    const [from, to] = [field[at + corners[a]!]!, field[at + corners[b]!]!];
    const share = (level - from) / (to - from);
    count++;
    for (let n = 0; n < 3; n++) sum[n]! += n === axis ? share : (a >> n) & 1;
  }
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

/** The mean of the normals of the triangles around each vertex, by area. */
function normalsOf({ positions, triangles }: Pick<Mesh, "positions" | "triangles">): Float32Array {
  const normals = new Float32Array(positions.length);
  for (let n = 0; n < triangles.length; n += 3) {
    const [a, b, c] = [3 * triangles[n]!, 3 * triangles[n + 1]!, 3 * triangles[n + 2]!];
    const [ux, uy, uz] = [0, 1, 2].map((k) => positions[b + k]! - positions[a + k]!) as [number, number, number];
    const [vx, vy, vz] = [0, 1, 2].map((k) => positions[c + k]! - positions[a + k]!) as [number, number, number];
    const normal = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (const vertex of [a, b, c]) for (let k = 0; k < 3; k++) normals[vertex + k]! += normal[k]!;
  }
  for (let n = 0; n < normals.length; n += 3) {
    const length = Math.hypot(normals[n]!, normals[n + 1]!, normals[n + 2]!) || 1;
    for (let k = 0; k < 3; k++) normals[n + k]! /= length;
  }
  return normals;
}
