import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import { emptyMask, type MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { DistanceDefinition } from "../../../src/metrics/distance-definition.js";
import { dice, iou } from "../../../src/metrics/overlap.js";
import { maskScores } from "../../../src/metrics/scores.js";
import type { ScoreState } from "../../../src/protocol/mask-compare.js";
import { frameOf, type Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { isVolumeMask, type WholeMask } from "./inputs.js";
import type { Track } from "./track.js";

/** Raw scores: NaN where undefined. */
export interface Scores {
  readonly dice: number;
  readonly iou: number;
  /** In mm, or in pixels if the image has no pixel size. */
  readonly hd95: number;
}

/** Scores masks against the truth. Each score is computed once, on first access. */
export class Scorer {
  readonly truth: Track;
  readonly definition: DistanceDefinition;
  readonly #source: SliceSource;
  /** Keyed by mask: a new prediction gets a new score. */
  readonly #slices = new WeakMap<Mask2d, Scores>();
  readonly #totals = new WeakMap<Track, { readonly of: WholeMask; readonly scores: Scores }>();
  readonly #strips = new WeakMap<Track, Map<Place["plane"], Float32Array>>();

  constructor(truth: Track, source: SliceSource, definition: DistanceDefinition) {
    this.truth = truth;
    this.definition = definition;
    this.#source = source;
  }

  /** Scores on one slice; null if there is no mask. */
  slice(track: Track, place: Place): Scores | null {
    const [mask, truth] = [track.slice(place)?.mask, this.truth.slice(place)?.mask];
    if (!mask || !truth) return null;
    let scores = this.#slices.get(mask);
    if (!scores) {
      const [x, y] = frameOf(this.#source.subject, place.plane).spacing;
      scores = this.#scores(mask, truth, [x, y]);
      this.#slices.set(mask, scores);
    }
    return scores;
  }

  /** True if {@link total} is already computed. */
  hasTotal(track: Track): boolean {
    const known = this.#totals.get(track);
    return known !== undefined && known.of === track.whole;
  }

  /** Scores over the whole image, or over the slices where the mask is known; null while part of it is missing. */
  total(track: Track): Scores | null {
    const { whole } = track;
    const truth = this.truth.whole;
    if (!whole || !truth) return null;
    const known = this.#totals.get(track);
    if (known?.of === whole) return known.scores;
    const [x, y] = frameOf(this.#source.subject, null).spacing;
    const scores = track.slices
      ? this.#partial(whole, truth, track.slices)
      : this.#scores(whole, truth, isVolumeMask(whole) ? whole.spacing : [x, y]);
    this.#totals.set(track, { of: whole, scores });
    return scores;
  }

  /** True if {@link strip} is already computed. */
  hasStrip(track: Track, plane: Place["plane"]): boolean {
    return this.#strips.get(track)?.has(plane) ?? false;
  }

  /**
   * Dice of every slice along a plane; NaN where both masks are empty or the mask is unknown. Do not modify: see {@link
   * update}.
   */
  strip(track: Track, plane: Place["plane"]): Float32Array {
    const planes = this.#strips.get(track) ?? new Map<Place["plane"], Float32Array>();
    this.#strips.set(track, planes);
    let strip = planes.get(plane);
    if (!strip) {
      const { count } = frameOf(this.#source.subject, plane);
      strip = Float32Array.from({ length: count }, (_, index) => this.#dice(track, { plane, index }));
      planes.set(plane, strip);
    }
    return strip;
  }

  /** Updates a changed slice. Makes a new array, so that the change is detected. */
  update(track: Track, { plane, index }: Place): void {
    const strip = Float32Array.from(this.strip(track, plane));
    strip[index] = this.#dice(track, { plane, index });
    this.#strips.get(track)?.set(plane, strip);
  }

  /**
   * A surface cut off at missing slices is not a real surface: HD95 is defined only if no part of the truth and no
   * slice in between is missing.
   */
  #partial(whole: WholeMask, truth: WholeMask, slices: ReadonlySet<number>): Scores {
    const { plane } = this.#source.subject.frames[0];
    if (!isVolumeMask(whole) || !isVolumeMask(truth) || plane === null) return undefinedScores;
    const [mask, cut] = [onSlices(whole, plane, slices), onSlices(truth, plane, slices)];
    const isBlock = Math.max(...slices) - Math.min(...slices) === slices.size - 1;
    if (isBlock && cut.voxels === truth.voxels) return this.#scores(mask, cut, whole.spacing);
    return { dice: dice(mask, cut), iou: iou(mask, cut), hd95: Number.NaN };
  }

  #dice(track: Track, place: Place): number {
    const [mask, truth] = [track.mask(place), this.truth.mask(place)];
    return mask && truth ? dice(mask, truth) : Number.NaN;
  }

  #scores(mask: WholeMask, truth: WholeMask, spacing: readonly number[]): Scores {
    const scores = maskScores(mask, truth, { spacing, definition: this.definition });
    return { dice: scores.dice, iou: scores.iou, hd95: scores.hd95 };
  }
}

const undefinedScores: Scores = { dice: Number.NaN, iou: Number.NaN, hd95: Number.NaN };

/** A binary copy that is empty on all other slices. */
function onSlices(mask: MaskVolume, plane: Plane, slices: ReadonlySet<number>): MaskVolume {
  const copy = emptyMask(mask);
  for (const slice of slices) copy.setSlice(slice, plane, mask.slice(slice, plane));
  return copy;
}

/** For JSON, which cannot represent NaN. */
export function scoreState(scores: Scores | null): ScoreState | null {
  const known = (value: number) => (Number.isFinite(value) ? value : null);
  return scores && { dice: known(scores.dice), iou: known(scores.iou), hd95: known(scores.hd95) };
}
