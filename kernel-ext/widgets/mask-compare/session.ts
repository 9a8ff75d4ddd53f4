import { detached } from "../../../src/core/ambient.js";
import { messageOf, SamlabError } from "../../../src/core/errors.js";
import type { Sam } from "../../../src/predict/sam.js";
import type {
  CompareDisplay,
  MaskCompareState,
  MaskOnSlice,
  MaskTotal,
  StripLine,
} from "../../../src/protocol/mask-compare.js";
import { maskCompareProtocol } from "../../../src/protocol/mask-compare.js";
import type { CompareIntent } from "../../../src/protocol/mask-compare-intents.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import { frameOf, type Place, type SliceSamples, samePlace } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { PredictionWork } from "./prediction-work.js";
import { type Scorer, scoreState } from "./scorer.js";
import { MaskTrack, PredictedTrack, type Track } from "./track.js";

type IntentHandlers = { readonly [K in CompareIntent["kind"]]: (intent: Extract<CompareIntent, { kind: K }>) => void };

export interface CompareStart {
  readonly place: Place;
  readonly display: CompareDisplay;
  /** In display order; the truth is last. */
  readonly tracks: readonly Track[];
  /** Null without a truth. */
  readonly scorer: Scorer | null;
}

/** Masks compared on one image: what is shown, predictions and scores. Independent of comms and views. */
export class CompareSession {
  readonly source: SliceSource;
  readonly tracks: readonly Track[];
  readonly scorer: Scorer | null;
  readonly work: PredictionWork;
  readonly #onChange: () => void;
  #place: Place;
  #slice: SliceSamples;
  #display: CompareDisplay;
  #window: MaskCompareState["window"];
  #refusal: string | null = null;
  #closed = false;
  /** Scoring that runs in the background. */
  #scoring: Promise<void> = Promise.resolve();

