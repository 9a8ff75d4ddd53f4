import type { WindowRange } from "../../../../src/protocol/samples.js";
import type { Projection, Size } from "./camera.js";

/** Clears a canvas and scales it to CSS pixels at the screen's device pixel ratio. */
export function sizedContext(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  context.setTransform(width / size.width, 0, 0, height / size.height, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  return context;
}

/** Draws a slice, one canvas pixel per voxel, at the projection. */
export function drawSlice(
  context: CanvasRenderingContext2D,
  slice: HTMLCanvasElement,
  frame: Size,
  { left, top, scaleX, scaleY }: Projection,
): void {
  // Magnified, show voxels as they are; reduced, smooth, since dropping lines would be worse.
  context.imageSmoothingEnabled = Math.min(scaleX, scaleY) < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(slice, left, top, frame.width * scaleX, frame.height * scaleY);
}

/**
 * Dotted lines through the pixel under the pointer; for the keyboard cursor, solid lines and a frame around the pixel.
 */
export function paintCrosshair(
  context: CanvasRenderingContext2D,
  size: Size,
  { left, top, scaleX, scaleY }: Projection,
  at: { readonly x: number; readonly y: number },
  keyboard: boolean,
): void {
  const x = Math.round(left + (at.x + 0.5) * scaleX) + 0.5;
  const y = Math.round(top + (at.y + 0.5) * scaleY) + 0.5;
  const gap = keyboard ? 8 : 14;
  context.save();
  context.setLineDash(keyboard ? [] : [1, 4]);
  context.strokeStyle = keyboard ? "#ffffff" : "rgba(255, 255, 255, 0.5)";
  context.lineWidth = 1;
  context.beginPath();
  for (const [from, to] of [
    [0, x - gap],
    [x + gap, size.width],
  ]) {
    context.moveTo(from, y);
    context.lineTo(to, y);
  }
  for (const [from, to] of [
    [0, y - gap],
    [y + gap, size.height],
  ]) {
    context.moveTo(x, from);
    context.lineTo(x, to);
  }
  context.stroke();
  if (keyboard) {
    const [w, height] = [Math.max(6, scaleX), Math.max(6, scaleY)];
    context.strokeStyle = "#000000";
    context.lineWidth = 3;
    context.strokeRect(x - w / 2, y - height / 2, w, height);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.5;
    context.strokeRect(x - w / 2, y - height / 2, w, height);
  }
  context.restore();
}

/** Width and level of a window; empty without one. */
export function levelsText(shown: WindowRange | null): string {
  if (!shown) return "";
  return `W ${round(shown.high - shown.low)}  L ${round((shown.high + shown.low) / 2)}`;
}

function round(value: number): string {
  return Math.abs(value) >= 10 ? String(Math.round(value)) : value.toPrecision(2);
}
