import type { Mask2d } from "../../core/mask.js";

/**
 * Puts objects into as few label images as it takes for none to overlap another, each into the first where it fits;
 * numbers from 1 in each. Empty masks are left out. Masks are taken one after the other and not kept.
 * @returns row-major label images
 */
export function layersOf(
  masks: Iterable<Mask2d>,
  size: { readonly width: number; readonly height: number },
): (Uint8Array | Uint16Array)[] {
  const layers: { count: number; data: Uint16Array }[] = [];
  for (const { data } of masks) {
    if (!data.includes(1)) continue;
    let layer = layers.find((candidate) => data.every((value, n) => value === 0 || candidate.data[n] === 0));
    if (!layer) {
      layer = { count: 0, data: new Uint16Array(size.width * size.height) };
      layers.push(layer);
    }
    layer.count++;
    for (let n = 0; n < data.length; n++) if (data[n] !== 0) layer.data[n] = layer.count;
  }
  return layers.map(({ count, data }) => (count > 255 ? data : Uint8Array.from(data)));
}
