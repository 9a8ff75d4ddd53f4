import { SamlabError, show } from "../../src/core/errors.js";
import type { Plane } from "../../src/core/plane.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Volume } from "../../src/io/image/volume.js";
import type { DistanceDefinition } from "../../src/metrics/distance-definition.js";
import { distanceDefinitions } from "../../src/metrics/distance-definition.js";
import type { ComparedMask, CompareLayout } from "../../src/protocol/mask-compare.js";
import { compareLayouts } from "../../src/protocol/mask-compare.js";
import { palette } from "../../src/protocol/palette.js";
import { frameOf } from "../../src/protocol/slices.js";
import type { CommHost } from "../comm/comm.js";
import { kernelContext } from "../context.js";
import {
  hasSeveralLabels,
  isPredictor,
  knownSlices,
  type MaskInput,
  type Predictor,
  type PredictorInput,
  wholeMask,
} from "./mask-compare/inputs.js";
import { MaskCompare } from "./mask-compare/mask-compare.js";
import { predictorOf } from "./mask-compare/predictor.js";
import { Scorer } from "./mask-compare/scorer.js";
import { MaskTrack, PredictedTrack, type Track } from "./mask-compare/track.js";
import { SliceSource } from "./shared/slice-source.js";

/** Initial view and scoring options. */
export interface CompareMasksOptions {
  /**
   * Default `axial`. With a predictor or a mask known only on some slices, the plane of those slices; no other plane
   * can be shown.
   */
  readonly plane?: Plane;
  /**
   * Initial slice, counted from 0. Default: the slice where the truth (or else the first mask) is largest, among the
   * slices where the masks are known; otherwise the middle slice.
   */
  readonly slice?: number;
  /** Default `side-by-side`. */
  readonly layout?: CompareLayout;
  /** Draw where the masks agree with the truth. Default false. */
  readonly agreement?: boolean;
  /** HD95 definition to use. Default `surface-distance`. */
  readonly definition?: DistanceDefinition;
  /** Where the widget's comm is opened. Default: the running kernel. */
  readonly host?: CommHost;
}

/**
 * Masks and predictors by name. The others are scored against `truth`. In an object of JavaScript, names that are whole
 * numbers come first.
 */
export type MasksToCompare = { readonly [name: string]: MaskInput | PredictorInput };

/** As {@link MasksToCompare}, also with predictors that are asked in other ways. */
type Compared = { readonly [name: string]: MaskInput | PredictorInput | Predictor };

const truthName = "truth";
const colors: ReadonlyMap<string, string> = new Map([
  ["zero-shot", palette.zeroShot],
  ["fine-tuned", palette.fineTuned],
  [truthName, palette.truth],
]);
/** Cycled through for masks with other names. */
const otherColors = [palette.zeroShot, palette.fineTuned, "#cc79a7", "#56b4e9", "#f0e442", "#d55e00"];

/** With more, panels would be too small on a notebook page. */
const mostMasks = 8;

/**
 * A widget that shows masks of one image side by side, with scores against the truth. Return it as the last value of a
 * cell.
 *
 * @example
 * const brain = await sampleVolume("brain1");
 * const fineTuned = { sam, prompts: (slice) => boxes[slice] };
 * compareMasks(brain.volume, { "zero-shot": a, "fine-tuned": fineTuned, truth: brain.truth })
 * // a model that finds classes needs no prompts
 * compareMasks(brain.volume, { gray: { sam: tissue, className: "gray matter" }, truth: brain.truth })
 * // masks of ten slices: the other slices are excluded from all scores
 * compareMasks(brain.volume, { "zero-shot": { mask: a, slices: ten }, truth: brain.truth })
 * @throws {SamlabError} `environment` outside a samlab kernel; `geometry-mismatch` for a mask on another grid;
 * `argument-invalid` for no masks, too many masks, a predictor without prompts whose model has no classes, a predictor
 * or partial mask as truth, or a slice or plane that does not exist
 */
export function compareMasks(
  image: Volume | Image2d,
  masks: MasksToCompare,
  options: CompareMasksOptions = {},
): MaskCompare {
  return compareAny(image, masks, options);
}

