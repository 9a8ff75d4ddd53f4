import { SamlabError, show } from "../../../src/core/errors.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import {
  type CompareLayout,
  compareLayouts,
  type MaskCompareState,
  maskCompareModel,
  maskCompareView,
} from "../../../src/protocol/mask-compare.js";
import { parseCompareIntent } from "../../../src/protocol/mask-compare-intents.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import type { CommHost, JsonObject } from "../../comm/comm.js";
import { WidgetModel } from "../../comm/widget-model.js";
import type { MimeBundle } from "../../context.js";
import { DISPLAY_ID } from "../../display/format.js";
import { changedKeys } from "../shared/diff-state.js";
import { checkedWindow, type GivenWindow } from "../shared/given-window.js";
import { rememberHandled } from "../shared/handled.js";
import { LivePicture } from "../shared/live-picture.js";
import type { SliceSource } from "../shared/slice-source.js";
import { comparePicture } from "./picture.js";
import type { Scores } from "./scorer.js";
import { CompareSession, type CompareStart } from "./session.js";
import { scoreTable } from "./text.js";
import type { Track } from "./track.js";

/** A mask's name and its scores; NaN where a score is undefined, as for a slice on which both masks are empty. */
export interface NamedScores extends Scores {
  readonly name: string;
}

/**
 * Masks side by side on the same slices: made by `compareMasks(image, masks)`. What is done in the widget can be read here in the next cell,
 * and what is done here shows in the widget.
 *
 * @example
 * const w = compareMasks(ct, { "zero-shot": a, "fine-tuned": b, truth });
 * w                       // the last value of a cell is shown
 * // next cell
 * console.table(w.scores) // over the whole volume
 * w.slice = 57;
 */
export class MaskCompare {
  readonly #session: CompareSession;
  readonly #link: WidgetModel<MaskCompareState>;
  readonly #still: LivePicture;
  readonly #listeners = new Set<(compare: MaskCompare) => void>();
  #handled: MaskCompareState["handled"] = {};
  #sent: MaskCompareState;

  /** Use `compareMasks`, which finds the kernel's comms by itself. */
  constructor(source: SliceSource, start: CompareStart, host: CommHost) {
    this.#session = new CompareSession(source, start, () => this.#changed());
    this.#sent = this.#session.state(this.#handled);
    this.#link = new WidgetModel<MaskCompareState>(host, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName: maskCompareModel,
      viewName: maskCompareView,
      state: this.#sent,
    });
    this.#still = new LivePicture(this.#link, async () => {
      return { "text/plain": this.toString(), "image/png": await this.picture() };
    });
    this.#link.onCustom((content) => this.#receive(content));
    this.#link.onClose(() => this.#session.close());
    this.#session.begin();
  }

  /** The slice that is shown, counted from 0; the widget's own label counts from 1. */
  get slice(): number {
    return this.#session.place.index;
  }

  /** Shows another slice. Throws `argument-invalid` for one that is not there. */
  set slice(index: number) {
    this.goTo(index);
  }

  /** The plane of the slices; null for a picture. */
  get plane(): Plane | null {
    return this.#session.place.plane;
  }

  /** Shows a slice. With a predictor the plane stays the one it was made for. */
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

  /** True while the masks are drawn by where they agree with the truth. */
  get agreement(): boolean {
    return this.#session.display.paint === "agreement";
  }

  set agreement(on: boolean) {
    this.#session.setDisplay({ ...this.#session.display, paint: on ? "agreement" : "masks" });
  }

  /**
   * Scores against the truth over the whole volume, in the order the masks were given; for a predictor or mask of some slices over these (then without
   * HD95, unless they hold all of the truth without a gap). Left out: a predictor some of whose slices are not predicted yet (see {@link predictAll}).
   * Empty without a truth. Computed when it is asked for, if it was not before.
   */
  get scores(): readonly NamedScores[] {
    return this.#scores((track) => this.#session.scorer?.total(track) ?? null);
  }

  /** As {@link scores}, on the slice that is shown. */
  get sliceScores(): readonly NamedScores[] {
    return this.#scores((track) => this.#session.scorer?.slice(track, this.#session.place) ?? null);
  }

  /** Dice of each slice along the plane that is shown; NaN where both masks are empty or a prediction is not there. */
  dicePerSlice(name: string): Float32Array {
    const track = this.#track(name);
    const { scorer, place } = this.#session;
    if (!scorer || track === scorer.truth) {
      throw new SamlabError("argument-invalid", `There is nothing to score ${show(name)} against.`, { field: "name" });
    }
    return Float32Array.from(scorer.strip(track, place.plane));
  }

  /** A mask on the slice that is shown (pixels of the slice as shown); null while it is not predicted. */
  mask(name: string): Mask2d | null {
    return this.#track(name).mask(this.#session.place);
  }

  /** Predicts every slice that has a prompt, and resolves when the masks are there or the work was stopped. */
  async predictAll(): Promise<void> {
    this.#session.work.all();
    this.#changed();
    await this.ready;
  }

  /** Stops the predictors. */
  cancel(): void {
    this.#session.work.cancel();
    this.#changed();
  }

  /** Resolves when no prediction and no score is awaited; rejects with the error if the shown slice's prediction failed. */
  get ready(): Promise<void> {
    return this.#session.idle();
  }

  /**
   * The window the slices are shown with.
   * @throws {SamlabError} `argument-invalid`
   */
  setWindow(window: GivenWindow): void {
    this.#session.setWindow(checkedWindow(window));
  }

  /** Calls back after every change of slice, masks, scores or window. Returns the function that stops it. */
  on(_event: "change", listener: (compare: MaskCompare) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Removes the widget from the page and stops its work. Models stay. Idempotent. */
  close(): void {
    this.#session.close();
    this.#still.end();
    this.#link.close();
    this.#listeners.clear();
  }

  /** The masks side by side on the slice that is shown, with scores and strip, as a still picture: the bytes of a PNG. */
  picture(): Promise<Uint8Array> {
    return comparePicture(this.#session);
  }

  /** The widget, and a still picture for places that cannot run it. */
  [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    return this.#still.shown();
  }

  get [DISPLAY_ID](): string {
    return this.#still.id;
  }

  /** What is compared, and the table of scores as far as they are computed. */
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

  #receive(content: JsonObject): void {
    const parsed = parseCompareIntent(content, this.#session.source.subject);
    if (!parsed.ok) {
      this.#link.sendCustom({ kind: "note", text: `The kernel ignored ${parsed.problem}.` });
      return;
    }
    const { view, seq, ...intent } = parsed.intent;
    this.#handled = rememberHandled(this.#handled, view, seq);
    this.#session.handle(intent);
  }

  /** Sends what has changed since the last time, in one message. */
  #changed(): void {
    const next = this.#session.state(this.#handled);
    const patch = changedKeys(this.#sent, next);
    if (Object.keys(patch).length === 0) return;
    this.#sent = next;
    if (!this.#link.closed) this.#link.set(patch);
    this.#still.changed();
    // Later, so that an error in a listener is the listener's and does not stop the work.
    for (const listener of this.#listeners) void Promise.resolve(this).then(listener);
  }
}
