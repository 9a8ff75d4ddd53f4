import { palette } from "../../../src/protocol/palette.js";
import type { WireBytes } from "../../../src/protocol/slices.js";
import { withAlpha } from "../shared/color.js";
import type { Projection } from "../shared/slice-view/camera.js";
import { maskPath, placed } from "../shared/slice-view/mask-paths.js";
import { agreementBits } from "./agreement.js";
import type { CompareController } from "./controller.js";

/** Opacity of disagreement relative to agreement. */
const wrongStrength = 1.7;

/** Draws a mask on a slice, in its color or by its agreement with the truth. */
export function paintMask(
  context: CanvasRenderingContext2D,
  controller: CompareController,
  id: number,
  projection: Projection,
): void {
  const { local, display, truth, frame } = controller;
  const { bits } = controller.onSlice(id);
  if (local.masksHidden || !bits) return;
  const fill = (mask: WireBytes, color: string, opacity: number, lineWidth: number) => {
    const path = placed(maskPath(mask, frame.width, frame.height).path, projection);
    context.fillStyle = withAlpha(color, Math.min(1, opacity));
    context.fill(path, "evenodd");
    context.strokeStyle = color;
    context.lineWidth = lineWidth;
    context.stroke(path);
  };
  context.lineJoin = "round";
  const trueBits = truth && truth.id !== id && display.paint === "agreement" ? controller.onSlice(truth.id).bits : null;
  if (!trueBits) {
    fill(bits, controller.mask(id).color, local.opacity, 1.5);
    return;
  }
  const { both, onlyPredicted, onlyTruth } = agreementBits(bits, trueBits);
  fill(both, palette.both, local.opacity, 1);
  fill(onlyPredicted, palette.onlyPredicted, local.opacity * wrongStrength, 1);
  fill(onlyTruth, palette.onlyTruth, local.opacity * wrongStrength, 1);
}
