import type { CroppedMask } from "./cropped-mask.js";
import type { DistanceDefinition } from "./distance-definition.js";
import type { GridPoints } from "./nearest.js";

/** The elements of a mask's surface. `data` holds each element's code, by which a table of lengths or areas is read. */
export type Surface = GridPoints;

/** The surface of a mask as a definition sees it. */
export function surfaceOf(mask: CroppedMask, definition: DistanceDefinition): Surface {
  return definition === "surface-distance" ? cornerSurface(mask) : borderCells(mask);
}

/**
 * Cells of the mask with a side neighbor (4 in 2D, 6 in 3D) outside it, with code 1. What lies beyond the image is
 * outside.
 */
function borderCells({ size, data }: CroppedMask): Surface {
  const [nx, ny, nz] = size;
  const plane = nx * ny;
  const isFlat = nz === 1;
  const out = new Uint8Array(data.length);
  let count = 0;
  for (let z = isFlat ? 0 : 1; z < (isFlat ? 1 : nz - 1); z++) {
    for (let y = 1; y < ny - 1; y++) {
      const end = z * plane + (y + 1) * nx - 1;
      for (let n = end - nx + 2; n < end; n++) {
        if (data[n] === 0 || (data[n - 1] & data[n + 1] & data[n - nx] & data[n + nx]) === 0) {
          if (data[n] === 0) continue;
        } else if (isFlat || (data[n - plane] & data[n + plane]) !== 0) continue;
        out[n] = 1;
        count++;
      }
    }
  }
  return { size, data: out, count };
}

/**
 * The corners between cells round which some cells are inside and some are not, each with its neighborhood's code: one
 * bit a cell, the highest for the lowest z, y, x (8 bits in 3D, 4 in 2D). Element (x, y, z) is the corner between cells
 * x − 1 and x, and so on.
 */
function cornerSurface({ size, data }: CroppedMask): Surface {
  const [nx, ny, nz] = size;
  const plane = nx * ny;
  const isFlat = nz === 1;
  const full = isFlat ? 15 : 255;
  const out = new Uint8Array(data.length);
  let count = 0;
  for (let z = isFlat ? 0 : 1; z < nz; z++) {
    for (let y = 1; y < ny; y++) {
      const end = z * plane + (y + 1) * nx;
      let left = 0;
      for (let n = end - nx + 1; n < end; n++) {
        let right = (data[n - nx] << 2) | data[n];
        if (!isFlat) right |= (data[n - plane - nx] << 6) | (data[n - plane] << 4);
        const code = (left << 1) | right;
        left = right;
        if (code === 0 || code === full) continue;
        out[n] = code;
        count++;
      }
    }
  }
  return { size, data: out, count };
}
