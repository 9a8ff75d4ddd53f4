import { DOMWidgetModel, DOMWidgetView, type ISerializers } from "@jupyter-widgets/base";
import { type MaskCompareState, maskCompareModel, maskCompareView } from "../../../src/protocol/mask-compare.js";
import type { CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import { commPort } from "../shared/comm-port.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { asItIs, modelNames } from "../shared/model.js";
import { loadSliceViewStyle, loadStyle } from "../shared/style.js";

/** The comparison in an output cell. Its code is loaded when the first one is shown. */
export class MaskCompareView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override async render(): Promise<void> {
    super.render();
    const port = commPort<MaskCompareState, CompareMessage>(this, this.#lifecycle);
    // Relative to the compiled file, lib/widgets/src/mask-compare/view.js.
    const style = new URL("../../../../style/mask-compare.raw.css", import.meta.url);
    const [{ mountMaskCompare }] = await Promise.all([
      import(/* webpackChunkName: "mask-compare" */ "./mount.js"),
      loadSliceViewStyle(),
      loadStyle(document, style.href),
    ]);
    if (!this.#lifecycle.ended) this.#lifecycle.onEnd(mountMaskCompare(this.el, port));
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}

/** The kernel's state in the browser, shared by all views. */
export class MaskCompareModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(maskCompareModel, maskCompareView) };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    onSlice: asItIs,
    strip: asItIs,
  };
}
