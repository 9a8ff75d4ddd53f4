import type { FileMessage, NoteMessage } from "../../../src/protocol/intent-checks.js";
import type { ModelProxy } from "../own-widget/module.js";
import { Lifecycle } from "../shared/lifecycle.js";
import type { WidgetPort } from "../shared/port.js";
import type { WidgetContainer } from "../shared/widget-container.js";

/** The part of an anywidget model that is used here. Bytes in its values are `DataView`s or typed arrays. */
export type AfmModel = Pick<ModelProxy, "get" | "on" | "off" | "send">;

/** A front-end module as anywidget, marimo and others load it. */
export interface AfmModule {
  /**
   * Shows the widget inside an element, and keeps it in step with the model.
   * @returns what takes it away again
   */
  render(context: { readonly model: AfmModel; readonly el: HTMLElement }): Promise<() => void>;
}

/** The names of a state's values: the compiler checks that none is missing. */
type Keys<State> = { readonly [key in keyof State]-?: true };

/** Builds a widget inside an element. Returns what takes it away again. */
type Mount<State, Message> = (host: HTMLElement, port: WidgetPort<State, Message> & WidgetContainer) => () => void;

/**
 * The module of one widget.
 * @param style texts of style sheets, from the most general one to the widget's own. They are put into the element, so
 * that they also apply in a shadow root.
 */
export function afmModule<State extends object, Message extends object>(
  keys: Keys<State>,
  style: readonly string[],
  mount: Mount<State, Message>,
): AfmModule {
  return {
    render: async ({ model, el }) => {
      const lifecycle = new Lifecycle();
      const sheet = document.createElement("style");
      sheet.textContent = style.join("\n");
      const host = document.createElement("div");
      el.append(sheet, host);
      const unmount = mount(host, afmPort<State, Message>(model, Object.keys(keys), lifecycle.signal));
      return () => {
        lifecycle.end();
        unmount();
        sheet.remove();
        host.remove();
      };
    },
  };
}

/**
 * The connection to the kernel through an anywidget model. Such a model does not report whether its kernel is alive, so
 * it always counts as live.
 */
function afmPort<State, Message>(
  model: AfmModel,
  keys: readonly string[],
  signal: AbortSignal,
): WidgetPort<State, Message> & WidgetContainer {
  const listen = (event: string, handler: Parameters<AfmModel["on"]>[1], until: AbortSignal) => {
    model.on(event, handler);
    for (const end of [until, signal]) end.addEventListener("abort", () => model.off(event, handler));
  };
  return {
    get state() {
      return Object.fromEntries(keys.map((key) => [key, model.get(key)])) as State;
    },
    live: true,
    send: (message) => model.send(message),
    onChange: (listener, until) => {
      // One message may change several values.
      let isDue = false;
      const changed = () => {
        if (isDue) return;
        isDue = true;
        queueMicrotask(() => {
          isDue = false;
          if (!until.aborted && !signal.aborted) listener();
        });
      };
      for (const key of keys) listen(`change:${key}`, changed, until);
    },
    onNote: (listener, until) => {
      const hear = (content: Partial<NoteMessage>) => {
        if (content.kind === "note" && typeof content.text === "string") listener(content.text);
      };
      listen("msg:custom", hear, until);
    },
    onFile: (listener, until) => {
      const hear = (content: Partial<FileMessage>, buffers: readonly ArrayBufferView[] = []) => {
        if (content.kind === "file" && buffers[0]) listener(content as FileMessage, buffers[0]);
      };
      listen("msg:custom", hear, until);
    },
    showWidget: () => Promise.reject(new Error("widgets inside widgets are shown in Jupyter only.")),
  };
}
