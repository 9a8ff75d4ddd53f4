import { palette } from "../../../src/protocol/palette.js";
import { type Projection, toPixel, toStage } from "../shared/slice-view/camera.js";
import type { Gesture } from "../shared/slice-view/gestures.js";
import type { Controller } from "./controller.js";

/** Distance between two points of a line, CSS pixels. */
const leastStep = 2;

/** Draws a line by hand: a scribble is a prompt, a lasso edits the mask. `opposite` excludes or erases. */
export function freehandGesture(
  controller: Controller,
  projection: () => Projection,
  startX: number,
  startY: number,
  opposite: boolean,
): Gesture {
  const tool = controller.local.tool === "lasso" ? "lasso" : "scribble";
  // The wheel may turn meanwhile, or code make another object active.
  const { seen: target } = controller;
  let path: readonly number[] = [];
  let last: readonly [number, number] | null = null;
  const goOn = (x: number, y: number) => {
    if (last && Math.hypot(x - last[0], y - last[1]) < leastStep) return;
    last = [x, y];
    path = [...path, ...toPixel(projection(), x, y).map((value) => Math.round(value * 10) / 10)];
    controller.set({ freehand: { path, tool, opposite } });
  };
  goOn(startX, startY);
  return {
    move: goOn,
    end: (x, y, clicked) => {
      if (!clicked) goOn(x, y);
      controller.set({ freehand: null });
      if (tool === "scribble") controller.mark({ kind: "scribble", ...target, path, label: opposite ? 0 : 1 });
      else if (path.length >= 6) controller.mark({ kind: "lasso", ...target, path, erase: opposite });
      else controller.note("Draw around what belongs to the object.");
    },
    cancel: () => controller.set({ freehand: null }),
  };
}

/** Strokes a line, with one pen of [color, width] after the other. */
export function strokeLine(
  context: CanvasRenderingContext2D,
  projection: Projection,
  path: readonly number[],
  pens: readonly (readonly [color: string, width: number])[],
): void {
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  tracePath(context, projection, path);
  for (const [color, width] of pens) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
  context.restore();
}

function tracePath(context: CanvasRenderingContext2D, projection: Projection, path: readonly number[]): void {
  context.beginPath();
  for (let n = 0; n < path.length; n += 2) context.lineTo(...toStage(projection, path[n], path[n + 1]));
  // A single dot.
  if (path.length === 2) context.lineTo(...toStage(projection, path[0], path[1]));
}

/** A line drawn by hand, while it is drawn and until the kernel has taken it. */
export function paintFreehand(
  context: CanvasRenderingContext2D,
  projection: Projection,
  line: { readonly path: readonly number[]; readonly tool: "scribble" | "lasso"; readonly opposite: boolean },
  color: string,
): void {
  const { path, tool, opposite } = line;
  const isLasso = tool === "lasso";
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  tracePath(context, projection, path);
  if (isLasso) {
    context.globalAlpha = 0.3;
    context.fillStyle = opposite ? "#000000" : color;
    context.fill("nonzero");
    context.globalAlpha = 1;
    context.closePath();
  }
  const ink = isLasso ? "#ffffff" : opposite ? palette.exclude : palette.include;
  for (const [style, width] of [
    ["rgba(0, 0, 0, 0.6)", isLasso ? 3 : 6],
    [ink, isLasso ? 1.2 : 4],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.setLineDash(isLasso && opposite ? [4, 4] : []);
    context.stroke();
  }
  context.restore();
}
