import { DOMWidgetView } from "@jupyter-widgets/base";
import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import type { NoteMessage } from "../../../src/protocol/slice-prompter-intents.js";
import { KernelWatch } from "../shared/kernel-watch.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { mountSlicePrompter } from "./mount.js";
import type { Port } from "./port.js";

/** The slice prompter in an output cell. */
export class SlicePrompterView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override render(): void {
    super.render();
    this.#lifecycle.onEnd(mountSlicePrompter(this.el, this.#port()));
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }

  #port(): Port {
    const { model } = this;
    const listeners = new Set<() => void>();
    const tell = () => {
      for (const listener of listeners) listener();
    };
    const kernel = new KernelWatch(model.widget_manager, tell, this.#lifecycle.signal);
    this.listenTo(model, "change comm_live_update comm:close", tell);
    return {
      get state() {
        return model.attributes as SlicePrompterState;
      },
      get live() {
        return model.comm_live && model.comm !== undefined && kernel.connected;
      },
      send: (message) => this.send(message),
      onChange: (listener, signal) => {
        listeners.add(listener);
        signal.addEventListener("abort", () => listeners.delete(listener));
      },
      onNote: (listener, signal) => {
        const hear = (content: Partial<NoteMessage>) => {
          if (content.kind === "note" && typeof content.text === "string") listener(content.text);
        };
        this.listenTo(model, "msg:custom", hear);
        signal.addEventListener("abort", () => this.stopListening(model, "msg:custom", hear));
      },
    };
  }
}
