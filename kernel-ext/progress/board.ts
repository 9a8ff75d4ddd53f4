import {
  type ProgressRow,
  type ProgressState,
  parseProgressIntent,
  progressModel,
  progressProtocol,
  progressView,
} from "../../src/protocol/progress.js";
import { widgetModule, widgetVersionRange } from "../../src/protocol/version.js";
import type { CommHost } from "../comm/comm.js";
import { WidgetModel } from "../comm/widget-model.js";
import type { MimeBundle } from "../context.js";
import type { DisplayHandle } from "../display/public.js";
import type { Bar, Board } from "./bar.js";
import { progressHtml, progressLine } from "./still.js";

/** Minimum interval between updates, ms; still bars are re-rendered each time. */
const minInterval = { widget: 100, still: 250 } as const;
/** Time for a front end to show the widget, ms, before it counts as one without widgets. */
const viewTime = 8_000;
/** A loop that ends sooner than this, ms, needs no button. */
const quick = 400;
/** Delay before a reloaded page gets the last picture, ms: a cell that fails changes the end of its bars. */
const lastPicture = 300;
/** Widgets of ended bars that stay open: pages that were closed at the end get the last picture when they load. */
const mostEnded = 32;
const ended: WidgetModel<ProgressState>[] = [];
const mostRows = 12;

export interface NotebookBoardHost {
  readonly comms: CommHost;
  show(content: MimeBundle): DisplayHandle;
  now(): number;
}

/**
 * The bars of one output under a cell; nested bars are below their parent. While running, they are shown by a widget
 * with a cancel button; front ends without widgets get HTML. At the end the output becomes HTML, so that a saved
 * notebook shows the result.
 */
export class NotebookBoard implements Board {
  readonly #host: NotebookBoardHost;
  #bars: Bar[] = [];
  #model: WidgetModel<ProgressState> | undefined;
  #shown: DisplayHandle | undefined;
  #isSeen = false;
  #isPlain = false;
  #isCanceling = false;
  #isCellRunning = true;
  #heard = "";
  #openedAt = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: NotebookBoardHost) {
    this.#host = host;
  }

  /** Whether new bars are added here. */
  get isOpen(): boolean {
    return this.#bars.some((bar) => bar.phase === "running");
  }

  get bars(): readonly Bar[] {
    return this.#bars;
  }

  add(bar: Bar): void {
    // The next round of an inner loop replaces the previous bar.
    const before = this.#bars.findIndex(({ phase, label }) => phase !== "running" && label === bar.label);
    if (before >= 0) this.#bars[before] = bar;
    else this.#bars.push(bar);
    while (this.#bars.length > mostRows) {
      const ended = this.#bars.findIndex(({ phase }) => phase !== "running");
      if (ended < 0) break;
      this.#bars.splice(ended, 1);
    }
    if (this.#shown) this.#send();
    else this.#open();
    // Cancel was pressed before this bar was shown.
    if (this.#isCanceling) bar.cancel();
  }

  changed(bar: Bar, isRoutine: boolean): void {
    if (bar.phase !== "running" && !bar.leave) this.#bars = this.#bars.filter((other) => other !== bar);
    const due = this.#sentAt + (this.#isPlain ? minInterval.still : minInterval.widget) - this.#time();
    if (!this.isOpen) this.#end();
    else if (due <= 0 || (!isRoutine && bar.phase === "running")) this.#send();
    else this.#timer ??= this.#later(() => this.#send(), due);
  }

  write(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** The user cancels all bars. */
  cancel(): void {
    this.#isCanceling = true;
    for (const bar of this.#bars) bar.cancel();
    if (this.isOpen) this.#send();
  }

  /** The cell has ended: an interrupt would end another one. */
  cellEnded(): void {
    this.#isCellRunning = false;
    this.#model?.set({ isCellRunning: false });
  }

  /**
   * Switches to HTML: the widget's model does not outlive the kernel. A reloaded page, which updates do not reach,
   * keeps the widget until the end.
   */
  settle(): void {
    if (!this.#shown || this.#isPlain) return;
    if (this.#model?.isReloaded) {
      this.#model.renewPicture(this.#still());
      return;
    }
    this.#isPlain = true;
    this.#send();
    this.#close();
  }

  #open(): void {
    this.#shown = this.#host.show(this.#still());
    this.#openedAt = this.#sentAt = this.#time();
    this.#later(() => this.#send(), quick);
  }

  /** Replaces the still bars with the widget. */
  #openWidget(): void {
    const model = new WidgetModel<ProgressState>(this.#host.comms, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName: progressModel,
      viewName: progressView,
      state: this.#state(),
    });
    model.onCustom((content) => {
      const parsed = parseProgressIntent(content);
      if (!parsed.ok) {
        model.sendCustom({ kind: "note", text: `The kernel ignored ${parsed.problem}.` });
        return;
      }
      this.#isSeen = true;
      this.#heard = parsed.intent.view;
      model.set({ heard: this.#heard });
      if (!this.isOpen) this.#renewLast();
      if (parsed.intent.kind === "cancel") this.cancel();
    });
    this.#model = model;
    this.#shown?.update(model.mimeBundle(this.#still()));
    this.#later(() => {
      if (!this.#isSeen && this.isOpen) this.settle();
    }, viewTime);
  }

  #close(): void {
    const model = this.#model;
    if (!model || ended.includes(model)) return;
    ended.push(model);
    // Not the newest: JupyterLab drops the output of a widget that is closed while it is being rendered.
    if (ended.length > mostEnded) ended.shift()!.close();
  }

  /** Replaces the widget in pages that the last update did not reach. */
  #renewLast(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#later(() => this.#model?.renewPicture(this.#still(), true), lastPicture);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Update the model first: an open view shows the end too.
    this.#isCanceling = false;
    this.#model?.set(this.#state());
    this.#isPlain = true;
    this.#shown?.update(this.#still());
    this.#renewLast();
    this.#close();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.isOpen) return;
    this.#sentAt = this.#time();
    if (this.#isPlain) this.#shown?.update(this.#still());
    if (this.#model && (!this.#isPlain || this.#model.isReloaded)) this.#model.set(this.#state());
    else if (this.#isPlain) return;
    else if (this.#sentAt - this.#openedAt >= quick) this.#openWidget();
  }

  /** Current time in milliseconds. */
  #time(): number {
    return this.#host.now() * 1000;
  }

  #state(): ProgressState {
    return {
      protocol: progressProtocol,
      rows: this.#rows(),
      canceling: this.#isCanceling,
      isCellRunning: this.#isCellRunning,
      heard: this.#heard,
    };
  }

  #still(): MimeBundle {
    const rows = this.#rows();
    return { "text/html": progressHtml(rows), "text/plain": rows.map(progressLine).join("\n") };
  }

  #rows(): ProgressRow[] {
    return this.#bars.map((bar) => bar.row());
  }

  #later(action: () => void, ms: number): NodeJS.Timeout {
    return setTimeout(action, ms).unref();
  }
}
