import type { DecodedPng } from "fast-png";

/** A PNG whose pixels are palette indices. */
export interface IndexedPixels {
  /** Row-major, one palette index per pixel. */
  readonly data: Uint8Array;
  /** Red, green and blue of each palette index, 0 to 255. */
  readonly palette: readonly (readonly [number, number, number])[];
}

/** True by the header chunk, which is always first: color type 3 (PNG specification, 11.2.1). */
export const isIndexedPng = (head: Uint8Array): boolean => head[25] === 3;

/** The palette indices of an indexed PNG. Throws the decoder's errors for a damaged file. */
export async function readIndexedPng(bytes: Uint8Array): Promise<IndexedPixels> {
  const { decode } = await import("fast-png");
  const png = decode(bytes, { checkCrc: true });
  if (!png.palette) throw new Error("it has no palette");
  const palette = png.palette.map(([red, green, blue]) => [red, green, blue] as const);
  return { data: unpacked(png), palette };
}

/** Rows of 1, 2 or 4 bits per pixel start at byte boundaries, the first pixel in the highest bits. */
function unpacked({ width, height, depth, data }: DecodedPng): Uint8Array {
  if (depth === 8) return Uint8Array.from(data);
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  const out = new Uint8Array(width * height);
  for (let y = 0, n = 0; y < height; y++) {
    for (let x = 0; x < width; x++, n++) {
      const bit = x * depth;
      out[n] = (data[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & most;
    }
  }
  return out;
}

/** The palette indices in use, each with its color, for messages: `0 #000000, 1 #800000`. At most 16 of them. */
export function describePalette({ data, palette }: IndexedPixels): string {
  const used = [...new Set(data)].sort((a, b) => a - b);
  const color = (index: number) => {
    const rgb = palette[index];
    return rgb ? `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}` : "without color";
  };
  const listed = used.slice(0, 16).map((index) => `${index} ${color(index)}`);
  return `${listed.join(", ")}${used.length > 16 ? `, and ${used.length - 16} more` : ""}`;
}
