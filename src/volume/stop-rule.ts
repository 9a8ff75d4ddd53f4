import type { PropagationRule, StopRule } from "./types.js";

/** What a stop rule is checked against. */
export interface StopMeasures {
  /** Pixels. */
  readonly area: number;
  /** mm². */
  readonly pixelArea: number;
  /** The object's pixels on the prompted slice where the walk started. */
  readonly startArea: number;
  readonly predictedIou: number;
  /** On the prompted slice. */
  readonly startPredictedIou: number;
  readonly iou: number;
  /** Called only if the rule needs it. */
  readonly likeness: () => number;
}

/** From a wide plateau of scores on the patients that the rule was developed on. */
const samlab: StopRule = { minPredictedShare: 0.75, minLikeness: 0.4, minAreaShare: 0.1 };
/**
 * Rules not listed here use the default of micro-sam's annotator, an IoU of 0.5. The challenge's baseline is told where
 * the object ends; SAM 2's memory finds out itself.
 */
const defaults: Readonly<Partial<Record<PropagationRule, StopRule>>> = {
  laptop: {},
  memory: {},
  samlab,
  consensus: samlab,
};
const projection: StopRule = { minIou: 0.5 };

export function stopRuleOf(rule: PropagationRule, given: StopRule | false | undefined): StopRule {
  if (given === false) return {};
  return given ?? defaults[rule] ?? projection;
}

/** The bound that ends an object on a slice; `null` if the object continues. */
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
