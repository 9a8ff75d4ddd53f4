import { checkLabel, type MaskLike } from "./mask-like.js";

/**
 * A binary mask cut out of its grid, with one cell outside the mask on every side: loops over its inside need no edge
 * cases.
 */
export interface CroppedMask {
  /** Cells along x, y, z, with the margin. A 2D mask has one plane and no margin along z. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** 0 or 1, x fastest. */
  readonly data: Uint8Array;
  /** Cells inside. */
  readonly area: number;
}

type Box = [x0: number, y0: number, z0: number, x1: number, y1: number, z1: number];

/** Width, height and depth; a 2D mask has depth 1. */
export function gridSize(mask: MaskLike): readonly [number, number, number] {
  return "size" in mask ? mask.size : [mask.width, mask.height, 1];
}

/**
 * Both masks on the grid of their union's box. `null` when both are empty.
 * @param label cells of this value are inside; without it, every value above 0
 * @throws {SamlabError} `argument-invalid` for a label that is no number
 */
export function cropPair(a: MaskLike, b: MaskLike, label?: number): readonly [CroppedMask, CroppedMask] | null {
  checkLabel(label);
  const size = gridSize(a);
  const [inA, inB] = [binary(a, label), binary(b, label)];
  const box = growBox(inB, size, growBox(inA, size, null));
  if (!box) return null;
  const marginZ = "size" in a ? 1 : 0;
  return [crop(inA, size, box, marginZ), crop(inB, size, box, marginZ)];
}

/** The mask's own bytes when every byte that is not 0 is inside, else a copy as 0 and 1. */
function binary(mask: MaskLike, label: number | undefined): Uint8Array {
  const { data } = mask;
  if (label === undefined && data instanceof Uint8Array) return data;
  const out = new Uint8Array(data.length);
  for (let n = 0; n < out.length; n++) {
    const value = Number(data[n]);
    out[n] = (label === undefined ? value > 0 : value === label) ? 1 : 0;
  }
  return out;
}

/** The smallest box (both corners inside it) round `box` and the mask; `null` when there is neither. */
function growBox(data: Uint8Array, size: readonly [number, number, number], box: Box | null): Box | null {
  const [nx, ny, nz] = size;
  let [x0, y0, z0, x1, y1, z1] = box ?? [nx, ny, nz, -1, -1, -1];
  for (let z = 0, row = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, row += nx) {
      const end = row + nx;
      const first = firstInside(data, row, end);
      if (first === end) continue;
      let last = end - 1;
      while (data[last] === 0) last--;
      if (first - row < x0) x0 = first - row;
      if (last - row > x1) x1 = last - row;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
      if (z < z0) z0 = z;
      z1 = Math.max(z1, z);
    }
  }
  return x1 < 0 ? null : [x0, y0, z0, x1, y1, z1];
}

function firstInside(data: Uint8Array, start: number, end: number): number {
  let n = start;
  while (n < end && data[n] === 0) n++;
  return n;
}

function crop(data: Uint8Array, size: readonly [number, number, number], box: Box, marginZ: number): CroppedMask {
  const [x0, y0, z0, x1, y1, z1] = box;
  const [nx, ny, nz] = [x1 - x0 + 3, y1 - y0 + 3, z1 - z0 + 1 + 2 * marginZ];
  const out = new Uint8Array(nx * ny * nz);
  let area = 0;
  for (let z = z0; z <= z1; z++) {
    for (let y = y0; y <= y1; y++) {
      let from = (z * size[1] + y) * size[0] + x0;
      let to = ((z - z0 + marginZ) * ny + (y - y0 + 1)) * nx + 1;
      for (let x = x0; x <= x1; x++, from++, to++) {
        if (data[from] === 0) continue;
        out[to] = 1;
        area++;
      }
    }
  }
  return { size: [nx, ny, nz], data: out, area };
}
