import type { Mask2d } from "./mask.js";

/** The connected parts of a mask. */
export interface Components {
  /**
   * Row-major; 0 is background, other values are part numbers. Parts are numbered from 1 in the order of their first
   * pixels, row by row.
   */
  readonly labels: Int32Array;
  /** Pixels of part n at index n − 1. */
  readonly areas: readonly number[];
}

/** Splits a mask into 8-connected parts: pixels that touch at a corner belong together. */
export function connectedComponents(mask: Mask2d): Components {
  const { width, height, data } = mask;
  const labels = new Int32Array(data.length);
  const areas: number[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || labels[start] !== 0) continue;
    const label = areas.length + 1;
    let area = 0;
    labels[start] = label;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      area++;
      const x = at % width;
      const y = (at - x) / width;
      for (let ny = Math.max(y - 1, 0); ny <= Math.min(y + 1, height - 1); ny++) {
        for (let nx = Math.max(x - 1, 0); nx <= Math.min(x + 1, width - 1); nx++) {
          const neighbor = ny * width + nx;
          if (data[neighbor] === 0 || labels[neighbor] !== 0) continue;
          labels[neighbor] = label;
          stack.push(neighbor);
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}

/** One part as a separate mask. */
export function componentMask({ width, height }: Mask2d, { labels }: Components, label: number): Mask2d {
  const data = new Uint8Array(labels.length);
  for (let n = 0; n < labels.length; n++) if (labels[n] === label) data[n] = 1;
  return { width, height, data };
}
