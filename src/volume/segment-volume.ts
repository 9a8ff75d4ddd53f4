import { SamlabError } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import { maskArea } from "../core/mask.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { Sam } from "../predict/sam.js";
import { isSam3d, type Sam3d } from "../predict/sam3d.js";
import { VolumesOnly } from "../predict/volumes-only.js";
import { checkOptions } from "./check-options.js";
import { cleaningText, cleanMask } from "./clean-mask.js";
import { runConsensus } from "./consensus.js";
import { stopRuleOf } from "./stop-rule.js";
import type { SegmentedSlice, SegmentedVolume, SegmentVolumeOptions } from "./types.js";
import { VolumeRun } from "./volume-run.js";
import { WholeRun } from "./whole-run.js";

/**
 * Segments objects through a volume, from prompts on some of its slices.
 *
 * Prompted slices are segmented first. From each, the object is propagated in both directions, slice by slice, until it
 * ends ({@link StopRule}), the range ends, or the next prompted slice takes over. The slices between two prompted
 * slices are divided in proportion to the object's diameters on them, or in half with rules other than `samlab`. All
 * objects that move in the same direction are segmented on a slice together. Embeddings are cached on disk like those
 * of any other image, so that the other direction, and a later call with another prompt, do not encode again.
 *
 * A model for volumes (`loadSam3d`) segments each object at once instead, from clicks on any slices: see the rule
 * `volume`.
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
export function segmentVolume(
  sam: Sam | Sam3d,
  volume: Volume,
  options: SegmentVolumeOptions,
): Promise<SegmentedVolume> {
  return longWork("segmenting the volume", options, (work) => segment(sam, volume, { ...options, ...work }));
}

async function segment(given: Sam | Sam3d, volume: Volume, options: SegmentVolumeOptions): Promise<SegmentedVolume> {
  checkOptions(volume, options);
  const sam = given instanceof VolumesOnly ? given.sam3d : given;
  checkRule(sam, options.rule);
  const { mask, run, work } = await masksOf(sam, volume, options);
  const method = isSam3d(sam) ? wholeMethod(options) : methodOf(options);
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

/** @throws {SamlabError} `argument-invalid` for a rule of the other kind of model */
function checkRule(sam: Sam | Sam3d, rule: SegmentVolumeOptions["rule"]): void {
  if (rule === undefined || isSam3d(sam) === (rule === "volume")) return;
  const what = isSam3d(sam) ? "segments a volume at once" : "segments slices";
  throw new SamlabError("argument-invalid", `${sam.name} ${what}, so the rule ${rule} is not for it.`, {
    field: "rule",
    value: rule,
    remedy: isSam3d(sam) ? "Use the rule volume." : "Use another rule, or a model of loadSam3d.",
  });
}

async function masksOf(sam: Sam | Sam3d, volume: Volume, options: SegmentVolumeOptions) {
  const { rule, clean } = options;
  const { run, work } = isSam3d(sam)
    ? await runWhole(sam, volume, options)
    : rule === "consensus"
      ? await runConsensus(sam, volume, options)
      : await runAlong(sam, volume, options);
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

async function runWhole(sam: Sam3d, volume: Volume, options: SegmentVolumeOptions) {
  const run = new WholeRun(sam, volume, options);
  await run.run();
  return { run, work: run.work };
}

/** The slices, with the areas after voting or cleaning. */
function slicesOf(
  run: Pick<VolumeRun, "slices">,
  mask: MaskVolume,
  { rule, clean, plane }: SegmentVolumeOptions,
): SegmentedSlice[] {
  if (rule !== "consensus" && !clean) return run.slices;
  return run.slices.map((slice) => ({
    ...slice,
    area: maskArea(mask.slice(slice.slice, plane, { label: slice.label })),
  }));
}

function wholeMethod({ clean = {} }: SegmentVolumeOptions): string {
  const cleaned = cleaningText(clean);
  return ["192×192×192 mm at once", "one click after another", ...(cleaned ? [`cleaned: ${cleaned}`] : [])].join(", ");
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