  readonly #handlers: IntentHandlers = {
    goto: ({ place }) => this.goTo(place),
    window: ({ low, high, name }) => this.setWindow({ low, high, name }),
    display: ({ layout, paint }) => this.setDisplay({ layout, paint }),
    "predict-all": () => this.work.all(),
    cancel: () => this.work.cancel(),
    retry: () => this.work.retry(),
  };

  constructor(source: SliceSource, start: CompareStart, onChange: () => void) {
    this.source = source;
    this.tracks = start.tracks;
    this.scorer = start.scorer;
    this.#onChange = onChange;
    this.#place = start.place;
    this.#slice = { ...start.place, data: source.samples(start.place) };
    this.#display = start.display;
    const [own] = source.presets;
    this.#window = own ? { shown: own, presets: source.presets } : null;
    const predicted = this.tracks.filter((track) => track instanceof PredictedTrack);
    this.work = new PredictionWork(predicted, source, start.place, {
      changed: () => this.#onChange(),
      predicted: (track, index) => this.#predicted(track, index),
    });
  }

  /** Starts predictors and scoring; the first state has been sent by then. */
  begin(): void {
    this.work.show(this.#place.index);
    this.#score();
  }

  get place(): Place {
    return this.#place;
  }

  get display(): CompareDisplay {
    return this.#display;
  }

  get window(): MaskCompareState["window"] {
    return this.#window;
  }

  /** Handles a user action. Errors become the `problem` and are never thrown. */
  handle(intent: CompareIntent): void {
    this.#refusal = null;
    try {
      (this.#handlers[intent.kind] as (intent: CompareIntent) => void)(intent);
    } catch (error) {
      this.#refusal = messageOf(error);
    }
    this.#onChange();
  }

  goTo(place: Place): void {
    this.#open();
    if (samePlace(place, this.#place)) return;
    this.#place = place;
    this.#slice = { ...place, data: this.source.samples(place) };
    this.work.show(place.index);
    this.#score();
    this.#onChange();
  }

  setWindow(shown: WindowRange): void {
    if (!this.#window) throw new SamlabError("argument-invalid", "A picture in color has no window.");
    this.#window = { shown, presets: this.#window.presets };
    this.#onChange();
  }

  /** @throws {SamlabError} `argument-invalid` for agreement without a truth */
  setDisplay(display: CompareDisplay): void {
    if (display.paint === "agreement" && !this.scorer) {
      throw new SamlabError("argument-invalid", "Agreement can only be shown with a truth.", {
        field: "agreement",
        remedy: "Give the truth under the name truth.",
      });
    }
    this.#display = display;
    this.#onChange();
  }

  /** Resolves when no prediction or score is pending; rejects if the prediction of the current slice failed. */
  async idle(): Promise<void> {
    await this.work.idle();
    await this.#scoring;
    const failure = this.work.failure(this.#place.index);
    if (failure) throw failure.error;
  }

  close(): void {
    this.#closed = true;
    this.work.close();
  }

  /** The models in use, without duplicates. */
  get models(): readonly Sam[] {
    return [...new Set(this.tracks.flatMap((track) => (track instanceof PredictedTrack ? [track.predictor.sam] : [])))];
  }

  state(): Omit<MaskCompareState, "handled"> {
    return {
      protocol: maskCompareProtocol,
      subject: this.source.subject,
      place: this.#place,
      slice: this.#slice,
      window: this.#window,
      masks: this.tracks.map(({ info }) => info),
      onSlice: this.tracks.map((track) => this.#onSlice(track)),
      totals: this.#compared.map((track) => this.#total(track)),
      strip: this.#strip(),
      display: this.#display,
      work: this.work.state,
      problem: this.#problem(),
      definition: this.scorer?.definition ?? "",
      hasLabelsAsOne: this.hasLabelsAsOne,
    };
  }

  /** True if all labels of a mask that has several are compared as one. */
  get hasLabelsAsOne(): boolean {
    return this.tracks.some((track) => track instanceof MaskTrack && track.isOfSeveralLabels);
  }

  /** All masks except the truth. */
  get #compared(): readonly Track[] {
    return this.tracks.filter((track) => track !== this.scorer?.truth);
  }

  #onSlice(track: Track): MaskOnSlice {
    const slice = track.slice(this.#place);
    const scored = slice && track !== this.scorer?.truth;
    return {
      mask: track.info.id,
      bits: slice?.bits ?? null,
      absent: slice ? null : this.#absence(track),
      scores: scored ? scoreState(this.scorer?.slice(track, this.#place) ?? null) : null,
    };
  }

  #absence(track: Track): MaskOnSlice["absent"] {
    return track instanceof PredictedTrack ? this.work.absence(track, this.#place.index) : "not-given";
  }

  #total(track: Track): MaskTotal {
    const known = this.scorer?.hasTotal(track) ?? false;
    const { count } = frameOf(this.source.subject, this.#place.plane);
    const predicted = track instanceof PredictedTrack && count > 1 && track.done > 0;
    return {
      mask: track.info.id,
      scores: known ? scoreState(this.scorer?.total(track) ?? null) : null,
      predicted: predicted ? { done: track.done, of: track.asked.length } : null,
      slices: known ? (track.slices?.size ?? null) : null,
    };
  }

  #strip(): StripLine[] {
    const { scorer } = this;
    const { plane } = this.#place;
    if (!scorer || frameOf(this.source.subject, plane).count === 1) return [];
    const ready = this.#compared.filter((track) => scorer.hasStrip(track, plane));
    return ready.map((track) => ({ mask: track.info.id, dice: scorer.strip(track, plane) }));
  }

  #problem(): MaskCompareState["problem"] {
    if (this.#refusal !== null) return { message: this.#refusal, retry: false };
    const failure = this.work.failure(this.#place.index);
    return failure && { message: `${failure.track.info.name}: ${messageOf(failure.error)}`, retry: true };
  }

  #predicted(track: PredictedTrack, index: number): void {
    this.scorer?.update(track, { plane: this.#place.plane, index });
    this.#score();
  }

  /** Computes missing scores one mask at a time, so clicks are handled in between. */
  #score(): void {
    this.#scoring = detached(() => this.#scored());
  }

  #scored(): Promise<void> {
    return this.#scoring.then(async () => {
      for (const chore of this.#chores()) {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#closed) return;
        chore();
        this.#onChange();
      }
      // A score that something else asked for meanwhile, such as the still picture, is news to the view too.
      this.#onChange();
    });
  }

  #chores(): (() => void)[] {
    const { scorer } = this;
    if (!scorer) return [];
    const { plane } = this.#place;
    const strips = this.#compared.filter((track) => !scorer.hasStrip(track, plane));
    const totals = this.#compared.filter((track) => track.whole && !scorer.hasTotal(track));
    return [
      ...strips.map((track) => () => void scorer.strip(track, plane)),
      ...totals.map((track) => () => void scorer.total(track)),
    ];
  }

  #open(): void {
    if (this.#closed) {
      throw new SamlabError("disposed", "This widget is closed.", { remedy: "Call compareMasks(image, masks) again." });
    }
  }
}
