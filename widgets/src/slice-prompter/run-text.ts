import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { formatDuration } from "../shared/format.js";

/** Model, provider and milliseconds of the last decoder run; `title` also says what the encoder took. */
export function runText({ model, answer }: Pick<SlicePrompterState, "model" | "answer">): {
  text: string;
  title: string;
} {
  const fed = model.preprocessing ? `, fed as ${model.preprocessing}` : "";
  if (!answer) return { text: `${model.name} · ${model.provider}`, title: `the model${fed}, and where it runs` };
  const decoder = formatDuration(answer.predictMs);
  const encoder =
    answer.encodeMs === null ? "the slice was encoded before" : `image encoder ${formatDuration(answer.encodeMs)}`;
  return {
    text: `${model.name} · ${answer.provider} · ${decoder}`,
    title: `${encoder}, mask decoder ${decoder}${fed}`,
  };
}
