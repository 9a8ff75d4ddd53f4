import type { FileMessage } from "../../../src/protocol/intent-checks.js";
import { mountDiceChart } from "../../../widgets/src/dice-chart/mount.js";
import { mountMaskCompare } from "../../../widgets/src/mask-compare/mount.js";
import { mountProgress } from "../../../widgets/src/progress/mount.js";
import type { WidgetPort } from "../../../widgets/src/shared/port.js";
import type { WidgetContainer } from "../../../widgets/src/shared/widget-container.js";
import { mountSlicePrompter } from "../../../widgets/src/slice-prompter/mount.js";
import { mountTraining } from "../../../widgets/src/training/mount.js";

// Runs in the page: see view-page.ts, which bundles it.

declare global {
  interface Window {
    /** Gives a view's message to the kernel side. */
    toKernel(model: string, content: unknown): Promise<void>;
    readonly views: typeof views;
  }
}

interface StateMessage {
  readonly state: Record<string, unknown>;
  readonly buffer_paths: readonly (readonly (string | number)[])[];
}

interface CustomContent {
  readonly kind?: string;
  readonly text?: string;
}

class Model {
  readonly id: string;
  readonly state: Record<string, unknown>;
  live = true;
  readonly #changed = new Set<() => void>();
  readonly #custom = new Set<(content: CustomContent, buffers: readonly DataView[]) => void>();

  constructor(id: string, state: Record<string, unknown>) {
    this.id = id;
    this.state = state;
  }

  /** Like Jupyter's models: in place, and the view is told once. */
  set(patch: Record<string, unknown>): void {
    Object.assign(this.state, patch);
    this.tell();
  }

  tell(): void {
    for (const listener of this.#changed) listener();
  }

  hear(content: CustomContent, buffers: readonly DataView[]): void {
    for (const listener of this.#custom) listener(content, buffers);
  }

  /** The view's mount function gives the types. */
  port<State, Message>(): WidgetPort<State, Message> & WidgetContainer {
    const model = this;
    const listen = <T>(all: Set<T>, listener: T, signal: AbortSignal) => {
      all.add(listener);
      signal.addEventListener("abort", () => all.delete(listener));
    };
    return {
      state: this.state as State,
      get live() {
        return model.live;
      },
      send: (message) => void window.toKernel(model.id, message),
      onChange: (listener, signal) => listen(model.#changed, listener, signal),
      onNote: (listener, signal) => {
        listen(model.#custom, ({ kind, text }) => kind === "note" && text !== undefined && listener(text), signal);
      },
      onFile: (listener, signal) => {
        const hear = (content: CustomContent, [bytes]: readonly DataView[]) => {
          if (content.kind === "file" && bytes) listener(content as FileMessage, bytes);
        };
        listen(model.#custom, hear, signal);
      },
      showWidget: async (id, place, signal) => {
        const unmount = mount(modelOf(id), place);
        signal.addEventListener("abort", unmount);
      },
    };
  }
}

type Mount = (model: Model, host: HTMLElement) => () => void;

const mounts: { readonly [viewName: string]: Mount } = {
  SlicePrompterView: (model, host) => mountSlicePrompter(host, model.port()),
  MaskCompareView: (model, host) => mountMaskCompare(host, model.port()),
  DiceChartView: (model, host) => mountDiceChart(host, model.port()),
  TrainingView: (model, host) => mountTraining(host, model.port(), Promise.resolve()),
  ProgressView: (model, host) => mountProgress(host, model.port(), () => void window.toKernel(model.id, "interrupt")),
};

const models = new Map<string, Model>();

function modelOf(id: string): Model {
  const model = models.get(id);
  if (!model) throw new Error(`There is no model ${id}.`);
  return model;
}

function mount(model: Model, host: HTMLElement): () => void {
  return mounts[model.state._view_name as string](model, host);
}

/** A message's state with its buffers in their places, as `DataView`s. */
function joined({ state, buffer_paths }: StateMessage, buffers: readonly DataView[]): Record<string, unknown> {
  for (const [n, path] of buffer_paths.entries()) {
    let place = state as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
    place[path.at(-1)!] = buffers[n];
  }
  return state;
}

function dataView(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

/** What the test calls. */
const views = {
  /** The kernel opens a comm. */
  open(id: string, message: StateMessage, buffers: readonly string[]): void {
    models.set(id, new Model(id, joined(message, buffers.map(dataView))));
  },
  /** The kernel sends a message. */
  hear(id: string, message: StateMessage & { method: string; content?: CustomContent }, buffers: readonly string[]) {
    const bytes = buffers.map(dataView);
    if (message.method === "custom") modelOf(id).hear(message.content ?? {}, bytes);
    else modelOf(id).set(joined(message, bytes));
  },
  /** What the first view knows. */
  state: () => [...models.values()][0]?.state,
  /** The comms of these models close, or of all. */
  close(ids: readonly string[] = [...models.keys()]): void {
    for (const id of ids) {
      modelOf(id).live = false;
      modelOf(id).tell();
    }
  },
  /** Adds a view of a model to the page. */
  show(id: string): void {
    const host = document.createElement("div");
    document.body.append(host);
    mount(modelOf(id), host);
  },
};

Object.assign(window, { views });
