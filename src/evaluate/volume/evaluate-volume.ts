import { messageOf, throwIfCanceled } from "../../core/errors.js";
import { unseen } from "../../core/long-work.js";
import { deepestPixel } from "../../core/pixels.js";
import type { Plane } from "../../core/plane.js";
import type { VolumeCase } from "../../datasets/case.js";
import { samlabPackage } from "../../io/files/package.js";
import { maskScores } from "../../metrics/scores.js";
import type { Sam } from "../../predict/sam.js";
import { segmentVolume } from "../../volume/segment-volume.js";
import type { SegmentedVolume, SlicePrompt } from "../../volume/types.js";
import { tightBox } from "../prompts/box.js";
import { withLowCasesAtZero } from "../run/nsd-rule.js";
import { failedRows, noScores, objectKind } from "../run/rows.js";
import type { UnitSettings } from "../run/settings.js";
import type { EvaluationRow } from "../types.js";
import { mostWrongSlice, type ObjectGroup, type VolumeObject, volumeObjects } from "./volume-objects.js";
import type { VolumeStrategy } from "./volume-strategy.js";

/** A volume being evaluated. */
interface VolumeWork {
  readonly sam: Sam;
  readonly loaded: VolumeCase;
  readonly plane: Plane;
  readonly dataHash: string;
  readonly settings: UnitSettings;
  readonly signal: AbortSignal | undefined;
}

/**
 * All rows of one volume with one model, in the order strategy, step, object. The objects of a volume are segmented
 * together; where two of them overlap, the first keeps the voxel, or the last if the scoring says so. Errors become
 * rows with the reason.
 * @throws {SamlabError} `canceled`
 */
export async function evaluateVolume(
  sam: Sam,
  loaded: VolumeCase,
  plane: Plane,
  dataHash: string,
  settings: UnitSettings,
  signal?: AbortSignal,
): Promise<EvaluationRow[]> {
  const work: VolumeWork = { sam, loaded, plane, dataHash, settings, signal };
  const fail = (error: unknown, strategies: readonly VolumeStrategy[], labels?: readonly string[]) => {
    throwIfCanceled(signal, "The evaluation");
    return failedRows(loaded.entry, sam, { ...settings, volumeStrategies: strategies }, "volume", messageOf(error), {
      plane,
      dataHash,
      ...(labels ? { labels } : {}),
    });
  };
  const minPixels = settings.scoring.minPixels ?? loaded.entry.slicing.minPixels;
  const { per, overlaps } = settings.scoring;
  const groups = volumeObjects(loaded, objectKind(loaded, per), plane, minPixels, overlaps);
  if (groups.length === 0) {
    const none = new Error(`The truth has no object of at least ${minPixels} pixels on a slice.`);
    return fail(none, settings.volumeStrategies);
  }
  const rows: EvaluationRow[] = [];
  for (const strategy of settings.volumeStrategies) {
    const own: EvaluationRow[] = [];
    for (const group of groups) {
      try {
        own.push(...(await strategyRows(work, strategy, group)));
      } catch (error) {
        own.push(...fail(error, [strategy], [...new Set(group.objects.map(({ label }) => label))]));
      }
    }
    rows.push(...(settings.scoring.nsdRule ? withLowCasesAtZero(own) : own));
  }
  return rows;
}

async function strategyRows(work: VolumeWork, strategy: VolumeStrategy, group: ObjectGroup): Promise<EvaluationRow[]> {
  const { sam, loaded, plane, settings, signal } = work;
  const { truth, objects } = group;
  const prompts = new Map(objects.map((object) => [object, promptsOf(strategy, object, group, plane)]));
  const rows: EvaluationRow[] = [];
  for (let step = 0; step <= strategy.corrections; step++) {
    const result = await segmentVolume(sam, loaded.volume, {
      prompts: objects.flatMap((object) => prompts.get(object)!),
      plane,
      rule: strategy.rule,
      ...(strategy.isRangeTold ? { stop: false, range: new Map(objects.map((one) => [one.number, one.range])) } : {}),
      ...(strategy.isInterpolated ? { between: "interpolate" } : {}),
      ...(strategy.isCleaned ? { clean: { largest: true, holes: true } } : {}),
      isFresh: settings.isTimed && rows.length === 0,
      onProgress: unseen,
      ...(signal ? { signal } : {}),
    });
    for (const object of objects) {
      rows.push(rowOf(work, strategy, group, object, step, result, prompts.get(object)!));
      const right = new Set(prompts.get(object)!.flatMap(({ slice, mask }) => (mask ? [slice] : [])));
      const slice = step < strategy.corrections ? mostWrongSlice(result.mask, truth, object, plane, right) : null;
      if (slice === null) continue;
      const mask = truth.slice(slice, plane, { label: object.number });
      const others = prompts.get(object)!.filter((prompt) => prompt.slice !== slice);
      prompts.set(object, [...others, { slice, label: object.number, mask }]);
    }
  }
  return rows;
}

