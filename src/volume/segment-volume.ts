import { workSignal } from "../core/ambient.js";
import type { Volume } from "../io/image/volume.js";
import type { Sam } from "../predict/sam.js";
import { checkOptions } from "./check-options.js";
import { stopRuleOf } from "./stop-rule.js";
import type { SegmentedVolume, SegmentVolumeOptions } from "./types.js";
import { VolumeRun } from "./volume-run.js";

/**
 * Segments objects through a volume, from prompts on some of its slices.
 *
 * Prompted slices are segmented first. From each the object is followed to both sides, slice by slice, until it ends ({@link StopRule}), the range does,
 * or halfway to the next prompted slice of the same object. All objects that go the same way pass a slice together. Embeddings are kept on disk like those
 * of any other image, so that the way back, and the next call with another prompt, do not encode again.
 *
 * @returns the mask on the grid of the volume, and how each slice came about. Where objects overlap, the one with the lower label keeps its voxels.
 * @throws {SamlabError} `argument-invalid` (slice, label, range, rule), `prompt-invalid` (none, empty, two for one object on one slice), `prompt-unsupported`, `geometry-mismatch` (a given mask is not
 *   of the slice's size), `cancelled`
 * @example
 * const { mask, slices } = await segmentVolume(sam, ct, { prompts: [{ slice: 57, box: [88, 60, 230, 204] }] });
 */
export async function segmentVolume(sam: Sam, volume: Volume, given: SegmentVolumeOptions): Promise<SegmentedVolume> {
  const signal = workSignal(given.signal);
  const options = signal ? { ...given, signal } : given;
  checkOptions(volume, options);
  const run = new VolumeRun(sam, volume, options);
  await run.run();
  const method = methodOf(options);
  const { name, hash, provider } = sam;
  const { mask, slices, work } = run;
  return { mask, slices, work, method, footnote: `${name} (${hash.slice(0, 12)}) on ${provider}, ${method}.` };
}

function methodOf({ rule = "samlab", stop, plane = "axial" }: SegmentVolumeOptions): string {
  const stops = Object.entries(stopRuleOf(rule, stop)).map(([field, value]) => `${field} ${value}`);
  return [`${plane} slices`, `rule ${rule}`, ...(stops.length > 0 ? [`ends at ${stops.join(", ")}`] : [])].join(", ");
}
