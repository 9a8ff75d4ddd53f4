import { maskArea, maskBox } from "../core/mask.js";
import { type Plane, planes } from "../core/plane.js";
import { withArea } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { Sam } from "../predict/sam.js";
import { rangeOf } from "./check-options.js";
import type { SegmentVolumeOptions, SlicePrompt, SliceRange, VolumeWork } from "./types.js";
import { VolumeRun } from "./volume-run.js";

/** How far the other planes may go beyond what the first found, as a share of its extent. */
const BEYOND = 0.1;

/** How many of the three planes must agree. */
const MAJORITY = 2;

/** An object's prompt in another plane, and the slices that may be segmented there. */
interface Section {
  readonly prompt: SlicePrompt;
  readonly range: SliceRange;
}

/**
 * Segments along the first plane, then along the other two from what the first found, and keeps voxels that at least
 * two of the three agree on.
 */
export async function runConsensus(
  sam: Sam,
  volume: Volume,
  options: SegmentVolumeOptions,
): Promise<{ readonly run: VolumeRun; readonly work: VolumeWork }> {
  const { plane: own = "axial", prompts, onProgress } = options;
  const begin = performance.now();
  const progressOf = (part: number): Pick<SegmentVolumeOptions, "onProgress"> => {
    if (!onProgress) return {};
    return {
      onProgress: (step, fraction) => {
        const done = (part + fraction) / planes.length;
        onProgress(step, done, (((1 - done) / done) * (performance.now() - begin)) / 1000);
      },
    };
  };
  const first = new VolumeRun(sam, volume, { ...options, ...progressOf(0) });
  await first.run();
  const labels = [...new Set(prompts.map(({ label = 1 }) => label))];
  const runs = [first];
  for (const plane of planes) {
    if (plane === own) continue;
    const sections = labels.flatMap((label) => sectionOf(first.mask, plane, label) ?? []);
    if (sections.length === 0) continue;
    const { rule: _, onSlice: __, onProgress: ___, clean: ____, start: _____, ...rest } = options;
    const run = new VolumeRun(sam, volume, {
      ...rest,
      plane,
      prompts: sections.map(({ prompt }) => prompt),
      range: new Map(sections.map(({ prompt, range }) => [prompt.label!, range])),
      ...progressOf(runs.length),
    });
    await run.run();
    runs.push(run);
  }
  vote(first, runs.slice(1), volume, options);
  first.restoreGiven(first.mask);
  const works = runs.map(({ work }) => work);
  const sum = (of: (work: VolumeWork) => number) => works.reduce((total, work) => total + of(work), 0);
  return {
    run: first,
    work: {
      encoded: sum(({ encoded }) => encoded),
      cached: sum(({ cached }) => cached),
      encodeMs: sum(({ encodeMs }) => encodeMs),
      predictMs: sum(({ predictMs }) => predictMs),
      milliseconds: performance.now() - begin,
    },
  };
}

/** Prompts the largest section of an object in a plane; `null` if the mask does not contain the object. */
function sectionOf(mask: MaskVolume, plane: Plane, label: number): Section | null {
  const { count } = mask.view(plane);
  const areas = Array.from({ length: count }, (_, slice) => maskArea(mask.slice(slice, plane, { label })));
  const largest = areas.reduce((most, area) => Math.max(most, area), 0);
  if (largest === 0) return null;
  const [first, last] = [areas.findIndex((area) => area > 0), areas.findLastIndex((area) => area > 0)];
  const beyond = Math.ceil(BEYOND * (last - first + 1));
  const slice = areas.indexOf(largest);
  const box = withArea(maskBox(mask.slice(slice, plane, { label }))!);
  return {
    prompt: { slice, label, box },
    range: [Math.max(first - beyond, 0), Math.min(last + beyond, count - 1)],
  };
}

/**
 * Writes what most runs agree on into the first run's mask, within each object's range. Where objects overlap, the
 * lower label keeps the voxel.
 */
function vote(first: VolumeRun, others: readonly VolumeRun[], volume: Volume, options: SegmentVolumeOptions): void {
  const { plane, prompts } = options;
  const masks = [first, ...others].map(({ mask }) => mask);
  const labels = [...new Set(prompts.map(({ label = 1 }) => label))].sort((a, b) => b - a);
  const elected = labels.flatMap((label) => {
    const [from, to] = rangeOf(volume, options, label);
    return Array.from({ length: to - from + 1 }, (_, n) => {
      const votes = masks.map((mask) => mask.slice(from + n, plane, { label }));
      const sum = (pixel: number) => votes.reduce((total, { data }) => total + data[pixel]!, 0);
      const data = votes[0]!.data.map((_, pixel) => (sum(pixel) >= MAJORITY ? 1 : 0));
      return { label, slice: from + n, mask: { ...votes[0]!, data } };
    });
  });
  for (const { label, slice, mask } of elected) first.target.place(first.mask, label, slice, mask);
}
