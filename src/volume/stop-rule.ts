import type { PropagationRule, StopRule } from "./types.js";

/** What a stop rule looks at. */
export interface StopMeasures {
  /** Pixels. */
  readonly area: number;
  /** mm². */
  readonly pixelArea: number;
  /** Pixels of the prompted slice that the object was followed from. */
  readonly startArea: number;
  readonly predictedIou: number;
  /** That on the prompted slice. */
  readonly startPredictedIou: number;
  readonly iou: number;
  /** Asked only where the rule wants it. */
  readonly likeness: () => number;
}

/** From a wide plateau on the patients that the rule was developed on. */
const samlab: StopRule = { minPredictedShare: 0.75, minLikeness: 0.4, minAreaShare: 0.1 };
/** micro-sam's annotator starts with an IoU of 0.5; the challenge's baseline knows where the object ends. */
const defaults: Readonly<Partial<Record<PropagationRule, StopRule>>> = {
  laptop: {},
  samlab,
  consensus: samlab,
};
const projection: StopRule = { minIou: 0.5 };

export function stopRuleOf(rule: PropagationRule, given: StopRule | false | undefined): StopRule {
  if (given === false) return {};
  return given ?? defaults[rule] ?? projection;
}

/** Why an object ends on a slice; `null` when it goes on. */
export function stopReason(rule: StopRule, measures: StopMeasures): keyof StopRule | null {
  const { area, pixelArea, startArea, predictedIou, startPredictedIou, iou, likeness } = measures;
  if (rule.minIou !== undefined && iou < rule.minIou) return "minIou";
  if (rule.minPredictedIou !== undefined && predictedIou < rule.minPredictedIou) return "minPredictedIou";
  if (rule.minPredictedShare !== undefined && predictedIou < rule.minPredictedShare * startPredictedIou) {
    return "minPredictedShare";
  }
  if (rule.minArea !== undefined && area * pixelArea < rule.minArea) return "minArea";
  if (rule.minAreaShare !== undefined && area < rule.minAreaShare * startArea) return "minAreaShare";
  if (rule.minLikeness !== undefined && likeness() < rule.minLikeness) return "minLikeness";
  return null;
}
