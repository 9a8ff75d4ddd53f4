import type { DistanceDefinition } from "../../metrics/distance-definition.js";
import type { EmptyDistanceRule } from "../../metrics/scores.js";
import type { AutomaskSettings } from "../../predict/automask/options.js";
import type { ScoringRules } from "../plan.js";
import type { EvaluationPreset } from "../prompts/presets.js";
import type { MaskPolicy, PromptStrategy } from "../types.js";
import type { VolumeStrategy } from "../volume/volume-strategy.js";

/** The checked rules of one evaluation. */
export interface Scoring extends ScoringRules {
  readonly definition: DistanceDefinition;
  readonly empty: EmptyDistanceRule;
}

/** Settings for a slice or a volume, apart from the model. */
export interface UnitSettings {
  readonly strategies: readonly PromptStrategy[];
  readonly policies: readonly MaskPolicy[];
  /** For volumes as a whole. */
  readonly volumeStrategies: readonly VolumeStrategy[];
  /** Whether slices of volumes are evaluated too; with some presets, only pictures are. */
  readonly slicesOfVolumes: boolean;
  /** Whether every image is encoded even if its embedding is cached, to measure the time. */
  readonly isTimed: boolean;
  readonly scoring: Scoring;
  readonly automask: Partial<AutomaskSettings>;
  readonly seed: number;
  /** A preset's window for a slice; `null`: the manifest's. */
  readonly window: EvaluationPreset["window"] | null;
}
