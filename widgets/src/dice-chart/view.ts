import { DOMWidgetView } from "@jupyter-widgets/base";
import type { DiceChartState } from "../../../src/protocol/dice-chart.js";
import type { ChartIntentMessage } from "../../../src/protocol/dice-chart-intents.js";
import { commPort } from "../shared/comm-port.js";
import { h } from "../shared/dom.js";
import { Lifecycle } from "../shared/lifecycle.js";

/** The chart in an output cell. Its code is loaded when the first one is shown. */
export class DiceChartView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override render(): void {
    super.render();
    const port = commPort<DiceChartState, ChartIntentMessage>(this, this.#lifecycle);
    import(/* webpackChunkName: "dice-chart" */ "./mount.js")
      .then(async ({ mountDiceChart }) => {
        const unmount = await mountDiceChart(this.el, port);
        if (this.#lifecycle.ended) unmount();
        else this.#lifecycle.onEnd(unmount);
      })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.el.append(h("div.sl.sl-mismatch", { role: "alert" }, `The chart could not be loaded: ${reason}`));
      });
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}
