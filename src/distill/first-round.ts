import { type Mask2d, unpackMask } from "../core/mask.js";
import { randomInteger } from "../core/random.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import { loosenedBox } from "../train/prompt-drawing.js";
import { answersOf, type Lesson, maskOf } from "./lesson.js";
import { type DrawnPrompt, firstPrompt, jitter, type RoundKind } from "./round.js";

/** Exponent of an object's area in its probability of being drawn for a single click. */
const oneClickExponent = 0.5;

/** Fraction of prompts for the labeled object of an image that has one. */
const labeledShare = 0.45;

/** The first prompts of a step's objects, and their target masks. */
export interface FirstRound {
  readonly prompts: DrawnPrompt[];
  /** Prompts in the low-resolution frame. */
  readonly truths: readonly Mask2d[];
  /** [count, side²], 0 to 1: true masks, or the teacher's probabilities. */
  readonly target: Float32Array;
}

/**
 * Objects of a training image, with clicks and boxes sampled from their masks. A single click is only used for an
 * object with one part, and objects are drawn for it with probability proportional to the square root of their area: a
 * click falls into large objects more often, and with equal probabilities the many small regions would train the model
 * to predict masks that are too small. Several clicks or a box say how large the object is. An image's labeled object
 * is drawn most often.
 */
export function promptedObjects(
  { objects, labeled }: Lesson,
  kind: RoundKind,
  side: number,
  count: number,
  random: () => number,
): FirstRound {
  const isOneClick = kind.clicks === 1 && !kind.box;
  const single = objects.filter(({ isPair }) => !isPair);
  const found = isOneClick && single.length > 0 ? single : objects;
  const known = labeled && !(isOneClick && labeled.isPair && found.length > 0) ? labeled : null;
  const ofLabeled = Array.from({ length: count }, () =>
    known && (found.length === 0 || random() < labeledShare) ? [known] : [],
  ).flat();
  const drawn = [
    ...ofLabeled,
    ...drawWeighted(found, ({ area }) => (isOneClick ? area ** oneClickExponent : 1), count - ofLabeled.length, random),
  ];
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

/**
 * Jittered boxes of a training image with the teacher's predictions, so that the student keeps the teacher's box
 * performance.
 */
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

/** Draws `count` items with probability proportional to weight, with replacement. */
export function drawWeighted<T>(
  all: readonly T[],
  weightOf: (one: T) => number,
  count: number,
  random: () => number,
): T[] {
  const reach: number[] = [];
  let total = 0;
  for (const one of all) {
    total += weightOf(one);
    reach.push(total);
  }
  return Array.from({ length: count }, () => {
    const at = random() * total;
    return all[reach.findIndex((end) => at < end)];
  });
}
