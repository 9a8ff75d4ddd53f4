import type { DOMWidgetView } from "@jupyter-widgets/base";
import type { FileMessage, NoteMessage, PictureMessage } from "../../../src/protocol/intent-checks.js";
import { KernelWatch } from "./kernel-watch.js";
import type { Lifecycle } from "./lifecycle.js";
import { renewPicture } from "./output.js";
import type { WidgetPort } from "./port.js";
import type { WidgetContainer } from "./widget-container.js";

/** A port to the kernel through a view's model and comm, for the lifetime of the view. */
export function commPort<State, Message extends object>(
  view: DOMWidgetView,
  lifecycle: Lifecycle,
): WidgetPort<State, Message> & WidgetContainer {
  const { model } = view;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const kernel = new KernelWatch(model.widget_manager, tell, lifecycle.signal);
  view.listenTo(model, "change comm_live_update comm:close", tell);
  view.listenTo(model, "msg:custom", ({ kind, data, isWhole }: Partial<PictureMessage>) => {
    if (kind === "picture" && data) renewPicture(view.el, data, isWhole);
  });
  return {
    get state() {
      return model.attributes as State;
    },
    get live() {
      return model.comm_live && model.comm !== undefined && kernel.connected;
    },
    send: (message) => view.send(message),
    onChange: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener));
    },
    onNote: (listener, signal) => {
      const hear = (content: Partial<NoteMessage>) => {
        if (content.kind === "note" && typeof content.text === "string") listener(content.text);
      };
      view.listenTo(model, "msg:custom", hear);
      signal.addEventListener("abort", () => view.stopListening(model, "msg:custom", hear));
    },
    onFile: (listener, signal) => {
      const hear = (content: Partial<FileMessage>, [bytes]: readonly ArrayBufferView[]) => {
        if (content.kind === "file" && bytes) listener(content as FileMessage, bytes);
      };
      view.listenTo(model, "msg:custom", hear);
      signal.addEventListener("abort", () => view.stopListening(model, "msg:custom", hear));
    },
    showWidget: async (id, place, signal) => {
      const child = await view.create_child_view(await model.widget_manager.get_model(id));
      if (signal.aborted) {
        child.remove();
        return;
      }
      place.append(child.el);
      signal.addEventListener("abort", () => child.remove());
    },
  };
}
