import { DOMWidgetModel, DOMWidgetView, type ISerializers } from "@jupyter-widgets/base";
import { messageOf } from "../../../src/core/errors.js";
import { type DiceChartState, diceChartModel, diceChartView } from "../../../src/protocol/dice-chart.js";
import type { ChartIntentMessage } from "../../../src/protocol/dice-chart-intents.js";
import { commPort } from "../shared/comm-port.js";
import { h } from "../shared/dom.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { asItIs, modelNames } from "../shared/model.js";
import { loadStyle } from "../shared/style.js";

/** The chart in an output cell. Its code is loaded when the first one is shown. */
export class DiceChartView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override render(): void {
    super.render();
    const port = commPort<DiceChartState, ChartIntentMessage>(this, this.#lifecycle);
    // Relative to the compiled file, lib/widgets/src/dice-chart/view.js.
    const style = new URL("../../../../style/dice-chart.raw.css", import.meta.url);
    Promise.all([import(/* webpackChunkName: "dice-chart" */ "./mount.js"), loadStyle(document, style.href)])
      .then(([{ mountDiceChart }]) => {
        if (!this.#lifecycle.ended) this.#lifecycle.onEnd(mountDiceChart(this.el, port));
      })
      .catch((error: unknown) => {
        const text = `The chart could not be loaded: ${messageOf(error)}`;
        this.el.append(h("div.sl.sl-mismatch", { role: "alert" }, text));
      });
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}

/** The kernel's state in the browser, shared by all views. */
export class DiceChartModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(diceChartModel, diceChartView) };
  }

  static override serializers: ISerializers = { ...DOMWidgetModel.serializers, points: asItIs };
}
