import { SamlabError } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import type { TrainingCase } from "../finetune/types.js";
import { background, namesOfClasses } from "../predict/segmentation.js";

/**
 * The classes of training slices, the background first.
 * @param given without the background
 * @throws {SamlabError} `argument-invalid` if slices have different classes, a truth has a value without a name, a
 * class occurs in no training slice, or a training slice is there once for each of its objects
 */
export function classesOf(
  cases: readonly TrainingCase[],
  validation: readonly TrainingCase[],
  given: readonly string[] | undefined,
): readonly string[] {
  const all = [...cases, ...validation];
  const named = all.find(({ classNames }) => classNames !== undefined)?.classNames;
  const names = given ? namesOfClasses(given, given.length + 1) : (named ?? [background, "object"]);
  const other = all.find(({ classNames }) => classNames && classNames.join("\n") !== names.join("\n"));
  if (!given && other) {
    throw invalid(
      "classNames",
      other.classNames,
      `${other.image.source} has the classes ${other.classNames?.join(", ")}, others have ${names.join(", ")}.`,
      "Cut all slices with the same labels, in the same order.",
    );
  }
  const apart = objectsApart(cases);
  if (apart) {
    throw invalid(
      "truth",
      apart.source,
      `${apart.source} has several truths that lie apart: each is background in the others.`,
      "Give all of an object's name as one class: trainingSlices(source, { label: [...] }).",
    );
  }
  const seen = new Set<number>();
  for (const { truth, image } of all) {
    const unnamed = truth.data.find((value) => value >= names.length);
    if (unnamed !== undefined) {
      throw invalid(
        "truth",
        unnamed,
        `The truth of ${image.source} has the class ${unnamed}, and there are ${names.length - 1} names.`,
        "Give classNames for all of them, or number the classes from 1, as trainingSlices(source, { label: [...] }) does.",
      );
    }
  }
  for (const { truth } of cases) for (const value of truth.data) seen.add(value);
  const missing = names.findIndex((_, label) => label > 0 && !seen.has(label));
  if (missing > 0) {
    throw invalid(
      "cases",
      names[missing],
      `${names[missing]} occurs in none of the slices to train on.`,
      "Add slices that show it, or leave the class out.",
    );
  }
  return names;
}

/** An image that is there once for each of its objects, as instances are; truths of several people overlap. */
function objectsApart(cases: readonly TrainingCase[]): TrainingCase["image"] | undefined {
  const marked = new Map<TrainingCase["image"], Mask2d>();
  for (const { image, truth } of cases) {
    if (!truth.data.some((value) => value !== 0)) continue;
    const before = marked.get(image);
    if (before?.data.every((value, n) => value === 0 || truth.data[n] === 0)) return image;
    marked.set(image, truth);
  }
  return undefined;
}

/** Mean Dice of the classes that are in the truth or were found, without the background; 1 if there are none. */
export function meanClassDice(found: Uint8Array, truth: Mask2d, classes: number): number {
  const [both, sizes] = [new Float64Array(classes), new Float64Array(classes)];
  for (let n = 0; n < found.length; n++) {
    sizes[found[n]]++;
    sizes[truth.data[n]]++;
    if (found[n] === truth.data[n]) both[found[n]]++;
  }
  const scores: number[] = [];
  for (let label = 1; label < classes; label++) if (sizes[label] > 0) scores.push((2 * both[label]) / sizes[label]);
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** One-hot encoding of the classes from `first` up to, but not including, `last`: [last − first, pixels]. */
export function oneHot(labels: Float32Array, first: number, last: number): Float32Array {
  const target = new Float32Array((last - first) * labels.length);
  labels.forEach((label, n) => {
    if (label >= first && label < last) target[(label - first) * labels.length + n] = 1;
  });
  return target;
}

function invalid(field: string, value: unknown, message: string, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", message, { field, value, remedy });
}
