import type { ModelInfo, SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { formatDuration } from "../shared/format.js";

/** What a model's masks are rated by. */
export const qualityOf = ({ quality }: Pick<ModelInfo, "quality">) => quality ?? "predicted IoU";

/** Model, provider and milliseconds of the last decoder run; `title` adds the encoder time. */
export function runText({ model, answer, mask }: Pick<SlicePrompterState, "model" | "answer" | "mask">): {
  text: string;
  title: string;
} {
  const fed = model.preprocessing ? `, fed as ${model.preprocessing}` : "";
  if (!answer) return { text: `${model.name} · ${model.provider}`, title: `the model${fed}, and where it runs` };
  const right = mask?.confirmed ? "confirmed · " : "";
  if (mask?.origin === "drawn") return { text: `${right}drawn by hand`, title: "the model has no part in this mask" };
  if (mask?.origin === "propagated") {
    const iou = `${qualityOf(model)} ${answer.predictedIou.toFixed(2)}`;
    return {
      text: `${right}propagated${mask.doubt ? " · in doubt" : ""}`,
      title: mask.doubt || `from the slice beside it, ${iou}`,
    };
  }
  const decoder = formatDuration(answer.predictMs);
  const encoder =
    answer.encodeMs === null ? "the slice was encoded before" : `image encoder ${formatDuration(answer.encodeMs)}`;
  return {
    text: `${right}${model.name} · ${answer.provider} · ${decoder}`,
    title: `${encoder}, mask decoder ${decoder}${fed}`,
  };
}
