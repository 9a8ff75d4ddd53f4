import { isSamlabError, messageOf, SamlabError } from "../../core/errors.js";
import { unseen } from "../../core/long-work.js";
import type { Image2d } from "../../io/image/image.js";
import type { Sam, SegmentOptions } from "../../predict/sam.js";
import { labelOfClass, type Segmentation } from "../../predict/segmentation.js";
import type { EvaluationObject } from "../types.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * Segments the slice once without a prompt; each object gets the class of its name, ignoring case. The time is divided
 * among the objects.
 */
export async function classAnswers(work: SliceWork): Promise<Answer[]> {
  const { sam, image, embedding, objects, settings, signal } = work;
  const answer = (object: EvaluationObject, milliseconds: number, result: Answer["result"]): Answer => ({
    object,
    policy: "first",
    clicks: 0,
    milliseconds,
    result,
  });
  try {
    const { automask } = settings;
    const found = await classesOf(sam, image, {
      embedding,
      automask,
      onProgress: unseen,
      ...(signal ? { signal } : {}),
    });
    const share = found.info.milliseconds / objects.length;
    return objects.map((object) => answer(object, share, resultOf(object, found)));
  } catch (error) {
    if (isSamlabError(error, "canceled")) throw error;
    return objects.map((object) => answer(object, Number.NaN, { failure: messageOf(error) }));
  }
}

/**
 * The classes in an image.
 * @param options of `automask` DeSAM takes what it uses; other models take nothing, as it is meant for `everything`
 * @throws {SamlabError} `prompt-unsupported` for a model without classes; as `sam.segment`
 */
export async function classesOf(sam: Sam, image: Image2d, options: SegmentOptions): Promise<Segmentation> {
  if (sam.segment && sam.classNames?.length) {
    const { automask = {}, ...others } = options;
    const { minMaskRegionArea } = automask;
    if (sam.deSamMode === "grid") return sam.segment(image, options);
    const isCleaned = sam.deSamMode === "whole-box" && minMaskRegionArea !== undefined;
    return sam.segment(image, { ...others, ...(isCleaned ? { automask: { minMaskRegionArea } } : {}) });
  }
  throw new SamlabError("prompt-unsupported", `${sam.name} has no classes to find without a prompt.`, {
    field: "sam",
    value: sam.name,
    remedy: 'Prompt it, use the strategy "everything", or load a model with classes.',
  });
}

/** The class of an object's name, or the reason why there is none. */
export function resultOf(
  { label, part }: Pick<EvaluationObject, "label" | "part">,
  found: Segmentation,
): Answer["result"] {
  const at = labelOfClass(found.classNames, label);
  if (at <= 0) return { failure: `The model has no class ${label}: it has ${found.classNames.slice(1).join(", ")}.` };
  if (part === 0) return { mask: found.only(at), predictedIou: Number.NaN };
  const failure = `Classes are found as a whole, not part ${part} alone: evaluate per label, and give values that belong together one entry, such as "1+2".`;
  return { failure };
}
