import { crossedText } from "../../../src/protocol/crossed-text.js";
import type { LiveScoreState, ModelInfo, SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { formatArea, formatDuration } from "../shared/format.js";

type Shown = Pick<SlicePrompterState, "model" | "answer" | "mask" | "crossing" | "active">;

/** What a model's masks are rated by. */
export const qualityOf = ({ quality }: Pick<ModelInfo, "quality">) => quality ?? "predicted IoU";

/** The rating, e.g. `predicted IoU 0.91`; empty if there is none. */
export function ratingText(model: Pick<ModelInfo, "quality">, rating: number | null): string {
  return rating === null ? "" : `${qualityOf(model)} ${rating.toFixed(2)}`;
}

/** Model, provider and milliseconds of the last decoder run; `title` adds the encoder time. */
export function runText({ model, answer, mask, crossing, active }: Shown): { text: string; title: string } {
  const from = crossing.find(({ object }) => object === active)?.from;
  if (!answer && from) {
    const text = `from ${from.map(({ plane }) => plane).join(" and ")} slices`;
    return { text, title: `this mask comes from ${crossedText(from)}; the eraser works here too` };
  }
  const fed = model.preprocessing ? `, fed as ${model.preprocessing}` : "";
  if (!answer) return { text: `${model.name} · ${model.provider}`, title: `the model${fed}, and where it runs` };
  const right = mask?.confirmed ? "confirmed · " : "";
  if (mask?.origin === "drawn") return { text: `${right}drawn by hand`, title: "the model has no part in this mask" };
  if (mask?.origin === "propagated") {
    return {
      text: `${right}propagated${mask.doubt ? " · in doubt" : ""}`,
      title:
        mask.doubt || ["from the slice beside it", ratingText(model, answer.predictedIou)].filter(Boolean).join(", "),
    };
  }
  const decoder = answer.predictMs === null ? "" : formatDuration(answer.predictMs);
  const encoder =
    answer.encodeMs === null ? "the slice was encoded before" : `image encoder ${formatDuration(answer.encodeMs)}`;
  return {
    text: right + [model.name, answer.provider, decoder].filter(Boolean).join(" · "),
    title: `${encoder}${decoder && `, mask decoder ${decoder}`}${fed}`,
  };
}

/** What is said of a new mask. */
export function answerText({
  answer,
  mask,
  objects,
  active,
  subject,
  model,
}: Pick<SlicePrompterState, "answer" | "mask" | "objects" | "active" | "subject" | "model">): string {
  const area = objects.find(({ id }) => id === active)?.area ?? null;
  const rating = mask?.origin === "drawn" ? "drawn by hand" : ratingText(model, answer?.predictedIou ?? null);
  const facts = [area === null ? "" : formatArea(area, subject.unit), rating].filter(Boolean);
  return [`mask of ${activeName({ objects, active })}`, facts.join(", ")].filter(Boolean).join(": ");
}

/** The active object's name. */
export function activeName({ objects, active }: Pick<SlicePrompterState, "objects" | "active">): string {
  return objects.find(({ id }) => id === active)?.name ?? "the object";
}

/** Dice and HD95 of the slice, and the Dice in 3D. */
export function scoresText({ slice, volumeDice }: LiveScoreState, unit: "mm" | "px"): string {
  const hd95 = slice?.hd95 == null ? "" : `, HD95 ${slice.hd95.toFixed(1)} ${unit}`;
  const here = slice && !Number.isNaN(slice.dice) ? `Dice ${slice.dice.toFixed(2)}${hd95} · ` : "";
  return `${here}3D Dice ${volumeDice.toFixed(2)}`;
}
