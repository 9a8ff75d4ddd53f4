import type { DOMWidgetView } from "@jupyter-widgets/base";
import type {
  Addressed,
  FileMessage,
  NoteMessage,
  PictureMessage,
  SeenMessage,
} from "../../../src/protocol/intent-checks.js";
import { KernelWatch } from "./kernel-watch.js";
import type { Lifecycle } from "./lifecycle.js";
import { Outbox } from "./outbox.js";
import { renewPicture } from "./output.js";
import type { WidgetPort } from "./port.js";
import type { WidgetContainer } from "./widget-container.js";

/** A port to the kernel through a view's model and comm, for the lifetime of the view. */
export function commPort<State extends object, Message extends Addressed<object>>(
  view: DOMWidgetView,
  lifecycle: Lifecycle,
): WidgetPort<State, Message> & WidgetContainer {
  const { model } = view;
  const listeners = new Set<() => void>();
  const outbox = new Outbox<Message>((message) => view.send(message));
  const isLive = () => model.comm_live && model.comm !== undefined && kernel.connected;
  const hasHandled = () => "handled" in model.attributes;
  const tell = () => {
    outbox.handled(model.attributes.handled ?? {});
    if (!isLive()) outbox.clear();
    outbox.follow(kernel.connecting);
    for (const listener of listeners) listener();
  };
  const kernel = new KernelWatch(model.widget_manager, () => model.comm?.comm_id, tell, lifecycle.signal);
  outbox.follow(kernel.connecting);
  view.listenTo(model, "change comm_live_update comm:close", tell);
  view.listenTo(model, "msg:custom", ({ kind, data, isWhole }: Partial<PictureMessage>) => {
    if (kind === "picture" && data) renewPicture(view.el, data, isWhole);
  });
  const seen: SeenMessage = { kind: "seen" };
  if (hasHandled()) view.send(seen);
  return {
    get state() {
      return model.attributes as State;
    },
    get live() {
      return isLive();
    },
    get connecting() {
      return kernel.connecting;
    },
    send: (message) => {
      // A state that does not say what was handled cannot say what was lost.
      if (hasHandled()) outbox.send(message);
      else view.send(message);
    },
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
