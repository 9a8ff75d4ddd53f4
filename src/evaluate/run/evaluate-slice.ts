import { messageOf, throwIfCanceled } from "../../core/errors.js";
import { unseen } from "../../core/long-work.js";
import type { LoadedCase } from "../../datasets/case.js";
import { samlabPackage } from "../../io/files/package.js";
import type { Image2d } from "../../io/image/image.js";
import { resolveWindow } from "../../io/image/window.js";
import { describeObject, type IntensityImage } from "../../metrics/descriptors.js";
import { maskScores } from "../../metrics/scores.js";
import type { Sam } from "../../predict/sam.js";
import { objectsOf } from "../objects.js";
import type { EvaluationObject, EvaluationRow, PromptStrategy } from "../types.js";
import { classAnswers } from "./class-answers.js";
import { everythingAnswers } from "./everything-answers.js";
import { inOneLabelMap } from "./label-map.js";
import { challengeNsd, withLowCasesAtZero } from "./nsd-rule.js";
import { promptAnswers } from "./prompt-answers.js";
import { failedRows, noScores, objectKind } from "./rows.js";
import type { UnitSettings } from "./settings.js";
import type { Answer, SliceWork } from "./slice-work.js";
import { cutSlice, type SliceTask } from "./slices.js";

/**
 * All rows of one slice with one model, in the order strategy, object, policy, step. The image encoder runs once.
 * Errors become rows with the reason.
 * @throws {SamlabError} `canceled`
 */
export async function evaluateSlice(
  sam: Sam,
  loaded: LoadedCase,
  task: SliceTask,
  dataHash: string,
  settings: UnitSettings,
  signal?: AbortSignal,
): Promise<EvaluationRow[]> {
  const { entry } = loaded;
  const place = { plane: task.plane, slice: task.slice, dataHash };
  const fail = (error: unknown, labels?: readonly string[]) => {
    throwIfCanceled(signal, "The evaluation");
    return failedRows(entry, sam, settings, "slices", messageOf(error), { ...place, ...(labels ? { labels } : {}) });
  };
  try {
    const { image, truth } = cutSlice(loaded, task);
    const minPixels = settings.scoring.minPixels ?? entry.slicing.minPixels;
    const objects = objectsOf(truth, loaded.names, { per: objectKind(loaded, settings.scoring.per), minPixels });
    if (objects.length === 0) {
      if (!Array.isArray(entry.slicing.slices)) return [];
      return fail(new Error(`The truth has no object of at least ${minPixels} pixels on slice ${task.slice}.`));
    }
    const labels = [...new Set(objects.map(({ label }) => label))];
    try {
      const shown = windowed(image, settings.window);
      const embedding = await sam.embed(shown, {
        ...(signal ? { signal } : {}),
        isFresh: settings.isTimed,
        onProgress: unseen,
      });
      const work = { sam, image: shown, embedding, objects, settings, place: [entry.id, task.slice] as const, signal };
      return await rowsOf(work, loaded, place);
    } catch (error) {
      return fail(error, labels);
    }
  } catch (error) {
    return fail(error);
  }
}

async function rowsOf(
  work: SliceWork,
  { entry }: LoadedCase,
  place: Pick<EvaluationRow, "plane" | "slice" | "dataHash">,
): Promise<EvaluationRow[]> {
  const { sam, image, embedding, objects, settings } = work;
  const gray = intensities(image);
  const described = new Map(objects.map((object) => [object, describeObject(gray, object.truth)]));
  const { definition, nsdTolerance, nsdRule, overlaps, empty, unit } = settings.scoring;
  const isPicture = place.plane === "";
  const spacing = unit === "px" ? null : image.spacing;
  const scoring = { definition, nsdTolerance, empty, ...(spacing ? { spacing } : {}) };
  const row = (strategy: PromptStrategy, { object, policy, clicks, milliseconds, result }: Answer): EvaluationRow => ({
    case: entry.id,
    subject: entry.subject,
    modality: entry.modality,
    label: object.label,
    part: object.part,
    model: sam.name,
    strategy: strategy.name,
    clicks,
    policy,
    ...noScores,
    ...("mask" in result ? scoresOf(result.mask, object, scoring) : {}),
    ...("mask" in result && nsdRule && isPicture
      ? { nsd: challengeNsd(result.mask, object.truth, { definition, nsdTolerance, empty }) }
      : {}),
    predictedIou: "mask" in result ? result.predictedIou : Number.NaN,
    unit: spacing ? "mm" : "px",
    ...described.get(object)!,
    // An embedding read from the cache says nothing about the encoder's time.
    encodeMs: embedding.fromCache ? Number.NaN : embedding.info.milliseconds,
    predictMs: milliseconds,
    seconds: Number.NaN,
    propagation: "",
    modelHash: sam.hash,
    adapterHash: sam.adapterHash ?? "",
    preprocessing: sam.preprocessing ?? "",
    provider: sam.provider,
    ...place,
    seed: settings.seed,
    version: samlabPackage.version,
    failure: "failure" in result ? result.failure : "",
  });
  const rows: EvaluationRow[] = [];
  for (const strategy of settings.strategies) {
    const answers = await answersOf[strategy.asks](work, strategy);
    const scored = (overlaps ? inOneLabelMap(answers) : answers).map((answer) => row(strategy, answer));
    const own = nsdRule && isPicture ? withLowCasesAtZero(scored) : scored;
    rows.push(...(isPicture ? own.map((one) => ({ ...one, seconds: secondsOf(one, own) })) : own));
  }
  return rows;
}

const answersOf = {
  prompts: promptAnswers,
  everything: everythingAnswers,
  nothing: classAnswers,
} satisfies Record<PromptStrategy["asks"], (work: SliceWork, strategy: PromptStrategy) => Promise<Answer[]>>;

/** Seconds of a picture: the encoder, and the decoder for all objects with the row's policy, up to the row's step. */
function secondsOf({ policy, clicks, encodeMs }: EvaluationRow, rows: readonly EvaluationRow[]): number {
  const asked = rows.filter((row) => row.policy === policy && row.clicks <= clicks && row.failure === "");
  return (encodeMs + asked.reduce((sum, { predictMs }) => sum + predictMs, 0)) / 1000;
}

function scoresOf(
  mask: EvaluationObject["truth"],
  { truth }: EvaluationObject,
  options: Parameters<typeof maskScores>[2],
) {
  const { volumeDifference: _, ...scores } = maskScores(mask, truth, options);
  return scores;
}

function windowed(image: Image2d, window: UnitSettings["window"]): Image2d {
  return window ? { ...image, window: resolveWindow(window(image.data), image.data) } : image;
}

/** Colors as luminance (ITU-R BT.601); gray values as they are. */
function intensities({ width, height, channels, data }: Image2d): IntensityImage {
  if (channels === 1) return { width, height, data };
  const gray = new Float32Array(width * height);
  for (let n = 0, at = 0; n < gray.length; n++, at += 3) {
    gray[n] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  }
  return { width, height, data: gray };
}
