import { DOMWidgetModel, DOMWidgetView, type ISerializers } from "@jupyter-widgets/base";
import {
  type SlicePrompterState,
  slicePrompterModel,
  slicePrompterView,
} from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";
import { commPort } from "../shared/comm-port.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { asItIs, modelNames } from "../shared/model.js";
import { loadSliceViewStyle, loadStyle } from "../shared/style.js";

/** The slice prompter in an output cell. Its code is loaded when the first one is shown. */
export class SlicePrompterView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override async render(): Promise<void> {
    super.render();
    const port = commPort<SlicePrompterState, IntentMessage>(this, this.#lifecycle);
    // Relative to the compiled file, lib/widgets/src/slice-prompter/view.js.
    const style = new URL("../../../../style/slice-prompter.raw.css", import.meta.url);
    const [{ mountSlicePrompter }] = await Promise.all([
      import(/* webpackChunkName: "slice-prompter" */ "./mount.js"),
      loadSliceViewStyle(),
      loadStyle(document, style.href),
    ]);
    if (!this.#lifecycle.ended) this.#lifecycle.onEnd(mountSlicePrompter(this.el, port));
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}

/** The kernel's state in the browser, shared by all views. */
export class SlicePrompterModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(slicePrompterModel, slicePrompterView) };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    masks: asItIs,
    crossing: asItIs,
    speculative: asItIs,
    answer: asItIs,
    overview: asItIs,
    crossSlices: asItIs,
    surface: asItIs,
  };
}
