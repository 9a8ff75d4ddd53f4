import type { BoxPrompt } from "../../../src/core/prompt.js";
import type { ListedPrompt } from "../../../src/protocol/slice-prompter.js";
import { clamp, type Projection, type Size, toStage } from "../shared/slice-view/camera.js";

/** What the pointer is on: a point, or the edges of a box to move (−1, 0, 1 for left/top, neither, right/bottom). */
export type Hit =
  | { readonly kind: "point"; readonly prompt: number }
  | {
      readonly kind: "box";
      readonly prompt: number;
      readonly box: BoxPrompt;
      readonly h: -1 | 0 | 1;
      readonly v: -1 | 0 | 1;
    };

/** The prompt at a stage position; points are above boxes, later ones above earlier ones. `reach` in CSS pixels. */
export function hitPrompt(
  prompts: readonly ListedPrompt[],
  projection: Projection,
  stageX: number,
  stageY: number,
  reach: number,
): Hit | null {
  const point = prompts.findLast((prompt) => {
    if (prompt.kind !== "point") return false;
    const [x, y] = toStage(projection, prompt.x, prompt.y);
    return Math.hypot(x - stageX, y - stageY) <= reach;
  });
  if (point) return { kind: "point", prompt: point.id };
  for (const prompt of prompts) {
    if (prompt.kind !== "box") continue;
    const { left, top, right, bottom } = boxEdges(projection, prompt.box);
    const near = (position: number, edge: number) => Math.abs(position - edge) <= reach * 0.75;
    const h = near(stageX, left) ? -1 : near(stageX, right) ? 1 : 0;
    const v = near(stageY, top) ? -1 : near(stageY, bottom) ? 1 : 0;
    const alongX = stageX >= left - reach && stageX <= right + reach;
    const alongY = stageY >= top - reach && stageY <= bottom + reach;
    if ((h !== 0 && alongY) || (v !== 0 && alongX)) return { kind: "box", prompt: prompt.id, box: prompt.box, h, v };
  }
  return null;
}

/** The CSS cursor for a drag. */
export function cursorFor(hit: Hit | null): string {
  if (!hit) return "crosshair";
  if (hit.kind === "point") return "grab";
  if (hit.h === 0) return "ns-resize";
  if (hit.v === 0) return "ew-resize";
  return hit.h === hit.v ? "nwse-resize" : "nesw-resize";
}

/** The box with the dragged edges at another pixel; edges may cross. */
export function resizedBox(box: BoxPrompt, h: -1 | 0 | 1, v: -1 | 0 | 1, x: number, y: number): BoxPrompt {
  const [x0, y0, x1, y1] = box;
  return boxBetween(h === -1 ? x : x0, v === -1 ? y : y0, h === 1 ? x : x1, v === 1 ? y : y1);
}

/** True inside a box's edges. */
export function isInside([x0, y0, x1, y1]: BoxPrompt, x: number, y: number): boolean {
  return x >= x0 && x <= x1 && y >= y0 && y <= y1;
}

/** The box moved by whole pixels, clamped to the slice. */
export function movedBox([x0, y0, x1, y1]: BoxPrompt, dx: number, dy: number, slice: Size): BoxPrompt {
  const byX = clamp(dx, -x0, slice.width - 1 - x1);
  const byY = clamp(dy, -y0, slice.height - 1 - y1);
  return [x0 + byX, y0 + byY, x1 + byX, y1 + byY];
}

/** The box between two corners, in any order. */
export function boxBetween(xa: number, ya: number, xb: number, yb: number): BoxPrompt {
  return [Math.min(xa, xb), Math.min(ya, yb), Math.max(xa, xb), Math.max(ya, yb)];
}

export function hasArea([x0, y0, x1, y1]: BoxPrompt): boolean {
  return x1 > x0 && y1 > y0;
}

/** The box's edges on the stage: around its corner pixels, since both belong to the box. */
export function boxEdges(
  projection: Projection,
  [x0, y0, x1, y1]: BoxPrompt,
): { left: number; top: number; right: number; bottom: number } {
  const [left, top] = toStage(projection, x0 - 0.5, y0 - 0.5);
  const [right, bottom] = toStage(projection, x1 + 0.5, y1 + 0.5);
  return { left, top, right, bottom };
}
