import type { Mask2d } from "../../../src/core/mask.js";
import { pixelsOfRuns } from "../../../src/core/mask-runs.js";
import { LoadedSam } from "../../../src/predict/loaded-sam.js";
import type { ObjectRuns } from "../../../src/protocol/overview.js";
import {
  type SlicePrompterState,
  slicePrompterModel,
  slicePrompterView,
} from "../../../src/protocol/slice-prompter.js";
import { type Intent, parseIntent } from "../../../src/protocol/slice-prompter-intents.js";
import { frameOf, type SliceSamples, samePlace } from "../../../src/protocol/slices.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { parseColor } from "../shared/raster.js";
import { panelPicture, sliceCaption } from "../shared/slice-panels.js";
import { WidgetHost } from "../shared/widget-host.js";
import { perform } from "./intent-handlers.js";
import type { PromptSession } from "./session.js";
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
  "speculative",
  "mask",
  "scores",
  "overview",
  "surface",
  "work",
]);

/** Opacity of masks from slices of other planes in the still picture. */
const crossingFill = 0.12;

/** Longer side of the slice in the still picture, in pixels. */
const pictureSize = 480;

/** Connects a session with its views, and renders the still picture. */
export class PrompterLink {
  readonly #session: PromptSession;
  readonly #host: WidgetHost<SlicePrompterState, Intent>;
  #slice: SliceSamples;

  /** `text` is the plain-text fallback next to the picture. */
  constructor(session: PromptSession, comms: CommHost, text: () => string) {
    this.#session = session;
    const { place, source } = session;
    this.#slice = { ...place, data: source.samples(place) };
    this.#host = new WidgetHost(comms, {
      modelName: slicePrompterModel,
      viewName: slicePrompterView,
      state: () => this.#state(),
      parse: (content) => parseIntent(content, source.subject),
      handle: (intent) => perform(session, intent),
      still: async () => ({ "text/plain": text(), "image/png": await this.picture() }),
      transient: new Set(["speculative"]),
      delay: delayOf,
      released: () => session.release(),
      closed: () => session.close(),
    });
    session.onChange = () => this.#host.changed();
  }

  /** Display id of the output that shows the widget. */
  get displayId(): string {
    return this.#host.displayId;
  }

  /** The bundle that displays the widget. */
  shown(): Promise<MimeBundle> {
    this.#session.watch();
    return this.#host.shown();
  }

  /** The current view as PNG bytes. */
  async picture(): Promise<Uint8Array> {
    const { source, book, place, window, slot } = this.#session;
    const frame = frameOf(source.subject, place.plane);
    const unpacked = (runs: Uint8Array): Mask2d => {
      const { width, height } = frame;
      return { width, height, data: pixelsOfRuns(runs, width * height) };
    };
    const painted = ({ object, runs }: ObjectRuns) => ({
      mask: unpacked(runs as Uint8Array),
      color: parseColor(book.objects.find(({ id }) => id === object)!.color),
    });
    const { masks, crossing } = this.#host.now;
    const { format } = source.subject;
    const picture = await panelPicture(
      {
        slice: { frame, format, samples: source.samples(place), window: window?.shown ?? null },
        masks: [
          ...crossing.map((mask) => ({ ...painted(mask), opacity: crossingFill })),
          ...masks.map((mask) => painted(mask)),
        ],
        prompts: slot?.prompts ?? [],
        caption: sliceCaption(frame, place.index),
      },
      pictureSize,
    );
    return picture.png;
  }

  /** Calls `listener` after every change. Returns a function that unsubscribes. */
  listen(listener: () => void): () => void {
    return this.#host.listen(listener);
  }

  /** Closes the views and the session. Idempotent. */
  close(): void {
    this.#host.close();
  }

  #state(): Omit<SlicePrompterState, "handled"> {
    const {
      sam,
      source,
      book,
      place,
      onSlice,
      crossed,
      window,
      overviewParts: parts,
      speculative,
      scores,
      work,
      problem,
      restored,
      history,
    } = this.#session;
    const { name, provider, prompts, preprocessing, quality } = sam;
    if (!samePlace(place, this.#slice)) this.#slice = { ...place, data: source.samples(place) };
    return viewState({
      source,
      model: {
        name,
        provider,
        prompts,
        ...(preprocessing ? { preprocessing } : {}),
        ...(quality === "stability" ? { quality } : {}),
        ...(sam instanceof LoadedSam && sam.architecture.answer ? { answer: sam.architecture.answer } : {}),
      },
      book,
      place,
      onSlice,
      crossed,
      slice: this.#slice,
      window,
      parts,
      speculative,
      scores,
      work,
      problem,
      restored,
      history,
    });
  }
}

function delayOf(changed: Partial<SlicePrompterState>, sent: SlicePrompterState, now: SlicePrompterState): number {
  if (changed.speculative) return 0;
  const isEncoding = [sent, now].some(({ work }) => work.phase === "encoding");
  const isAwaited = now.masks.some(({ stale }) => stale);
  const waits = (key: string) => deferrable.has(key) || (isAwaited && (key === "masks" || key === "objects"));
  return !isEncoding && Object.keys(changed).every(waits) ? sendDelay : 0;
}
