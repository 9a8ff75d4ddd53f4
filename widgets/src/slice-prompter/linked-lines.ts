import { type Projection, type Size, toStage } from "../shared/slice-view/camera.js";

/** Lines through the pixel where the three planes meet, with a gap around it. */
export function paintLinkedLines(
  context: CanvasRenderingContext2D,
  size: Size,
  projection: Projection,
  at: { readonly x: number; readonly y: number },
): void {
  const [x, y] = toStage(projection, at.x, at.y).map((value) => Math.round(value) + 0.5) as [number, number];
  const gap = 9;
  context.save();
  context.strokeStyle = "rgba(143, 208, 255, 0.55)";
  context.lineWidth = 1;
  context.beginPath();
  for (const [from, to] of [
    [0, x - gap],
    [x + gap, size.width],
  ] as const) {
    context.moveTo(from, y);
    context.lineTo(to, y);
  }
  for (const [from, to] of [
    [0, y - gap],
    [y + gap, size.height],
  ] as const) {
    context.moveTo(x, from);
    context.lineTo(x, to);
  }
  context.stroke();
  context.restore();
}
