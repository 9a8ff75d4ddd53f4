import { type Mask2d, maskArea, unpackMask } from "../../../src/core/mask.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { overlap } from "../../../src/metrics/overlap.js";
import { hd95 } from "../../../src/metrics/scores.js";
import type { LiveScoreState } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";
import { answerOf, type Book, maskOf, slotOf } from "./book.js";
import { chosenOf, type PackedCandidate } from "./run.js";

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
  readonly #areas = new Map<string, number>();
  readonly #scores = new WeakMap<PackedCandidate, SliceScore>();

  constructor(truth: MaskVolume, subject: Subject) {
    this.#truth = truth;
    this.#subject = subject;
    this.#labels = [...new Set<number>(truth.data)].filter((label) => label !== 0);
  }

  /** Null where the truth does not have the active object, or there is no mask to score. */
  state(book: Book, place: Place): LiveScoreState | null {
    const { plane } = place;
    const { truthLabel } = book.objects.find(({ id }) => id === book.active)!;
    const known = this.#labels.length === 1 ? [1] : this.#labels;
    if (!plane || !known.includes(truthLabel)) return null;
    const label = this.#labels.length === 1 ? this.#labels[0]! : truthLabel;
    const masks = [...book.slots.values()].flatMap((slot) => {
      const answer = answerOf(slot);
      const isOwn = slot.object === book.active && slot.place.plane === plane;
      return isOwn && answer ? [{ place: slot.place, candidate: chosenOf(answer, slot.chosen) }] : [];
    });
    if (masks.length === 0) return null;
    let [common, area] = [0, 0];
    for (const { place, candidate } of masks) {
      common += this.#score(place, candidate, label).common;
      area += candidate.area;
    }
    const shown = slotOf(book, place);
    const mask = shown && maskOf(shown);
    const isShown = mask && !mask.stale && (mask.candidate.area > 0 || maskArea(this.#slice(place, label)) > 0);
    return {
      slice: isShown ? this.#shownScore(place, mask.candidate, label) : null,
      volumeDice: (2 * common) / (area + this.#areaOf(plane, label)),
      slices: masks.length,
    };
  }

  #shownScore(place: Place, candidate: PackedCandidate, label: number): { dice: number; hd95: number | null } {
    const score = this.#score(place, candidate, label);
    if (score.hd95 === null) {
      const [x, y] = frameOf(this.#subject, place.plane).spacing;
      score.hd95 = hd95(this.#unpacked(place, candidate), this.#slice(place, label), { spacing: [x, y] });
    }
    return { dice: score.dice, hd95: Number.isFinite(score.hd95) ? score.hd95 : null };
  }

  #score(place: Place, candidate: PackedCandidate, label: number): SliceScore {
    const known = this.#scores.get(candidate);
    if (known?.label === label) return known;
    const truth = this.#slice(place, label);
    const common = overlap(this.#unpacked(place, candidate), truth).both;
    const sum = candidate.area + maskArea(truth);
    const score = { label, common, dice: sum === 0 ? Number.NaN : (2 * common) / sum, hd95: null };
    this.#scores.set(candidate, score);
    return score;
  }

  #unpacked(place: Place, { bits }: PackedCandidate): Mask2d {
    const { width, height } = frameOf(this.#subject, place.plane);
    return unpackMask(bits, width, height);
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

  /** Of the whole volume, in pixels of the plane's slices. */
  #areaOf(plane: NonNullable<Place["plane"]>, label: number): number {
    const key = `${plane} ${label}`;
    let known = this.#areas.get(key);
    if (known === undefined) {
      known = 0;
      for (const value of this.#truth.data) if (value === label) known++;
    }
    this.#areas.set(key, known);
    return known;
  }
}
