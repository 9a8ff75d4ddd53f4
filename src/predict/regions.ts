import type { Image2d } from "../io/image/image.js";
import { automaticMasks } from "./automask/automatic-masks.js";
import type { AutomaskOptions } from "./automask/options.js";
import type { Sam } from "./sam.js";
import { background, Segmentation } from "./segmentation.js";

/**
 * What everything mode finds, as one labeled image: regions are numbered from the largest to the smallest, and a
 * smaller one covers the larger ones that it lies on.
 * @throws {SamlabError} as `automaticMasks`
 */
export async function regionsOf(sam: Sam, image: Image2d, options: AutomaskOptions): Promise<Segmentation> {
  const start = performance.now();
  const masks = await automaticMasks(sam, image, options);
  const { width, height, source } = image;
  const data = new Uint16Array(width * height);
  const largestFirst = [...masks].sort((a, b) => b.area - a.area);
  for (const [n, { mask }] of largestFirst.entries()) {
    for (let at = 0; at < data.length; at++) if (mask.data[at] !== 0) data[at] = n + 1;
  }
  return new Segmentation({
    width,
    height,
    data,
    source,
    kind: "regions",
    classNames: [background, ...largestFirst.map((_, n) => `region ${n + 1}`)],
    info: { provider: sam.provider, milliseconds: performance.now() - start },
  });
}
