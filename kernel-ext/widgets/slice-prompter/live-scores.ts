import { type Mask2d, maskArea } from "../../../src/core/mask.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { overlap } from "../../../src/metrics/overlap.js";
import { hd95 } from "../../../src/metrics/scores.js";
import type { LiveScoreState } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";
import { answerOf, type Book, slotOf } from "./book.js";
import { slotsOf } from "./book-figures.js";
import { MaskUnion } from "./mask-union.js";
import { type PackedMask, unpacked } from "./packed-mask.js";
import { chosenOf } from "./run.js";

interface SliceScore {
  readonly label: number;
  readonly common: number;
  readonly dice: number;
  /** Computed for the slice that is shown only. */
  hd95: number | null;
}

/** Slices of the truth that are held: scores of masks are kept, and a mask that changes is on a slice that is shown. */
const mostSlices = 16;

/** How the active object's masks agree with the truth, while they change. */
export class LiveScores {
  readonly #truth: MaskVolume;
  readonly #subject: Subject;
  /** A truth's only label counts as label 1. */
  readonly #labels: readonly number[];
  readonly #slices = new Map<string, Mask2d>();
  /** Voxels of each label. */
  readonly #areas = new Map<number, number>();
  /** Of the object that was scored last. */
  #union: MaskUnion | null = null;
  readonly #scores = new WeakMap<PackedMask, SliceScore>();

  constructor(truth: MaskVolume, subject: Subject) {
    this.#truth = truth;
    this.#subject = subject;
    this.#labels = truth.labels;
  }

  /**
   * Null where the truth does not have the active object, or there is no mask to score. `whole`: what the active object
   * has on the slice, from slices of all planes.
   */
  state(book: Book, place: Place, whole: PackedMask | null): LiveScoreState | null {
    const { plane } = place;
    const { truthLabel } = book.objects.find(({ id }) => id === book.active)!;
    const known = this.#labels.length === 1 ? [1] : this.#labels;
    if (!plane || !known.includes(truthLabel)) return null;
    const label = this.#labels.length === 1 ? this.#labels[0]! : truthLabel;
    const masks = slotsOf(book, book.active).flatMap((slot) => {
      const answer = answerOf(slot);
      return answer ? [{ place: slot.place, mask: chosenOf(answer, slot.chosen) }] : [];
    });
    if (masks.length === 0) return null;
    if (this.#union?.label !== label) this.#union = new MaskUnion(this.#truth, label);
    const { area, common } = this.#union.of(masks);
    const slot = slotOf(book, place);
    const isPending = slot !== null && !answerOf(slot);
    const isShown = whole && !isPending && (whole.area > 0 || maskArea(this.#slice(place, label)) > 0);
    return {
      slice: isShown ? this.#shownScore(place, whole, label) : null,
      volumeDice: (2 * common) / (area + this.#areaOf(label)),
      slices: masks.length,
    };
  }

  #shownScore(place: Place, candidate: PackedMask, label: number): { dice: number; hd95: number | null } {
    const score = this.#score(place, candidate, label);
    if (score.hd95 === null) {
      const [x, y] = frameOf(this.#subject, place.plane).spacing;
      score.hd95 = hd95(this.#unpacked(place, candidate), this.#slice(place, label), { spacing: [x, y] });
    }
    return { dice: score.dice, hd95: Number.isFinite(score.hd95) ? score.hd95 : null };
  }

  #score(place: Place, candidate: PackedMask, label: number): SliceScore {
    const known = this.#scores.get(candidate);
    if (known?.label === label) return known;
    const truth = this.#slice(place, label);
    const common = overlap(this.#unpacked(place, candidate), truth).both;
    const sum = candidate.area + maskArea(truth);
    const score = { label, common, dice: sum === 0 ? Number.NaN : (2 * common) / sum, hd95: null };
    this.#scores.set(candidate, score);
    return score;
  }

  #unpacked(place: Place, mask: PackedMask): Mask2d {
    return unpacked(mask, frameOf(this.#subject, place.plane));
  }

  #slice({ plane, index }: Place, label: number): Mask2d {
    const key = `${plane} ${index} ${label}`;
    const known = this.#slices.get(key) ?? this.#truth.slice(index, plane!, { label });
    this.#slices.delete(key);
    this.#slices.set(key, known);
    for (const [oldest] of this.#slices) {
      if (this.#slices.size <= mostSlices) break;
      this.#slices.delete(oldest);
    }
    return known;
  }

  #areaOf(label: number): number {
    let known = this.#areas.get(label);
    if (known === undefined) {
      known = 0;
      for (const value of this.#truth.data) if (value === label) known++;
    }
    this.#areas.set(label, known);
    return known;
  }
}
