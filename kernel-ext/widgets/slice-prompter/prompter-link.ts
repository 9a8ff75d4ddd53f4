import type { Mask2d } from "../../../src/core/mask.js";
import { pixelsOfRuns } from "../../../src/core/mask-runs.js";
import { encodePng } from "../../../src/io/formats/raster.js";
import {
  type SlicePrompterState,
  slicePrompterModel,
  slicePrompterView,
} from "../../../src/protocol/slice-prompter.js";
import { parseIntent } from "../../../src/protocol/slice-prompter-intents.js";
import { frameOf, type SliceSamples, samePlace } from "../../../src/protocol/slices.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import type { CommHost, JsonObject } from "../../comm/comm.js";
import { WidgetModel } from "../../comm/widget-model.js";
import type { MimeBundle } from "../../context.js";
import { changedKeys } from "../shared/diff-state.js";
import { rememberHandled } from "../shared/handled.js";
import { LivePicture } from "../shared/live-picture.js";
import { perform } from "./deeds.js";
import type { PromptSession } from "./session.js";
import { snapshot } from "./snapshot.js";
import { viewState } from "./view-state.js";

/**
 * What may reach the views a moment later, ms: longer than a decoder takes. On its way it would keep server and page busy just when the decoder needs
 * the cores; so it goes with the mask. A page shows its own prompts without it.
 */
const patience = 100;
const patient: ReadonlySet<string> = new Set<keyof SlicePrompterState>([
  "prompts",
  "marks",
  "history",
  "handled",
  "answer",
  "mask",
  "work",
]);

/** Keeps a session's views up to date and does what they ask for; also what is seen where no view can live. */
export class PrompterLink {
  readonly #session: PromptSession;
  readonly #model: WidgetModel<SlicePrompterState>;
  readonly #still: LivePicture;
  readonly #listeners = new Set<() => void>();
  #slice: SliceSamples;
  #handled: { readonly [view: string]: number } = {};
  /** What the views are to show. */
  #now: SlicePrompterState;
  /** What they have been told. */
  #sent: SlicePrompterState;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `text` stands beside the picture. */
  constructor(session: PromptSession, host: CommHost, text: () => string) {
    this.#session = session;
    const { place, source } = session;
    this.#slice = { ...place, data: source.samples(place) };
    this.#now = this.#state();
    this.#sent = this.#now;
    this.#model = new WidgetModel<SlicePrompterState>(host, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName: slicePrompterModel,
      viewName: slicePrompterView,
      state: this.#sent,
    });
    this.#still = new LivePicture(this.#model, async () => {
      return { "text/plain": text(), "image/png": await this.picture() };
    });
    session.onChange = () => this.#changed();
    this.#model.onCustom((content) => this.#receive(content));
    this.#model.onClose(() => session.close());
  }

  /** Of the output that shows the widget. */
  get displayId(): string {
    return this.#still.id;
  }

  /** What shows the widget. */
  shown(): Promise<MimeBundle> {
    this.#session.watch();
    return this.#still.shown();
  }

  /** What the views show now, as the bytes of a PNG. */
  picture(): Promise<Uint8Array> {
    const { source, book, place, window, slot } = this.#session;
    const frame = frameOf(source.subject, place.plane);
    const unpacked = (runs: Uint8Array): Mask2d => {
      const { width, height } = frame;
      return { width, height, data: pixelsOfRuns(runs, width * height) };
    };
    const raster = snapshot({
      frame,
      format: source.subject.format,
      samples: source.samples(place),
      window: window?.shown ?? null,
      masks: this.#now.masks.map((mask) => ({
        mask: unpacked(mask.runs as Uint8Array),
        color: book.objects.find(({ id }) => id === mask.object)!.color,
      })),
      prompts: slot?.prompts ?? [],
    });
    return encodePng(raster.width, raster.height, raster.data);
  }

  /** Calls back after every change. Returns the function that stops it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Removes the views, and ends the session. Idempotent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#session.close();
    this.#still.end();
    this.#model.close();
    this.#listeners.clear();
  }

  #receive(content: JsonObject): void {
    const parsed = parseIntent(content, this.#session.source.subject);
    if (!parsed.ok) {
      this.#model.sendCustom({ kind: "note", text: `The kernel ignored ${parsed.problem}.` });
      return;
    }
    const { view, seq, ...intent } = parsed.intent;
    this.#handled = rememberHandled(this.#handled, view, seq);
    perform(this.#session, intent);
  }

  #state(): SlicePrompterState {
    const { sam, source, book, place, window, work, problem, restored, history } = this.#session;
    const { name, provider, prompts, preprocessing } = sam;
    return viewState({
      source,
      model: { name, provider, prompts, ...(preprocessing ? { preprocessing } : {}) },
      book,
      place,
      slice: this.#slice,
      window,
      work,
      problem,
      restored,
      history,
      handled: this.#handled,
    });
  }

  /** Takes in what has changed since the last time. */
  #changed(): void {
    const { place, source } = this.#session;
    if (!samePlace(place, this.#slice)) this.#slice = { ...place, data: source.samples(place) };
    const next = this.#state();
    const changed = Object.keys(changedKeys(this.#now, next));
    if (changed.length === 0) return;
    this.#now = next;
    const isEncoding = [this.#sent, next].some(({ work }) => work.phase === "encoding");
    const isAwaited = next.masks.some(({ stale }) => stale);
    const waits = (key: string) => patient.has(key) || (isAwaited && (key === "masks" || key === "objects"));
    const canWait = !isEncoding && changed.every(waits);
    if (canWait) this.#timer ??= setTimeout(() => this.#send(), patience);
    else this.#send();
    this.#still.changed();
    // Later, so that an error in a listener is the listener's and does not stop the model's work.
    for (const listener of this.#listeners) void Promise.resolve().then(listener);
  }

  /** Sends what the views have not been told yet, in one message. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const patch = changedKeys(this.#sent, this.#now);
    this.#sent = this.#now;
    if (Object.keys(patch).length > 0 && !this.#model.closed) this.#model.set(patch);
  }
}
