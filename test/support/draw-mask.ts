import type { Mask2d } from "../../src/core/mask.js";

/** A mask from a drawing: `#` inside, anything else outside; white space round lines does not count. */
export function drawMask(drawing: string): Mask2d {
  const rows = drawing.trim().split(/\s+/);
  const data = Uint8Array.from(rows.join(""), (sign) => (sign === "#" ? 1 : 0));
  return { width: rows[0].length, height: rows.length, data };
}

/** The drawing of a mask, row by row. */
export function maskRows({ width, height, data }: Mask2d): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => (value ? "#" : ".")).join(""),
  );
}
