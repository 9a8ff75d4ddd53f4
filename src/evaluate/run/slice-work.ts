import type { Image2d } from "../../io/image/image.js";
import type { ImageEmbedding, Sam } from "../../predict/sam.js";
import type { EvaluationObject, MaskPolicy } from "../types.js";
import type { UnitSettings } from "./settings.js";

/** Result of one object × policy × step: a mask to score, or the reason why there is none. */
export interface Answer {
  readonly object: EvaluationObject;
  readonly policy: MaskPolicy;
  readonly clicks: number;
  readonly milliseconds: number;
  readonly result:
    | { readonly mask: EvaluationObject["truth"]; readonly predictedIou: number }
    | { readonly failure: string };
}

/** One slice being evaluated, as input for predictions. */
export interface SliceWork {
  readonly sam: Sam;
  readonly image: Image2d;
  readonly embedding: ImageEmbedding;
  readonly objects: readonly EvaluationObject[];
  readonly settings: UnitSettings;
  /** Case and slice, which seed random prompts. */
  readonly place: readonly [caseId: string, slice: number];
  readonly signal: AbortSignal | undefined;
}
