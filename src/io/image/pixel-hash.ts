import { createHash } from "node:crypto";
import { bytesView } from "../../core/dtype.js";
import type { Image2d } from "./image.js";

/** Identifies an image by its pixels, whatever its file or window: 12 hex digits of a sha256. */
export function pixelHash({ width, height, channels, data }: Image2d): string {
  const hash = createHash("sha256").update(`${width}×${height}×${channels} `).update(bytesView(data));
  return hash.digest("hex").slice(0, 12);
}
