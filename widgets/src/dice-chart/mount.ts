import { diceChartProtocol } from "../../../src/protocol/dice-chart.js";
import type { FileMessage } from "../../../src/protocol/intent-checks.js";
import { asUint8 } from "../shared/bytes.js";
import { h } from "../shared/dom.js";
import { Keyboard } from "../shared/keyboard.js";
import { coalesced, Lifecycle } from "../shared/lifecycle.js";
import { mismatchNotice } from "../shared/mismatch.js";
import { viewId } from "../shared/view-id.js";
import type { WidgetContainer } from "../shared/widget-container.js";
import { Controller } from "./controller.js";
import { Foot } from "./foot.js";
import { Head } from "./head.js";
import { keyAction } from "./keys.js";
import { Opened } from "./opened.js";
import { Plot } from "./plot.js";
import type { Port } from "./port.js";
import { groupText, meanText } from "./text.js";
import { Toolbar } from "./toolbar.js";

/**
 * Builds the Dice chart inside an element and keeps it in sync with the port. Needs only a browser and the style
 * sheets `style/base.raw.css` and `style/dice-chart.raw.css`.
 * @returns a function that removes it
 */
export function mountDiceChart(host: HTMLElement, port: Port & WidgetContainer): () => void {
  const spoken = port.state.protocol;
  if (spoken !== diceChartProtocol) {
    host.append(mismatchNotice(diceChartProtocol, spoken));
    return () => host.replaceChildren();
  }

  const lifecycle = new Lifecycle();
  const invalidate = coalesced(() => update(), lifecycle);
  const controller = new Controller(port, invalidate, viewId());
  const toolbar = new Toolbar(controller);
  const head = new Head(controller);
  const plot = new Plot(controller, lifecycle, invalidate);
  const foot = new Foot(controller);
  const opened = new Opened(controller, port, lifecycle);
  const root = h(
    "div.sl.dc",
    {},
    h("div.sl-frame", {}, toolbar.element, head.element, plot.element, foot.element),
    meansTable(controller),
  );
  const keyboard = new Keyboard(
    root,
    {
      surfaces: [plot.surface],
      held: { space: false, window: false },
      lookup: (name, onPlot) => keyAction(name, onPlot, controller, () => keyboard.leave()),
    },
    lifecycle,
  );
  const update = () => {
    root.classList.toggle("sl-off", !port.live);
    toolbar.update();
    head.update();
    plot.update();
    foot.update();
    opened.update();
  };
  controller.onHover = () => foot.update();
  port.onChange(() => controller.received(), lifecycle.signal);
  port.onNote((text) => controller.say(text), lifecycle.signal);
  port.onFile?.((file, bytes) => {
    if (file.view === controller.view) saveFile(file, bytes);
  }, lifecycle.signal);
  lifecycle.onEnd(() => root.remove());
  host.append(root, opened.element);
  update();
  return () => lifecycle.end();
}

/** Saves bytes as a browser download. */
function saveFile({ name, type }: FileMessage, bytes: ArrayBufferView): void {
  const url = URL.createObjectURL(new Blob([asUint8(bytes).slice()], { type }));
  h("a", { href: url, download: name }).click();
  // Delayed: the browser still has to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The means as a table, for screen readers. */
function meansTable({ state }: Controller): HTMLElement {
  const head = ["row", "series", "mean Dice and 95 % interval", "median", "n", "subjects"];
  const rows = state.cells.map((cell) => [
    groupText(state, cell.group),
    state.series[cell.series].name,
    meanText(cell),
    cell.median.toFixed(2),
    String(cell.n),
    String(cell.subjects),
  ]);
  return h(
    "table.sl-hidden",
    {},
    h("caption", {}, "The chart's means"),
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((text) => h("td", {}, text))))),
  );
}
