import type { BoxPrompt } from "../../../src/core/prompt.js";
import { palette } from "../../../src/protocol/palette.js";
import type { SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import { type Projection, toStage } from "../shared/slice-view/camera.js";
import { strokeLine } from "./freehand.js";
import { boxEdges } from "./hit.js";

/** Radius of a point's mark in CSS pixels. */
export const markRadius = 8;

interface MarkStyle {
  readonly selected?: boolean;
  /** Sent to the kernel but not handled yet. */
  readonly pending?: boolean;
}

/**
 * Draws a prompt on the stage. Include is a circle with a plus, exclude a diamond with a minus, so shape and color both
 * distinguish them.
 */
export function drawPrompt(
  context: CanvasRenderingContext2D,
  projection: Projection,
  prompt: SlicePrompt,
  style: MarkStyle = {},
): void {
  context.save();
  if (style.pending) context.globalAlpha = 0.6;
  if (prompt.kind === "box") drawBox(context, projection, prompt.box, style);
  else if (prompt.kind === "scribble") drawScribble(context, projection, prompt.path, prompt.label, style);
  else drawPoint(context, toStage(projection, prompt.x, prompt.y), prompt.label, style);
  context.restore();
}

function drawScribble(
  context: CanvasRenderingContext2D,
  projection: Projection,
  path: readonly number[],
  label: 0 | 1,
  { selected = false }: MarkStyle,
): void {
  if (selected) strokeLine(context, projection, path, [["#ffffff", 9]]);
  strokeLine(context, projection, path, [
    ["rgba(0, 0, 0, 0.6)", 6],
    [label === 1 ? palette.include : palette.exclude, 4],
  ]);
}

function drawPoint(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  label: 0 | 1,
  { selected = false }: MarkStyle,
): void {
  const r = markRadius;
  const shape = (radius: number) => {
    context.beginPath();
    if (label === 1) context.arc(x, y, radius, 0, 2 * Math.PI);
    else {
      context.moveTo(x, y - radius - 1);
      context.lineTo(x + radius + 1, y);
      context.lineTo(x, y + radius + 1);
      context.lineTo(x - radius - 1, y);
      context.closePath();
    }
  };
  if (selected) {
    shape(r + 4);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2;
    context.stroke();
  }
  shape(r);
  context.fillStyle = label === 1 ? palette.include : palette.exclude;
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.lineWidth = 4;
  context.stroke();
  context.fill();
  context.strokeStyle = "#ffffff";
  context.lineWidth = 1.5;
  context.stroke();
  context.beginPath();
  context.moveTo(x - 4, y);
  context.lineTo(x + 4, y);
  if (label === 1) {
    context.moveTo(x, y - 4);
    context.lineTo(x, y + 4);
  }
  context.lineWidth = 2;
  context.stroke();
}

function drawBox(
  context: CanvasRenderingContext2D,
  projection: Projection,
  box: BoxPrompt,
  { selected = false }: MarkStyle,
): void {
  const { left, top, right, bottom } = boxEdges(projection, box);
  const line = (width: number, style: string) => {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.strokeRect(left, top, right - left, bottom - top);
  };
  line(3.5, "rgba(0, 0, 0, 0.6)");
  line(selected ? 2.5 : 1.5, "#ffffff");
  for (const x of [left, right]) {
    for (const y of [top, bottom]) {
      context.fillStyle = "#ffffff";
      context.strokeStyle = "rgba(0, 0, 0, 0.6)";
      context.lineWidth = 1;
      context.fillRect(x - 3, y - 3, 6, 6);
      context.strokeRect(x - 3.5, y - 3.5, 7, 7);
    }
  }
}
