import { SamlabError, show } from "../../core/errors.js";
import type { WorkOptions } from "../work.js";

/**
 * Settings of `automaticMasks`; names and defaults are those of segment-anything's `SamAutomaticMaskGenerator`, which
 * were chosen for photographs and its largest model. Medical models predict lower scores: if nothing is found, lower
 * both thresholds.
 */
export interface AutomaskOptions extends WorkOptions {
  /** Points along each side of the image; their square is the number of prompts. Default 32. */
  readonly pointsPerSide?: number;
  /**
   * Prompts given at a time. Does not affect the masks. Default 64; 8 on the CPU, where each runs by itself.
   */
  readonly pointsPerBatch?: number;
  /** Masks whose predicted IoU is not above this are dropped; 0 keeps all. Default 0.88. */
  readonly predIouThresh?: number;
  /** Masks whose stability score is below this are dropped; 0 keeps all. Default 0.95. */
  readonly stabilityScoreThresh?: number;
  /** How far the threshold is moved up and down for the stability score, in logits. Default 1. */
  readonly stabilityScoreOffset?: number;
  /**
   * If the boxes of two masks overlap by more than this IoU, the mask with the lower predicted IoU is dropped. Default
   * 0.7.
   */
  readonly boxNmsThresh?: number;
  /** Layers of crops, in addition to the whole image; layer n has 4ⁿ crops. Default 0. */
  readonly cropNLayers?: number;
  /** As `boxNmsThresh`, between crops; the mask of the smaller crop stays. Default 0.7. */
  readonly cropNmsThresh?: number;
  /**
   * Overlap of the first layer's crops as a fraction of the image's shorter side; halved with each layer. Default 512 /
   * 1500.
   */
  readonly cropOverlapRatio?: number;
  /** `pointsPerSide` is divided by this from each layer to the next. Default 1. */
  readonly cropNPointsDownscaleFactor?: number;
  /**
   * Smaller parts are removed and smaller holes filled, then duplicates are dropped again; 0 leaves masks unchanged.
   * Default 0.
   */
  readonly minMaskRegionArea?: number;
}

/** {@link AutomaskOptions} with every default filled in. */
export type AutomaskSettings = Required<Omit<AutomaskOptions, keyof WorkOptions>>;

const defaults: AutomaskSettings = {
  pointsPerSide: 32,
  pointsPerBatch: 64,
  predIouThresh: 0.88,
  stabilityScoreThresh: 0.95,
  stabilityScoreOffset: 1,
  boxNmsThresh: 0.7,
  cropNLayers: 0,
  cropNmsThresh: 0.7,
  cropOverlapRatio: 512 / 1500,
  cropNPointsDownscaleFactor: 1,
  minMaskRegionArea: 0,
};

/** Per setting: whether it is an integer, and its range. */
const limits: Record<keyof AutomaskSettings, readonly [whole: boolean, least: number, most: number]> = {
  pointsPerSide: [true, 1, 256],
  pointsPerBatch: [true, 1, 4096],
  predIouThresh: [false, 0, 1],
  stabilityScoreThresh: [false, 0, 1],
  stabilityScoreOffset: [false, 0, Number.MAX_VALUE],
  boxNmsThresh: [false, 0, 1],
  cropNLayers: [true, 0, 4],
  cropNmsThresh: [false, 0, 1],
  cropOverlapRatio: [false, 0, 0.99],
  cropNPointsDownscaleFactor: [true, 1, 256],
  minMaskRegionArea: [false, 0, Number.MAX_VALUE],
};

const pointsPerBatchOnCpu = 8;

/**
 * Options with their defaults.
 * @throws {SamlabError} `argument-invalid` naming the setting and its range
 */
export function automaskSettings(options: AutomaskOptions, provider: string): AutomaskSettings {
  const names = Object.keys(defaults) as (keyof AutomaskSettings)[];
  const settings = { ...defaults };
  if (provider === "CPU") settings.pointsPerBatch = pointsPerBatchOnCpu;
  for (const name of names) {
    const value = options[name] ?? settings[name];
    const [whole, least, most] = limits[name];
    if (!(value >= least && value <= most && (!whole || Number.isInteger(value)))) {
      const range = most === Number.MAX_VALUE ? `from ${least}` : `from ${least} to ${most}`;
      throw new SamlabError("argument-invalid", `${name} is ${show(value)}.`, {
        field: name,
        value,
        remedy: `Give a ${whole ? "whole " : ""}number ${range}.`,
      });
    }
    settings[name] = value;
  }
  const { pointsPerSide, cropNLayers, cropNPointsDownscaleFactor } = settings;
  if (pointsPerSide < cropNPointsDownscaleFactor ** cropNLayers) {
    throw new SamlabError(
      "argument-invalid",
      `${pointsPerSide} points per side, divided by ${cropNPointsDownscaleFactor} for each of ${cropNLayers} layers, leave none.`,
      {
        field: "cropNPointsDownscaleFactor",
        value: cropNPointsDownscaleFactor,
        remedy: "Take more points or fewer layers.",
      },
    );
  }
  return settings;
}
