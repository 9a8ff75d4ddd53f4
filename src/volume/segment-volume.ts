import { longWork } from "../core/long-work.js";
import { maskArea } from "../core/mask.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { Sam } from "../predict/sam.js";
import { checkOptions } from "./check-options.js";
import { cleaningText, cleanMask } from "./clean-mask.js";
import { runConsensus } from "./consensus.js";
import { stopRuleOf } from "./stop-rule.js";
import type { SegmentedSlice, SegmentedVolume, SegmentVolumeOptions } from "./types.js";
import { VolumeRun } from "./volume-run.js";

/**
 * Segments objects through a volume, from prompts on some of its slices.
 *
 * Prompted slices are segmented first. From each, the object is propagated in both directions, slice by slice, until it
 * ends ({@link StopRule}), the range ends, or the next prompted slice takes over. The slices between two prompted
 * slices are divided in proportion to the object's diameters on them, or in half with rules other than `samlab`. All
 * objects that move in the same direction are segmented on a slice together. Embeddings are cached on disk like those
 * of any other image, so that the other direction, and a later call with another prompt, do not encode again.
 *
 * A given mask is taken as correct: none of its pixels change, whatever is segmented, interpolated, or cleaned around
 * it.
 *
 * @returns the mask on the grid of the volume, and how each slice was made. Where objects overlap, the lower label
 * keeps the voxels.
 * @throws {SamlabError} `argument-invalid` (slice, label, range, rule), `prompt-invalid` (none, empty, or two for one
 *   object on one slice), `prompt-unsupported`, `geometry-mismatch` (a given mask is not of the slice's size),
 *   `canceled`
 * @example
 * const { mask, slices } = await segmentVolume(sam, ct, { prompts: [{ slice: 57, box: [88, 60, 230, 204] }] });
 */
export function segmentVolume(sam: Sam, volume: Volume, options: SegmentVolumeOptions): Promise<SegmentedVolume> {
  return longWork("segmenting the volume", options, (work) => segment(sam, volume, { ...options, ...work }));
}

async function segment(sam: Sam, volume: Volume, options: SegmentVolumeOptions): Promise<SegmentedVolume> {
  checkOptions(volume, options);
  const { mask, run, work } = await masksOf(sam, volume, options);
  const method = methodOf(options);
  const { name, hash, provider } = sam;
  return {
    volume,
    mask,
    slices: slicesOf(run, mask, options),
    work,
    method,
    footnote: `${name} (${hash.slice(0, 12)}) on ${provider}, ${method}.`,
  };
}

async function masksOf(sam: Sam, volume: Volume, options: SegmentVolumeOptions) {
  const { rule, clean } = options;
  const isConsensus = rule === "consensus";
  const { run, work } = isConsensus ? await runConsensus(sam, volume, options) : await runAlong(sam, volume, options);
  if (!clean) return { mask: run.mask, run, work };
  const mask = cleanMask(run.mask, clean);
  run.restoreGiven(mask);
  return { mask, run, work };
}

async function runAlong(sam: Sam, volume: Volume, options: SegmentVolumeOptions) {
  const run = new VolumeRun(sam, volume, options);
  await run.run();
  return { run, work: run.work };
}

/** The slices, with the areas after voting or cleaning. */
function slicesOf(run: VolumeRun, mask: MaskVolume, { rule, clean, plane }: SegmentVolumeOptions): SegmentedSlice[] {
  if (rule !== "consensus" && !clean) return run.slices;
  return run.slices.map((slice) => ({
    ...slice,
    area: maskArea(mask.slice(slice.slice, plane, { label: slice.label })),
  }));
}

function methodOf({ rule = "samlab", stop, plane = "axial", between, clean = {} }: SegmentVolumeOptions): string {
  const stops = Object.entries(stopRuleOf(rule, stop)).map(([field, value]) => `${field} ${value}`);
  const cleaned = cleaningText(clean);
  return [
    rule === "consensus" ? `${plane} slices first` : `${plane} slices`,
    `rule ${rule}`,
    ...(between === "interpolate" ? ["interpolated between given masks"] : []),
    ...(stops.length > 0 ? [`ends at ${stops.join(", ")}`] : []),
    ...(cleaned ? [`cleaned: ${cleaned}`] : []),
  ].join(", ");
}
