import {
  detailText,
  filledFraction,
  type ProgressIntent,
  type ProgressMessage,
  type ProgressRow,
  type ProgressState,
  percentText,
  progressFraction,
  progressProtocol,
} from "../../../src/protocol/progress.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { coalesced, Lifecycle } from "../shared/lifecycle.js";
import { mismatchNotice } from "../shared/mismatch.js";
import type { WidgetPort } from "../shared/port.js";
import { viewId } from "../shared/view-id.js";

export type ProgressPort = WidgetPort<ProgressState, ProgressMessage>;

/**
 * Time, in ms, for the kernel to react to a cancel before the bars' cell is interrupted: a loop that never awaits
 * cannot receive it.
 */
const cancelTimeout = 1_500;
/** The most time, in ms, that is added for a slow connection. */
const longestWay = 10_000;
const second = 1_000;

/**
 * Builds the bars inside an element and keeps them in sync with the port. Needs only a browser and
 * `style/progress.raw.css`.
 * @param interrupt interrupts the kernel
 * @returns a function that removes them
 */
export function mountProgress(host: HTMLElement, port: ProgressPort, interrupt: () => void): () => void {
  const { protocol } = port.state;
  if (protocol !== progressProtocol) {
    host.append(mismatchNotice(progressProtocol, protocol));
    return () => host.replaceChildren();
  }
  const lifecycle = new Lifecycle();
  const view = viewId();
  let seq = 0;
  const send = (kind: ProgressIntent["kind"]) => port.send({ kind, view, seq: ++seq });
  const invalidate = coalesced(() => update(), lifecycle);
  const root = h("div.pg", { role: "group", "aria-label": "progress" });
  const bars = new Map<number, Row>();
  let receivedAt = performance.now();
  let isAsked = false;
  const mountedAt = performance.now();
  /** How long the kernel took to answer this view at first, in ms; 0 as long as it has not. */
  let way = 0;

  const cancel = () => {
    if (isAsked || !port.live) return;
    isAsked = true;
    send("cancel");
    const timer = setTimeout(() => {
      const { canceling, isCellRunning } = port.state;
      if (!canceling && isCellRunning && port.live && isRunning(port.state)) interrupt();
    }, cancelTimeout + Math.min(way, longestWay));
    lifecycle.onEnd(() => clearTimeout(timer));
    invalidate();
  };
  const update = () => {
    const { rows, canceling } = port.state;
    const since = (performance.now() - receivedAt) / second;
    for (const [id, bar] of bars) {
      if (rows.some((row) => row.id === id)) continue;
      bar.element.remove();
      bars.delete(id);
    }
    rows.forEach((row, n) => {
      const bar = bars.get(row.id) ?? new Row(cancel);
      bars.set(row.id, bar);
      if (root.children[n] !== bar.element) root.insertBefore(bar.element, root.children[n] ?? null);
      const isLive = port.live && row.phase === "running";
      // Keep counting time while the kernel sends nothing.
      bar.show(isLive ? { ...row, elapsed: row.elapsed + since } : row, {
        isFirst: n === 0,
        isLost: !port.live && row.phase === "running",
        isCanceling: canceling || isAsked,
        canCancel: port.live && isRunning(port.state),
      });
    });
  };
  const received = () => {
    receivedAt = performance.now();
    if (way === 0 && port.state.heard === view) way = receivedAt - mountedAt;
    invalidate();
  };
  port.onChange(received, lifecycle.signal);
  const clock = setInterval(() => {
    if (port.live && isRunning(port.state)) invalidate();
  }, second);
  lifecycle.onEnd(() => {
    clearInterval(clock);
    root.remove();
  });
  host.append(root);
  update();
  send("seen");
  return () => lifecycle.end();
}

function isRunning({ rows }: ProgressState): boolean {
  return rows.some(({ phase }) => phase === "running");
}

interface Around {
  readonly isFirst: boolean;
  readonly isLost: boolean;
  readonly isCanceling: boolean;
  readonly canCancel: boolean;
}

/** One bar; the first one has the button, which cancels all of them. */
class Row {
  readonly element: HTMLElement;
  readonly #label = h("span.pg-label");
  readonly #percent = h("span.pg-percent");
  readonly #value = h("span.pg-value");
  readonly #bar = h("span.pg-bar", { role: "progressbar", "aria-valuemin": 0 }, this.#value);
  readonly #detail = h("span.pg-detail");
  readonly #cancel = h("button.pg-cancel", { type: "button" }, "Cancel");

  constructor(cancel: () => void) {
    this.#cancel.addEventListener("click", cancel);
    this.element = h("div.pg-row", {}, this.#label, this.#percent, this.#bar, this.#detail, this.#cancel);
  }

  show(row: ProgressRow, { isFirst, isLost, isCanceling, canCancel }: Around): void {
    const fraction = progressFraction(row);
    const detail = isLost ? `${detailText(row)} · the kernel is gone` : detailText(row);
    setText(this.#label, row.label);
    this.#label.hidden = row.label === "";
    setText(this.#percent, percentText(row));
    this.#percent.hidden = fraction === null;
    setText(this.#detail, detail);
    const isMoving = fraction === null && row.phase === "running" && !isLost;
    this.element.dataset.phase = isLost ? "stopped" : row.phase;
    this.#bar.classList.toggle("pg-moving", isMoving);
    this.#value.style.width = isMoving ? "" : `${100 * filledFraction(row)}%`;
    setAttributes(this.#bar, {
      "aria-label": row.label || "progress",
      "aria-valuemax": row.total,
      "aria-valuenow": row.total === null ? null : row.done,
      "aria-valuetext": detail,
    });
    this.#cancel.hidden = !isFirst || !canCancel;
    this.#cancel.disabled = isCanceling;
    setText(this.#cancel, isCanceling ? "Canceling…" : "Cancel");
  }
}
