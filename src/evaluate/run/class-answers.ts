import { isSamlabError, messageOf } from "../../core/errors.js";
import type { Segmentation } from "../../predict/segmentation.js";
import type { EvaluationObject } from "../types.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * Segments the slice once without a prompt; each object gets the class of its name, ignoring case. The time is divided
 * among the objects.
 */
export async function classAnswers({ sam, image, embedding, objects, signal }: SliceWork): Promise<Answer[]> {
  const answer = (object: EvaluationObject, milliseconds: number, result: Answer["result"]): Answer => ({
    object,
    policy: "first",
    clicks: 0,
    milliseconds,
    result,
  });
  try {
    const found = await segmented();
    const share = found.info.milliseconds / objects.length;
    return objects.map((object) => answer(object, share, resultOf(object, found)));
  } catch (error) {
    if (isSamlabError(error, "canceled")) throw error;
    return objects.map((object) => answer(object, Number.NaN, { failure: messageOf(error) }));
  }

  async function segmented(): Promise<Segmentation> {
    if (sam.segment && sam.classNames?.length) return sam.segment(image, { embedding, ...(signal ? { signal } : {}) });
    throw new Error(`${sam.name} has no classes to find without a prompt: prompt it, or use everything.`);
  }
}

function resultOf({ label, part }: EvaluationObject, found: Segmentation): Answer["result"] {
  if (part > 0) return { failure: `Classes are found as a whole, not part ${part} alone: evaluate per label.` };
  const plain = (name: string) => name.trim().toLowerCase();
  const at = found.classNames.findIndex((name, n) => n > 0 && plain(name) === plain(label));
  if (at > 0) return { mask: found.only(at), predictedIou: Number.NaN };
  return { failure: `The model has no class ${label}: it has ${found.classNames.slice(1).join(", ")}.` };
}
