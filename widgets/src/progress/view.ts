import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";
import {
  type ProgressMessage,
  type ProgressState,
  progressModel,
  progressView,
} from "../../../src/protocol/progress.js";
import { commPort } from "../shared/comm-port.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { modelNames } from "../shared/model.js";
import { loadStyle } from "../shared/style.js";

/** The part of JupyterLab's kernel connection used here. */
interface Interruptible {
  interrupt(): Promise<void>;
}

/** Progress bars in an output cell. The code is loaded when the first one is shown. */
export class ProgressView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override async render(): Promise<void> {
    super.render();
    const port = commPort<ProgressState, ProgressMessage>(this, this.#lifecycle);
    // Relative to the compiled file, lib/widgets/src/progress/view.js.
    const style = new URL("../../../../style/progress.raw.css", import.meta.url);
    const [{ mountProgress }] = await Promise.all([
      import(/* webpackChunkName: "progress" */ "./mount.js"),
      loadStyle(document, style.href),
    ]);
    if (this.#lifecycle.ended) return;
    const { kernel } = this.model.widget_manager as unknown as { kernel?: Interruptible | null };
    const interrupt = () => void kernel?.interrupt().catch(() => {});
    this.#lifecycle.onEnd(mountProgress(this.el, port, interrupt));
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}

/** The kernel's state in the browser, shared by all views. */
export class ProgressModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(progressModel, progressView) };
  }
}
