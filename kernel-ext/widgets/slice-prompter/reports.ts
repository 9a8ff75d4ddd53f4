import { type Mask2d, unpackMask } from "../../../src/core/mask.js";
import type { Place } from "../../../src/protocol/slices.js";
import { answerOf, type Book, type Slot, slotOf } from "./book.js";
import type { SlicePrediction, SliceReport } from "./public-types.js";
import { chosenOf, type PackedCandidate, type SliceAnswer } from "./run.js";
import { marksOf } from "./view-state.js";

/** The slot's mask; null while its prediction is pending. */
export function shownMaskOf(slot: Slot | null): Mask2d | null {
  const answer = answerOf(slot);
  return answer && slot && unpack(answer, chosenOf(answer, slot.chosen));
}

/** The model's answer; null if there is none yet or the mask has another source. */
export function predictionOf(slot: Slot | null): SlicePrediction | null {
  const answer = answerOf(slot);
  if (!answer || slot?.origin !== "prompted") return null;
  const { chosen, window } = slot;
  return {
    predictedIou: chosenOf(answer, chosen).predictedIou,
    candidates: answer.candidates.map((candidate) => ({
      mask: unpack(answer, candidate),
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
export function sliceReports(book: Book, place: Place): SliceReport[] {
  return marksOf(book, place).map(({ index, object, origin, masked, confirmed }) => ({
    slice: index,
    object: book.objects.find(({ id }) => id === object)!.name,
    origin,
    hasMask: masked,
    confirmed,
    doubt: slotOf(book, { ...place, index }, object)?.doubt ?? "",
  }));
}

function unpack({ width, height }: SliceAnswer, { bits }: PackedCandidate): Mask2d {
  return unpackMask(bits, width, height);
}
