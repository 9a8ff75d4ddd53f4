import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";
import { valueRange } from "../../io/image/percentile.js";
import type { WindowSpec } from "../../io/image/window.js";
import type { DistanceDefinition } from "../../metrics/distance-definition.js";
import type { EmptyRule } from "../../metrics/empty.js";
import type { ObjectOptions } from "../objects.js";
import type { ScoringRules } from "../plan.js";
import type { MaskPolicy, Metric } from "../types.js";
import { mazurowskiModes } from "./mazurowski.js";
import { szuModes } from "./szu.js";

/** How a study scored. */
export interface ScoreRule {
  /** The columns that the study reported. */
  readonly columns: readonly Metric[];
  /** Unit of distances. */
  readonly unit: "px" | "mm";
  /** Definition of surface distances; left out where the study has none. */
  readonly definition?: DistanceDefinition;
  /** Overlap scores of empty masks. */
  readonly emptyOverlap: EmptyRule;
  /** Distances of empty masks. */
  readonly emptyDistance: EmptyRule;
  /** See {@link ScoringRules.nsdRule}. */
  readonly nsdRule?: ScoringRules["nsdRule"];
  /** See {@link ScoringRules.overlaps}. */
  readonly overlaps?: ScoringRules["overlaps"];
  /** What to know before comparing numbers. */
  readonly note: string;
}

/** A study's protocol, for results that are comparable with it: objects, window, prompts, mask policy, and scores. */
export interface EvaluationPreset {
  readonly name: string;
  /** Citation. */
  readonly source: string;
  /** Strategy names. */
  readonly prompts: readonly string[];
  /** Which of the three masks the study scored. */
  readonly policy: MaskPolicy;
  /** What the study counted as one object. */
  readonly objects: { readonly per: "auto" | ObjectOptions["per"]; readonly minPixels: number };
  /** The window of a picture or slice, computed from its values; `null`: the manifest's. */
  readonly window: ((data: NumericArray) => WindowSpec) | null;
  /** Strategies for volumes as a whole. If there are any, `prompts` are for pictures only. */
  readonly volume?: readonly string[];
  /** Every image is encoded even if its embedding is cached, so that the times of all rows are measured. */
  readonly isTimed?: boolean;
  /** How the study scored. */
  readonly scores: ScoreRule;
}

/** Options of {@link samSzu}. */
export interface SamSzuOptions {
  /**
   * The lower end of the window in percent of the pixels. Default 0.95, as in the study's code
   * (`np.percentile(image, 0.95)`). It may have been meant to mirror the upper end of 99.5; give 0.5 for that.
   */
  readonly lowPercentile?: number;
  /** S4 with the sixth point of the study's sampler. Default `false`. */
  readonly sixPoints?: boolean;
}

/**
 * The protocol of SAM-SZU: objects are labels of more than 50 pixels, the window of each slice is from percentile 0.95
 * to 99.5 (over all its pixels and channels), and the best of three masks by Dice is scored. Zeros stay black in that
 * code even if an image has negative values; the study's images, 8-bit PNGs, have none.
 * @throws {SamlabError} `argument-invalid`
 */
export function samSzu({ lowPercentile = 0.95, sixPoints = false }: SamSzuOptions = {}): EvaluationPreset {
  const highPercentile = 99.5;
  if (!(lowPercentile >= 0 && lowPercentile < highPercentile)) {
    throw new SamlabError("argument-invalid", `lowPercentile is ${show(lowPercentile)}.`, {
      field: "lowPercentile",
      value: lowPercentile,
      remedy: `Give a percentage from 0 to below ${highPercentile}.`,
    });
  }
  return {
    name: "SAM-SZU",
    source: "Huang et al., Segment anything model for medical images?, Medical Image Analysis 92:103061 (2024)",
    prompts: szuModes.map((mode) => `szu:${mode}${mode === "S4" && sixPoints ? ",six-points" : ""}`),
    policy: "oracle",
    objects: { per: "label", minPixels: 51 },
    window: () => ({ percentiles: [lowPercentile, highPercentile], ignoreZero: false }),
    scores: {
      columns: ["dice", "iou", "hd", "asd"],
      unit: "px",
      // get_score.py is a copy of MedPy's functions.
      definition: "medpy",
      emptyOverlap: { bothEmpty: 0, oneEmpty: 0 },
      emptyDistance: { bothEmpty: 0, oneEmpty: 0 },
      note: "HD is the full distance, ASD goes from prediction to truth; where nothing was found both are 0 in the study, so a failure looks perfect.",
    },
  };
}

/** Options of {@link mazurowski}. */
export interface MazurowskiPresetOptions {
  /** Score the alternative with the best Dice instead of the first. Default `false`. */
  readonly oracle?: boolean;
}

/**
 * The protocol of Mazurowski et al.: labels as a whole, of any size; images divided by their maximum; the first of
 * three masks (or the oracle's); IoU.
 */
export function mazurowski({ oracle = false }: MazurowskiPresetOptions = {}): EvaluationPreset {
  return {
    name: `Mazurowski${oracle ? ", oracle" : ""}`,
    source:
      "Mazurowski et al., Segment anything model for medical image analysis: an experimental study, Medical Image Analysis 89:102918 (2023)",
    prompts: [...mazurowskiModes, "clicks"].map((mode) => `mazurowski:${mode}`),
    policy: oracle ? "oracle" : "first",
    objects: { per: "label", minPixels: 1 },
    window: (data) => ({ low: 0, high: valueRange(data).max }),
    scores: {
      columns: ["iou"],
      unit: "px",
      emptyOverlap: { oneEmpty: 0 },
      emptyDistance: {},
      note: "slices without the object are left out.",
    },
  };
}

/**
 * The protocol of the CVPR 2024 challenge "Segment Anything in Medical Images on Laptop": a box for each object of a
 * picture; in a volume, the box around the whole object, given on its middle slice with the first and last slice; Dice,
 * NSD at 2 mm (pictures are volumes of one slice, of 1×1×1 mm voxels; 0 for a case of a mean Dice up to 0.2), and
 * seconds per case, for all objects together. Of objects that overlap, the last keeps the pixels. The strategy for
 * volumes is the baseline's (`propagate:box3d,laptop`); the option `volume: "propagate:box3d"` replaces it.
 */
export function cvpr24Laptop(): EvaluationPreset {
  return {
    name: "CVPR 2024 laptop challenge",
    source:
      "Ma et al., Efficient MedSAMs: segment anything in medical images on laptop (arXiv 2412.16085, 2024); LiteMedSAM, evaluation/compute_metrics.py",
    prompts: ["box"],
    volume: ["propagate:box3d,laptop"],
    isTimed: true,
    policy: "first",
    objects: { per: "auto", minPixels: 1 },
    window: null,
    scores: {
      columns: ["dice", "nsd", "seconds"],
      unit: "mm",
      nsdRule: "cvpr24",
      overlaps: "last",
      emptyOverlap: { oneEmpty: 0 },
      emptyDistance: {},
      note: "the challenge's seconds also hold the start of a container and the loading of model and file, and are of an i9-10900K; its Dice and NSD are means over a case's objects, then over cases: the mean per case.",
    },
  };
}
