import { type Mask2d, unpackMask } from "../core/mask.js";
import { randomInteger } from "../core/random.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import { loosenedBox } from "../train/prompt-drawing.js";
import { drawWeighted } from "./draw-weighted.js";
import { answersOf, type Lesson, maskOf } from "./lesson.js";
import { type DrawnPrompt, firstPrompt, jitter, type RoundKind } from "./round.js";

/** How much likelier a click means a large object than a small one: the exponent of its area. */
const clickExponent = 0.5;

/** What the objects of a step are asked with first, and what is to come out. */
export interface FirstRound {
  readonly prompts: DrawnPrompt[];
  /** In the low-resolution frame. */
  readonly truths: readonly Mask2d[];
  /** [count, side²], 0 to 1: the truths, or how sure the teacher is of them. */
  readonly target: Float32Array;
}

/**
 * Objects of the lesson, with clicks and boxes drawn from their masks. A single click means an object in one part. Where there is no box, objects are drawn
 * by the root of their area: a click lands in a large one more often, and the many small regions, if all were as likely, would teach a model to answer it with
 * too little.
 */
export function promptedObjects(
  { objects }: Lesson,
  kind: RoundKind,
  side: number,
  count: number,
  random: () => number,
): FirstRound {
  const single = objects.filter(({ isPair }) => !isPair);
  const candidates = kind.clicks === 1 && !kind.box && single.length > 0 ? single : objects;
  const drawn = drawWeighted(candidates, ({ area }) => (kind.box ? 1 : area ** clickExponent), count, random);
  const truths = drawn.map(({ mask }) => unpackMask(mask, side, side));
  const prompts = truths.map((truth) => firstPrompt(truth, kind, random));
  return {
    prompts,
    truths,
    target: joined(
      truths.map(({ data }) => data),
      side,
    ),
  };
}

/** Boxes of the lesson, loosened, and what the teacher answers to them: so the student keeps what the teacher knows. */
export async function answeredBoxes(
  teacher: LoadedSam,
  { image, boxes }: Lesson,
  count: number,
  random: () => number,
  signal?: AbortSignal,
): Promise<FirstRound> {
  const side = teacher.lowResSize;
  const size = { width: side, height: side };
  const drawn = drawWeighted(boxes, () => 1, count, random).map((box) =>
    loosenedBox(box, randomInteger(random, 0, jitter), size, random),
  );
  const answers = await answersOf(teacher, image, drawn, signal);
  const sure = answers.map((logits) => logits.map((logit) => 1 / (1 + Math.exp(-logit))));
  return {
    prompts: drawn.map((box) => ({ points: [], box })),
    truths: answers.map((logits) => maskOf(logits, side)),
    target: joined(sure, side),
  };
}

function joined(masks: readonly ArrayLike<number>[], side: number): Float32Array {
  const target = new Float32Array(masks.length * side * side);
  for (const [n, mask] of masks.entries()) target.set(mask, n * side * side);
  return target;
}
