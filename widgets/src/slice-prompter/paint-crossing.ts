import { withAlpha } from "../shared/color.js";

/** Fill of what comes from slices of other planes, relative to the slice's own masks. */
const fill = 0.4;

/** What an object has on a slice from slices of other planes: a faint fill and a dashed outline. */
export function paintCrossing(context: CanvasRenderingContext2D, path: Path2D, color: string, opacity: number): void {
  context.save();
  context.fillStyle = withAlpha(color, opacity * fill);
  context.fill(path, "evenodd");
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.setLineDash([4, 3]);
  context.stroke(path);
  context.restore();
}
