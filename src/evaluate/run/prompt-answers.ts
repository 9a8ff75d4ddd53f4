import { isSamlabError, messageOf, throwIfCanceled } from "../../core/errors.js";
import type { PromptSet } from "../../core/prompt.js";
import { seededRandom } from "../../core/random.js";
import type { Prediction, RunInfo } from "../../predict/sam.js";
import { chooseMask, needsAlternatives, unitePredictions } from "../choose-mask.js";
import type { EvaluationObject, MaskPolicy, PromptRun, PromptStep, PromptStrategy, StepResult } from "../types.js";
import type { Answer, SliceWork } from "./slice-work.js";

/** Most runs predicted together: bounds the memory of their masks and logits (about 2 MB per prompt). */
const batchSize = 16;

/**
 * A strategy's run for one object and one policy. Later clicks depend on the chosen masks, so each policy has its own
 * run.
 */
interface StrategyRun {
  readonly object: EvaluationObject;
  readonly policy: MaskPolicy;
  readonly steps: PromptRun;
  readonly answers: Answer[];
  previous: StepResult | null;
}

interface Ask {
  readonly run: StrategyRun;
  readonly step: PromptStep;
}

/** Predicts all prompts of a strategy for a slice's objects, step by step, with the objects of a step together. */
export async function promptAnswers(work: SliceWork, strategy: PromptStrategy): Promise<Answer[]> {
  const { objects, settings, sam, place, signal } = work;
  const runs: StrategyRun[] = [];
  const all: Answer[][] = [];
  for (const object of objects) {
    for (const policy of settings.policies) {
      const answers: Answer[] = [];
      all.push(answers);
      const random = seededRandom(...place, object.label, object.part, strategy.name, settings.seed);
      try {
        const steps = strategy.start(object, {
          random,
          lowResSize: sam.lowResSize,
          takesScribbles: sam.prompts.scribbles === true,
        });
        runs.push({ object, policy, steps, answers, previous: null });
      } catch (error) {
        answers.push(failed(object, policy, 0, error));
      }
    }
  }
  const multimask = settings.policies.some((policy) => needsAlternatives(policy, strategy));
  for (let active = runs; active.length > 0; ) {
    const going: StrategyRun[] = [];
    for (let start = 0; start < active.length; start += batchSize) {
      throwIfCanceled(signal, "The evaluation");
      const asks = active.slice(start, start + batchSize).flatMap(nextAsk);
      going.push(...(await answerAll(work, strategy, asks, multimask)));
    }
    active = going;
  }
  return all.flat();
}

function nextAsk(run: StrategyRun): Ask[] {
  try {
    const step = run.steps.next(run.previous);
    return step ? [{ run, step }] : [];
  } catch (error) {
    run.answers.push(failed(run.object, run.policy, run.answers.length, error));
    return [];
  }
}

/** Predicts one batch. Returns the runs that continue. */
async function answerAll(
  work: SliceWork,
  strategy: PromptStrategy,
  asks: readonly Ask[],
  multimask: boolean,
): Promise<StrategyRun[]> {
  const predictions = await predictAll(
    work,
    asks.flatMap(({ step }) => step.prompts),
    multimask,
  );
  const going: StrategyRun[] = [];
  let at = 0;
  for (const { run, step } of asks) {
    const { object, policy } = run;
    const own = predictions.slice(at, at + step.prompts.length);
    at += step.prompts.length;
    try {
      const given = own.map((prediction) => {
        if (prediction instanceof Error) throw prediction;
        return prediction;
      });
      const united = unitePredictions(given.map(({ prediction }) => prediction));
      const { mask, predictedIou, lowResLogits } = chooseMask(policy, united, object.truth, strategy.firstMask);
      const milliseconds = given.reduce((sum, { share }) => sum + share, 0);
      run.answers.push({ object, policy, clicks: step.clicks, milliseconds, result: { mask, predictedIou } });
      run.previous = { mask, lowResLogits: step.prompts.length === 1 ? lowResLogits : null };
      going.push(run);
    } catch (error) {
      run.answers.push(failed(object, policy, step.clicks, error));
    }
  }
  return going;
}

interface Timed {
  readonly prediction: Prediction;
  /** Its share of the time of its decoder run, ms. */
  readonly share: number;
}

/**
 * Predicts one batch; equal prompts (of several policies) only once. If the batch fails, each prompt is predicted
 * alone, so that only the invalid one fails.
 */
async function predictAll(
  work: SliceWork,
  prompts: readonly PromptSet[],
  multimask: boolean,
): Promise<(Timed | Error)[]> {
  const { sam, embedding, signal } = work;
  const options = { embedding, multimask, ...(signal ? { signal } : {}) };
  const keys = prompts.map((prompt, n) => (prompt.maskInput ? `#${n}` : JSON.stringify(prompt)));
  const unique = new Map(keys.map((key, n) => [key, prompts[n]]));
  const answers = new Map<string, Timed | Error>();
  try {
    const predictions = await sam.predictBatch([...unique.values()], options);
    const together = new Map<RunInfo, number>();
    for (const { info } of predictions) together.set(info, (together.get(info) ?? 0) + 1);
    [...unique.keys()].forEach((key, n) => {
      const prediction = predictions[n];
      answers.set(key, { prediction, share: prediction.info.milliseconds / together.get(prediction.info)! });
    });
  } catch (error) {
    if (isSamlabError(error, "canceled")) throw error;
    for (const [key, prompt] of unique) {
      try {
        const prediction = await sam.predict(prompt, options);
        answers.set(key, { prediction, share: prediction.info.milliseconds });
      } catch (cause) {
        if (isSamlabError(cause, "canceled")) throw cause;
        answers.set(key, cause instanceof Error ? cause : new Error(String(cause)));
      }
    }
  }
  return keys.map((key) => answers.get(key)!);
}

function failed(object: EvaluationObject, policy: MaskPolicy, clicks: number, error: unknown): Answer {
  return { object, policy, clicks, milliseconds: Number.NaN, result: { failure: messageOf(error) } };
}