/** {@link compareMasks}, also for predictors that are asked in other ways. */
export function compareAny(image: Volume | Image2d, masks: Compared, options: CompareMasksOptions): MaskCompare {
  const hasPart = Object.values(masks).some((input) => isObject(input) && (isPredictor(input) || "slices" in input));
  const all = new SliceSource(image);
  const { plane } = all.place(0, options.plane ?? (all.volume ? "axial" : null));
  const source = hasPart ? new SliceSource(image, plane) : all;
  const tracks = makeTracks(masks, source, plane);
  const truth = tracks.find(({ info }) => info.role === "truth") ?? null;
  const { definition = "surface-distance", layout = "side-by-side", agreement = false } = options;
  checkChoice("definition", definition, distanceDefinitions);
  checkChoice("layout", layout, compareLayouts);
  if (agreement && !truth)
    throw new SamlabError("argument-invalid", "Agreement can only be shown with a truth.", {
      remedy: "Give the truth as one of the masks: { truth }.",
    });
  const among = tracks.find((track) => track instanceof MaskTrack && track.slices)?.slices ?? null;
  const place = source.place(options.slice ?? largestSlice(truth ?? tracks[0], source, plane, among), plane);
  const host = options.host ?? kernelContext("compareMasks").comms;
  const start = {
    place,
    display: { layout, paint: agreement ? ("agreement" as const) : ("masks" as const) },
    tracks,
    scorer: truth && new Scorer(truth, source, definition),
  };
  return new MaskCompare(source, start, host);
}

function makeTracks(masks: Compared, source: SliceSource, plane: Plane | null): Track[] {
  const names = Object.keys(masks);
  const compared = names.filter((name) => name !== truthName);
  if (compared.length === 0 || names.length > mostMasks) {
    const what = names.length > mostMasks ? `${names.length} masks are too many` : "There is no mask to compare";
    throw new SamlabError("argument-invalid", `${what}.`, {
      field: "masks",
      value: names,
      remedy: `Give 1 to ${mostMasks} masks by name; the one named ${show(truthName)} is what the others are scored against.`,
    });
  }
  // The truth comes last, wherever it is in the record.
  const ordered = names.includes(truthName) ? [...compared, truthName] : compared;
  const free = otherColors.filter((candidate) => !names.some((name) => colors.get(name) === candidate));
  return ordered.map((name, id) => {
    const input = masks[name];
    const color = colors.get(name) ?? free.shift() ?? "#999999";
    if (!isObject(input) || !isPredictor(input)) {
      const info: ComparedMask = { id, name, color, role: name === truthName ? "truth" : "mask", model: null };
      const whole = wholeMask(name, input, source);
      const slices = knownSlices(name, input, source, plane);
      if (name === truthName && slices) throw noTruth("of some slices only");
      return new MaskTrack(info, whole, slices, hasSeveralLabels(input));
    }
    if (name === truthName) throw noTruth("a predictor");
    const predictor = predictorOf(name, input, frameOf(source.subject, plane).count);
    const info: ComparedMask = {
      id,
      name,
      color,
      role: "predictor",
      model: `${input.sam.name} · ${input.sam.provider}`,
    };
    return new PredictedTrack(info, predictor, source, plane);
  });
}

function noTruth(what: string): SamlabError {
  return new SamlabError("argument-invalid", `The truth is ${what}.`, {
    field: truthName,
    remedy: "Give a mask, or another name.",
  });
}

function isObject(input: unknown): input is object {
  return typeof input === "object" && input !== null;
}

/** The slice where a mask has the most pixels, among `among`; the middle one if the mask is empty or unknown. */
function largestSlice(
  { whole }: Track,
  source: SliceSource,
  plane: Plane | null,
  among: ReadonlySet<number> | null,
): number {
  const count = source.subject.frames.find((frame) => frame.plane === plane)?.count ?? 1;
  if (!whole || !("affine" in whole) || plane === null) return Math.floor(count / 2);
  const { axis, direction } = whole.view(plane);
  const stride = axis[2] === 0 ? 1 : axis[2] === 1 ? whole.size[0] : whole.size[0] * whole.size[1];
  const areas = new Float64Array(count);
  for (let n = 0; n < whole.data.length; n++) {
    if (whole.data[n] !== 0) areas[Math.floor(n / stride) % count]++;
  }
  // From voxel planes to slices, which may run in the opposite direction.
  if (direction[2] !== 1) areas.reverse();
  let best = -1;
  for (let n = 0; n < count; n++) {
    if ((among === null || among.has(n)) && areas[n] > (best < 0 ? 0 : areas[best])) best = n;
  }
  return best < 0 ? Math.floor(count / 2) : best;
}

function checkChoice(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new SamlabError("argument-invalid", `There is no ${field} ${show(value)}.`, {
    field,
    value,
    remedy: `Use one of ${choices.join(", ")}.`,
  });
}
