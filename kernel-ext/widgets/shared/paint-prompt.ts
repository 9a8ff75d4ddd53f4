import { palette } from "../../../src/protocol/palette.js";
import type { SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import type { SliceFrame } from "../../../src/protocol/slices.js";
import { blend, parseColor, type Rgb, type RgbRaster } from "./raster.js";

const include = parseColor(palette.include);
const exclude = parseColor(palette.exclude);
const white: Rgb = [255, 255, 255];

/** Paints a box, point or line over a picture of the whole slice. */
export function paintPrompt(raster: RgbRaster, frame: SliceFrame, prompt: SlicePrompt): void {
  const toX = (x: number) => ((x + 0.5) * raster.width) / frame.width;
  const toY = (y: number) => ((y + 0.5) * raster.height) / frame.height;
  if (prompt.kind === "box") {
    const [x0, y0, x1, y1] = prompt.box;
    const [left, top, right, bottom] = [toX(x0 - 0.5), toY(y0 - 0.5), toX(x1 + 0.5), toY(y1 + 0.5)].map(Math.round);
    for (let x = left; x <= right; x++) for (const y of [top, bottom - 1]) blend(raster, x, y, white, 1);
    for (let y = top; y <= bottom; y++) for (const x of [left, right - 1]) blend(raster, x, y, white, 1);
    return;
  }
  const color = prompt.label === 1 ? include : exclude;
  if (prompt.kind === "scribble") {
    paintLine(raster, prompt.path, toX, toY, color);
    return;
  }
  const [cx, cy] = [Math.round(toX(prompt.x)), Math.round(toY(prompt.y))];
  for (let dy = -6; dy <= 6; dy++) {
    for (let dx = -6; dx <= 6; dx++) {
      // Include points are circles with a plus, exclude points diamonds with a minus.
      const distance = prompt.label === 1 ? Math.hypot(dx, dy) : (Math.abs(dx) + Math.abs(dy)) * 0.9;
      if (distance > 6) continue;
      const sign = (dy === 0 && Math.abs(dx) <= 3) || (prompt.label === 1 && dx === 0 && Math.abs(dy) <= 3);
      blend(raster, cx + dx, cy + dy, sign || distance > 5 ? white : color, 1);
    }
  }
}

/** A line of five pixels, with a white core. */
function paintLine(
  raster: RgbRaster,
  path: readonly number[],
  toX: (x: number) => number,
  toY: (y: number) => number,
  color: Rgb,
): void {
  const corners = Array.from(
    { length: path.length >> 1 },
    (_, n) => [toX(path[2 * n]!), toY(path[2 * n + 1]!)] as const,
  );
  for (const [reach, ink] of [
    [2, color],
    [0, white],
  ] as const) {
    corners.forEach(([x1, y1], n) => {
      const [x0, y0] = corners[n - 1] ?? [x1, y1];
      const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0)));
      for (let step = 0; step <= steps; step++) {
        const [x, y] = [x0 + ((x1 - x0) * step) / steps, y0 + ((y1 - y0) * step) / steps].map(Math.round) as [
          number,
          number,
        ];
        for (let dy = -reach; dy <= reach; dy++)
          for (let dx = -reach; dx <= reach; dx++) blend(raster, x + dx, y + dy, ink, 1);
      }
    });
  }
}
