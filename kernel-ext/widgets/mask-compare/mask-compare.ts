import { errorIn, isSamlabError, SamlabError, show } from "../../../src/core/errors.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import {
  type CompareLayout,
  compareLayouts,
  type MaskCompareState,
  maskCompareModel,
  maskCompareView,
} from "../../../src/protocol/mask-compare.js";
import { type CompareIntent, parseCompareIntent } from "../../../src/protocol/mask-compare-intents.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { DISPLAY_ID } from "../../display/format.js";
import { checkedWindow, type GivenWindow } from "../shared/given-window.js";
import type { SliceSource } from "../shared/slice-source.js";
import { WidgetHost } from "../shared/widget-host.js";
import { comparePicture } from "./picture.js";
import type { Scores } from "./scorer.js";
import { CompareSession, type CompareStart } from "./session.js";
import { scoreTable } from "./text.js";
import type { Track } from "./track.js";

/** A mask's name and scores; NaN where a score is undefined, for example on a slice where both masks are empty. */
export interface NamedScores extends Scores {
  readonly name: string;
}

/**
 * Masks side by side on the same slices, created by `compareMasks(image, masks)`. Changes in the widget can be read in
 * the next cell, and changes made in code show in the widget.
 *
 * @example
 * const w = compareMasks(ct, { "zero-shot": a, "fine-tuned": b, truth });
 * w                       // the last value of a cell is displayed
 * // next cell
 * console.table(w.scores) // over the whole volume
 * w.slice = 57;
 */
export class MaskCompare {
  readonly #session: CompareSession;
  readonly #host: WidgetHost<MaskCompareState, CompareIntent>;

  /** Use `compareMasks`, which finds the kernel's comm host. */
  constructor(source: SliceSource, start: CompareStart, comms: CommHost) {
    this.#session = new CompareSession(source, start, () => this.#host.changed());
    this.#host = new WidgetHost(comms, {
      modelName: maskCompareModel,
      viewName: maskCompareView,
      state: () => this.#session.state(),
      parse: (content) => parseCompareIntent(content, source.subject),
      handle: (intent) => this.#session.handle(intent),
      still: async () => ({ "text/plain": this.toString(), "image/png": await this.picture() }),
      released: () => this.#session.work.cancel(),
      closed: () => this.#session.close(),
    });
    this.#session.begin();
  }

  /** The current slice, counted from 0. */
  get slice(): number {
    return this.#session.place.index;
  }

  /** Shows another slice. @throws {SamlabError} `argument-invalid` if it does not exist */
  set slice(index: number) {
    this.goTo(index);
  }

  /** Plane of the slices; null for a 2D image. */
  get plane(): Plane | null {
    return this.#session.place.plane;
  }

  /** Shows a slice. With a predictor, the plane cannot be changed. */
  goTo(slice: number, plane?: Plane): void {
    this.#session.goTo(this.#session.source.place(slice, plane ?? this.plane));
  }

  /** `side-by-side`, `swipe` or `blink`. */
  get layout(): CompareLayout {
    return this.#session.display.layout;
  }

  set layout(layout: CompareLayout) {
    if (!compareLayouts.includes(layout)) {
      throw new SamlabError("argument-invalid", `There is no layout ${show(layout)}.`, {
        field: "layout",
        value: layout,
        remedy: `Layouts are ${compareLayouts.join(", ")}.`,
      });
    }
    this.#session.setDisplay({ ...this.#session.display, layout });
  }

  /** True if masks are drawn by their agreement with the truth. */
  get agreement(): boolean {
    return this.#session.display.paint === "agreement";
  }

  set agreement(on: boolean) {
    this.#session.setDisplay({ ...this.#session.display, paint: on ? "agreement" : "masks" });
  }

  /**
   * Scores against the truth over the whole volume, in the order the masks were given. A predictor or a mask of some
   * slices is scored over those slices, without HD95 unless they cover all of the truth with no gap. A predictor with
   * slices still to be predicted is omitted (see {@link predictAll}). Empty without a truth. Computed on first access.
   */
  get scores(): readonly NamedScores[] {
    return this.#scores((track) => this.#session.scorer?.total(track) ?? null);
  }

  /** Like {@link scores}, for the current slice. */
  get sliceScores(): readonly NamedScores[] {
    return this.#scores((track) => this.#session.scorer?.slice(track, this.#session.place) ?? null);
  }

  /** Dice of each slice along the current plane; NaN where both masks are empty or the prediction is missing. */
  dicePerSlice(name: string): Float32Array {
    const track = this.#track(name);
    const { scorer, place } = this.#session;
    if (!scorer || track === scorer.truth) {
      throw new SamlabError("argument-invalid", `There is nothing to score ${show(name)} against.`, {
        field: "name",
        remedy: "Name a predicted mask, and give compareMasks a truth.",
      });
    }
    return Float32Array.from(scorer.strip(track, place.plane));
  }

  /** A mask on the current slice (pixels of the slice as shown); null if not predicted yet. */
  mask(name: string): Mask2d | null {
    return this.#track(name).mask(this.#session.place);
  }

  /**
   * Predicts every slice that has a prompt. Resolves when all masks are done or the work was canceled; rejects with the
   * error of the first slice that failed, which ends the work.
   */
  async predictAll(): Promise<void> {
    this.#session.work.all();
    this.#host.changed();
    // Its error is that of the current slice.
    await this.ready.catch(() => undefined);
    const { work } = this.#session;
    const slice = work.firstFailed;
    if (slice === null) return;
    const { track, error } = work.failure(slice)!;
    if (!isSamlabError(error)) throw error;
    throw errorIn(`${track.info.name} on slice ${slice}`, error);
  }

  /** Stops the predictors. */
  cancel(): void {
    this.#session.work.cancel();
    this.#host.changed();
  }

  /** Resolves when no prediction or score is pending; rejects if the prediction of the current slice failed. */
  get ready(): Promise<void> {
    return this.#session.idle();
  }

  /**
   * Sets the window the slices are shown with.
   * @throws {SamlabError} `argument-invalid`
   */
  setWindow(window: GivenWindow): void {
    this.#session.setWindow(checkedWindow(window));
  }

  /** Calls `listener` after every change of slice, masks, scores or window. Returns a function that unsubscribes. */
  on(_event: "change", listener: (compare: MaskCompare) => void): () => void {
    return this.#host.listen(() => listener(this));
  }

  /** Removes the widget from the page and stops its work. Does not dispose the models. Idempotent. */
  close(): void {
    this.#host.close();
  }

  /** The current view with scores and strip as a still picture: PNG bytes. */
  picture(): Promise<Uint8Array> {
    return comparePicture(this.#session);
  }

  /** The widget, with a still picture for front ends that cannot run it. */
  [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    return this.#host.shown();
  }

  get [DISPLAY_ID](): string {
    return this.#host.displayId;
  }

  /** The compared masks and a table of the scores computed so far. */
  toString(): string {
    return scoreTable(this.#session);
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #scores(of: (track: Track) => Scores | null): NamedScores[] {
    const { tracks, scorer } = this.#session;
    return tracks.flatMap((track) => {
      const scores = track === scorer?.truth ? null : of(track);
      return scores ? [{ name: track.info.name, ...scores }] : [];
    });
  }

  #track(name: string): Track {
    const { tracks } = this.#session;
    const found = tracks.find(({ info }) => info.name === name);
    if (found) return found;
    throw new SamlabError("argument-invalid", `There is no mask ${show(name)}.`, {
      field: "name",
      value: name,
      remedy: `Masks are ${tracks.map(({ info }) => show(info.name)).join(", ")}.`,
    });
  }
}
