import type { Mask2d } from "../../../src/core/mask.js";
import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";
import { answerOf, type Book, type Slot, slotOf } from "./book.js";
import { finalSectionOf } from "./crossing.js";
import { unpacked } from "./packed-mask.js";
import type { SlicePrediction, SliceReport } from "./public-types.js";
import { chosenOf } from "./run.js";
import { marksOf } from "./view-state.js";

/**
 * The active object's mask on a slice, with what slices of other planes add; null if there is none, or while a
 * prediction is pending there.
 */
export function shownMaskOf(book: Book, subject: Subject, place: Place): Mask2d | null {
  const slot = slotOf(book, place);
  const mask = slot && !answerOf(slot) ? null : finalSectionOf(book, subject, book.active, place);
  return mask && unpacked(mask, frameOf(subject, place.plane));
}

/** The model's answer; null if there is none yet or the mask has another source. */
export function predictionOf(slot: Slot | null): SlicePrediction | null {
  const answer = answerOf(slot);
  if (!answer || slot?.origin !== "prompted") return null;
  const { chosen, window } = slot;
  return {
    predictedIou: chosenOf(answer, chosen).predictedIou,
    candidates: answer.candidates.map((candidate) => ({
      mask: unpacked(candidate, answer),
      predictedIou: candidate.predictedIou,
    })),
    chosen,
    window,
    predictMs: answer.predictMs,
    encodeMs: answer.encodeMs,
    provider: answer.provider,
  };
}

/** Status of all objects on the slices of a plane. */
export function sliceReports(book: Book, place: Place, crossed: Parameters<typeof marksOf>[2]): SliceReport[] {
  return marksOf(book, place, crossed).map(({ index, object, origin, masked, confirmed }) => ({
    slice: index,
    object: book.objects.find(({ id }) => id === object)!.name,
    origin,
    hasMask: masked,
    confirmed,
    doubt: slotOf(book, { ...place, index }, object)?.doubt ?? "",
  }));
}