/** The prompts before anything is segmented. */
function promptsOf(
  { kind }: VolumeStrategy,
  { number, middle, range, slices }: VolumeObject,
  { truth }: ObjectGroup,
  plane: Plane,
): SlicePrompt[] {
  const maskOn = (slice: number) => truth.slice(slice, plane, { label: number });
  const box = (slice: number): SlicePrompt => ({ slice, label: number, box: tightBox(maskOn(slice)) });
  if (kind === "boxes") return slices.map(box);
  if (kind === "box") return [box(middle)];
  if (kind === "click") {
    return [{ slice: middle, label: number, points: [{ ...deepestPixel(maskOn(middle))!, label: 1 }] }];
  }
  const whole = maskOn(middle);
  for (let slice = range[0]; slice <= range[1]; slice++) {
    maskOn(slice).data.forEach((value, n) => {
      whole.data[n]! |= value;
    });
  }
  return [{ slice: middle, label: number, box: tightBox(whole) }];
}

function rowOf(
  { sam, loaded, plane, dataHash, settings }: VolumeWork,
  strategy: VolumeStrategy,
  { truth }: ObjectGroup,
  object: VolumeObject,
  corrections: number,
  { mask, slices, work, method }: SegmentedVolume,
  prompts: readonly SlicePrompt[],
): EvaluationRow {
  const { definition, nsdTolerance, empty } = settings.scoring;
  const isInVoxels = settings.scoring.unit === "px" || !loaded.volume.hasSpacing;
  const { volumeDifference: _, ...scores } = maskScores(mask, truth, {
    definition,
    nsdTolerance,
    empty,
    label: object.number,
    ...(isInVoxels ? { spacing: [1, 1, 1] } : {}),
  });
  const sure = slices.flatMap(({ label, predictedIou }) =>
    label === object.number && predictedIou !== null ? [predictedIou] : [],
  );
  const isMeasured = work.cached === 0;
  const told = strategy.isRangeTold ? [`slices ${object.range.join(" to ")} told`] : [];
  const asked = prompts.map(({ slice, mask: given }) => `${given ? "mask" : "prompt"} on ${slice}`);
  return {
    case: loaded.entry.id,
    subject: loaded.entry.subject,
    modality: loaded.entry.modality,
    label: object.label,
    part: object.part,
    plane,
    slice: -1,
    model: sam.name,
    strategy: strategy.name,
    clicks: strategy.kind === "click" ? 1 + corrections : corrections,
    policy: "first",
    ...noScores,
    ...scores,
    predictedIou: sure.length > 0 ? sure.reduce((sum, value) => sum + value, 0) / sure.length : Number.NaN,
    unit: isInVoxels ? "px" : "mm",
    size: object.voxels,
    // If a slice was cached, the time says nothing about the encoder.
    encodeMs: isMeasured ? work.encodeMs : Number.NaN,
    predictMs: work.predictMs,
    seconds: isMeasured ? work.milliseconds / 1000 : Number.NaN,
    propagation: [method, ...told, ...asked].join("; "),
    modelHash: sam.hash,
    adapterHash: sam.adapterHash ?? "",
    preprocessing: sam.preprocessing ?? "",
    provider: sam.provider,
    dataHash,
    seed: settings.seed,
    version: samlabPackage.version,
    failure: "",
  };
}
