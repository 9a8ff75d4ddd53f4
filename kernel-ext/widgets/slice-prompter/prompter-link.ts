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
import { perform } from "./intent-handlers.js";
import type { PromptSession } from "./session.js";
import { snapshot } from "./snapshot.js";
import { viewState } from "./view-state.js";

/**
 * Delay, in ms, for state that is not urgent; longer than a decoder run. Sending it at once would load the server and
 * page just when the decoder needs the cores, so it is sent with the mask. The page shows its own prompts meanwhile.
 */
const sendDelay = 100;
const deferrable: ReadonlySet<string> = new Set<keyof SlicePrompterState>([
  "prompts",
  "marks",
  "history",
  "handled",
  "answer",
  "mask",
  "scores",
  "overview",
  "surface",
  "work",
]);

/** Keeps a session's views up to date, handles their intents, and renders the still picture. */
export class PrompterLink {
  readonly #session: PromptSession;
  readonly #model: WidgetModel<SlicePrompterState>;
  readonly #still: LivePicture;
  readonly #listeners = new Set<() => void>();
  #slice: SliceSamples;
  #handled: { readonly [view: string]: number } = {};
  /** The current state. */
  #now: SlicePrompterState;
  /** The state last sent to the views. */
  #sent: SlicePrompterState;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `text` is the plain-text fallback next to the picture. */
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

  /** Display id of the output that shows the widget. */
  get displayId(): string {
    return this.#still.id;
  }

  /** The bundle that displays the widget. */
  shown(): Promise<MimeBundle> {
    this.#session.watch();
    return this.#still.shown();
  }

  /** The current view as PNG bytes. */
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

  /** Calls `listener` after every change. Returns a function that unsubscribes. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Closes the views and the session. Idempotent. */
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
    const {
      sam,
      source,
      book,
      place,
      window,
      overviewParts: parts,
      scores,
      work,
      problem,
      restored,
      history,
    } = this.#session;
    const { name, provider, prompts, preprocessing } = sam;
    return viewState({
      source,
      model: { name, provider, prompts, ...(preprocessing ? { preprocessing } : {}) },
      book,
      place,
      slice: this.#slice,
      window,
      parts,
      scores,
      work,
      problem,
      restored,
      history,
      handled: this.#handled,
    });
  }

  /** Computes the state again and schedules sending the changes. */
  #changed(): void {
    const { place, source } = this.#session;
    if (!samePlace(place, this.#slice)) this.#slice = { ...place, data: source.samples(place) };
    const next = this.#state();
    const changed = Object.keys(changedKeys(this.#now, next));
    if (changed.length === 0) return;
    this.#now = next;
    const isEncoding = [this.#sent, next].some(({ work }) => work.phase === "encoding");
    const isAwaited = next.masks.some(({ stale }) => stale);
    const waits = (key: string) => deferrable.has(key) || (isAwaited && (key === "masks" || key === "objects"));
    const canWait = !isEncoding && changed.every(waits);
    if (canWait) this.#timer ??= setTimeout(() => this.#send(), sendDelay);
    else this.#send();
    this.#still.changed();
    // Deferred, so an error in a listener does not stop the model's work.
    for (const listener of this.#listeners) void Promise.resolve().then(listener);
  }

  /** Sends all unsent changes in one message. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const patch = changedKeys(this.#sent, this.#now);
    this.#sent = this.#now;
    if (Object.keys(patch).length > 0 && !this.#model.closed) this.#model.set(patch);
  }
}
