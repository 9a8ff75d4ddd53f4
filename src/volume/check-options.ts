import { didYouMean } from "../core/did-you-mean.js";
import { SamlabError, show } from "../core/errors.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";
import { checkSliceIndex } from "../core/plane.js";
import { isEmptyPrompt } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import { checkLabel } from "../io/mask/mask-volume.js";
import { checkCleaning } from "./clean-mask.js";
import { propagationRules, type SegmentVolumeOptions, type SliceRange, type StopRule } from "./types.js";

const labels8 = new Uint8Array(0);

const optionNames: OptionNames<SegmentVolumeOptions> = {
  prompts: true,
  plane: true,
  rule: true,
  between: true,
  clean: true,
  start: true,
  range: true,
  stop: true,
  onSlice: true,
  onProgress: true,
  isFresh: true,
  signal: true,
};

/** @throws {SamlabError} as `segmentVolume`, for invalid options */
export function checkOptions(volume: Volume, options: SegmentVolumeOptions): void {
  checkOptionNames("segmentVolume", options, optionNames);
  const { prompts, plane, rule = "samlab", between = "propagate", clean, start } = options;
  oneOf("rule", rule, propagationRules);
  oneOf("between", between, ["propagate", "interpolate"]);
  if (clean) checkCleaning(clean);
  if (start) {
    const most = start.labels.at(-1) ?? 0;
    if (most > 0) checkLabel(most, labels8);
  }
  checkStop(options.stop);
  const { count } = volume.view(plane);
  const ranges = options.range instanceof Map ? [...options.range.values()] : [options.range];
  for (const range of ranges) checkRange(range as SliceRange | undefined, count);
  if (prompts.length === 0) {
    throw new SamlabError("prompt-invalid", "There is no prompt.", {
      field: "prompts",
      remedy: "Give a box, points or a mask on at least one slice.",
    });
  }
  if (rule === "consensus" && volume.size.some((length) => length === 1)) {
    throw new SamlabError(
      "argument-invalid",
      `The rule consensus needs slices in three planes: the volume has ${volume.size.join("×")} voxels.`,
      {
        field: "rule",
        value: rule,
        remedy: `Use ${propagationRules.filter((other) => other !== "consensus" && other !== "volume").join(", ")}.`,
      },
    );
  }
  for (const n of prompts.keys()) checkPrompt(volume, options, n);
}

/** First and last slice on which an object may be segmented. */
export function rangeOf(volume: Volume, { range, plane }: SegmentVolumeOptions, label: number): SliceRange {
  const own = range instanceof Map ? range.get(label) : (range as SliceRange | undefined);
  return own ?? [0, volume.view(plane).count - 1];
}

function checkPrompt(volume: Volume, options: SegmentVolumeOptions, n: number): void {
  const { slice, label = 1, mask, ...prompt } = options.prompts[n]!;
  const view = volume.view(options.plane);
  checkSliceIndex(view, slice, volume.source);
  checkLabel(label, labels8);
  const range = rangeOf(volume, options, label);
  if (slice < range[0] || slice > range[1]) {
    throw new SamlabError("argument-invalid", `Slice ${slice} has a prompt but is outside the range.`, {
      field: "range",
      value: range,
      remedy: "Widen the range, or leave the prompt out.",
    });
  }
  const before = options.prompts.slice(0, n);
  if (before.some((other) => other.slice === slice && (other.label ?? 1) === label)) {
    throw new SamlabError("prompt-invalid", `Object ${label} is prompted twice on slice ${slice}.`, {
      field: "prompts",
      value: slice,
      remedy: "Give its points, box and maskInput together, or a mask alone. Another object needs another label.",
    });
  }
  if (mask && (mask.width !== view.width || mask.height !== view.height)) {
    throw new SamlabError(
      "geometry-mismatch",
      `The mask given for slice ${slice} is ${mask.width}×${mask.height}, the slice ${view.width}×${view.height}.`,
      {
        field: "mask",
        value: [mask.width, mask.height],
        remedy: "Give a mask with the width and height of the slice.",
      },
    );
  }
  if (!mask && isEmptyPrompt(prompt)) {
    throw new SamlabError("prompt-invalid", `The prompt for slice ${slice} is empty.`, {
      field: "prompts",
      remedy: "Give points, a box or a mask.",
    });
  }
}

/** The largest value of each bound. */
const bounds = {
  minIou: 1,
  minPredictedIou: 1,
  minPredictedShare: 1,
  minAreaShare: 1,
  minArea: Number.MAX_VALUE,
  minLikeness: Number.MAX_VALUE,
} as const satisfies Record<keyof StopRule, number>;

/** A bound that no mask reaches would end every object on its first slice. */
function checkStop(stop: SegmentVolumeOptions["stop"]): void {
  for (const [name, value] of Object.entries(stop || {})) {
    const field = `stop.${name}`;
    const invalid = (message: string, remedy: string) =>
      new SamlabError("argument-invalid", message, { field, value, remedy });
    const known = Object.keys(bounds);
    if (!known.includes(name))
      throw invalid(`There is no bound ${name}.${didYouMean(name, known)}`, `Use ${known.join(", ")}.`);
    const most = bounds[name as keyof StopRule];
    if (value !== undefined && !(value >= 0 && value <= most))
      throw invalid(
        `${field} cannot be ${show(value)}.`,
        most === 1 ? "Give a number from 0 to 1." : "Give a number from 0.",
      );
  }
}

function oneOf(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new SamlabError("argument-invalid", `There is no ${field} ${show(value)}.`, {
    field,
    value,
    remedy: `Use one of ${choices.join(", ")}.`,
  });
}

function checkRange(range: SliceRange | undefined, count: number): void {
  if (range === undefined) return;
  const [first, last] = range;
  if (Number.isInteger(first) && Number.isInteger(last) && 0 <= first && first <= last && last < count) return;
  throw new SamlabError("argument-invalid", `${show(range)} is not a range of the ${count} slices.`, {
    field: "range",
    value: range,
    remedy: `Give the first and the last slice, from 0 to ${count - 1}.`,
  });
}
