import { connectedComponents } from "../../core/components.js";
import type { Mask2d } from "../../core/mask.js";

/**
 * A mask without its small holes and parts: background regions, then parts, of fewer than `minArea` pixels
 * (8-connected, as `remove_small_regions` of amg.py). If all parts are small, the largest is kept. Returns the same
 * object if nothing changes.
 */
export function removeSmallRegions(mask: Mask2d, minArea: number): Mask2d {
  return removeParts(fillHoles(mask, minArea), minArea);
}

function fillHoles(mask: Mask2d, minArea: number): Mask2d {
  const background = { ...mask, data: mask.data.map((value) => (value === 0 ? 1 : 0)) };
  const { labels, areas } = connectedComponents(background);
  if (areas.every((area) => area >= minArea)) return mask;
  return { ...mask, data: mask.data.map((value, n) => (labels[n] > 0 && areas[labels[n] - 1] < minArea ? 1 : value)) };
}

function removeParts(mask: Mask2d, minArea: number): Mask2d {
  const { labels, areas } = connectedComponents(mask);
  if (areas.every((area) => area >= minArea)) return mask;
  const largest = areas.indexOf(areas.reduce((most, area) => Math.max(most, area), 0));
  const stays = areas.map((area) => area >= minArea);
  if (!stays.includes(true)) stays[largest] = true;
  return { ...mask, data: mask.data.map((value, n) => (value !== 0 && stays[labels[n] - 1] ? 1 : 0)) };
}
