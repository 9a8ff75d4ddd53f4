import { SamlabError, show as showValue } from "../../../src/core/errors.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import {
  type ChartSelection,
  type ChartShown,
  chartMarks,
  chartMeasures,
  chartTitle,
  type DiceChartState,
  diceChartModel,
  diceChartView,
} from "../../../src/protocol/dice-chart.js";
import {
  type ChartFormat,
  type ChartIntent,
  isShown,
  parseChartIntent,
  type SelectTarget,
} from "../../../src/protocol/dice-chart-intents.js";
import type { Addressed, FileMessage } from "../../../src/protocol/intent-checks.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { DISPLAY_ID } from "../../display/format.js";
import { WidgetHost } from "../shared/widget-host.js";
import { CaseOpener, type OpenRow } from "./case-opener.js";
import type { ChartData } from "./chart-data.js";
import { drawChart } from "./picture/draw-chart.js";
import { rasterize } from "./picture/rasterize.js";
import { saveChart } from "./save-chart.js";

/** A mean shown in the chart. */
export interface ChartMean {
  /** The chart row: modality, or modality and label; in a chart by prompts, the number of clicks. */
  readonly group: string;
  /** Model, strategy, policy, or whatever the color encodes. */
  readonly series: string;
  /** Number of scored objects. */
  readonly n: number;
  /** Number of subjects that the objects are from, which the interval is drawn from. */
  readonly subjects: number;
  /** 0 to 1. */
  readonly mean: number;
  /** 95 % bootstrap interval; null for a single subject. */
  readonly low: number | null;
  /** Upper end of the 95 % bootstrap interval; null for a single subject. */
  readonly high: number | null;
  /** 0 to 1. */
  readonly median: number;
}

/**
 * Dice chart of an evaluation, created by `chartDice(rows)` or `chartPrompts(rows)`. The selection can be read in the
 * next cell.
 *
 * @example
 * const chart = chartDice(rows);
 * chart                       // the last value of a cell is displayed; click a point
 * // next cell
 * chart.selection             // the rows behind it
 */
export class DiceChart {
  readonly #data: ChartData;
  readonly #host: WidgetHost<DiceChartState, ChartIntent>;
  readonly #listeners = new Set<(selection: readonly EvaluationRow[]) => void>();
  readonly #opener: CaseOpener | null;
  #state: Omit<DiceChartState, "handled">;
  #selection: readonly EvaluationRow[] = [];

  /** Use `chartDice`, which finds the kernel's comm host. */
  constructor(data: ChartData, comms: CommHost, open?: OpenRow) {
    this.#data = data;
    this.#state = { ...data.state, opens: open !== undefined };
    this.#opener = open ? new CaseOpener(open, (opened) => this.#set({ opened })) : null;
    this.#host = new WidgetHost(comms, {
      modelName: diceChartModel,
      viewName: diceChartView,
      state: () => this.#state,
      parse: (content) => parseChartIntent(content, this.#state),
      handle: (intent) => this.#handle(intent),
      still: async () => {
        return { "text/plain": this.toString(), "image/svg+xml": this.svg(), "image/png": await this.picture() };
      },
      isInStill: ({ shown }) => shown !== undefined,
      released: () => this.#opener?.close(),
      closed: () => {
        this.#opener?.close();
        this.#listeners.clear();
      },
    });
  }

  /** The rows behind the selection: one for a point, all rows of a mean or box. Empty if nothing is selected. */
  get selection(): readonly EvaluationRow[] {
    return this.#selection;
  }

  /** The rows with a Dice that the chart is based on. */
  get rows(): readonly EvaluationRow[] {
    return this.#data.rows;
  }

  /** The means as drawn, in chart order. */
  get means(): readonly ChartMean[] {
    const { cells, groups, series } = this.#state;
    return cells.map(({ group, series: of, n, subjects, mean, low, high, median }) => {
      return { group: groups[group].name, series: series[of].name, n, subjects, mean, low, high, median };
    });
  }

  /** The current view settings. */
  get shown(): ChartShown {
    return this.#state.shown;
  }

  /** Changes the view, like the toolbar does. */
  show(shown: Partial<ChartShown>): void {
    const wanted = { ...this.#state.shown, ...shown };
    if (!isShown(wanted, this.#state)) {
      throw new SamlabError("argument-invalid", `This chart cannot show ${showValue(shown)}.`, {
        field: "shown",
        value: shown,
        remedy: `Views are modalities${this.#state.kind === "modalities" ? `, ${chartMeasures.join(", ")}` : ""}; marks are ${chartMarks.join(", ")}.`,
      });
    }
    this.#set({ shown: wanted });
  }

  /** Calls `listener` when the selection changes. Returns a function that unsubscribes. */
  on(_event: "selection", listener: (selection: readonly EvaluationRow[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The current view as an SVG drawing, black on white. */
  svg(): string {
    return drawChart(this.#host.now);
  }

  /** The current view as PNG bytes at 2× scale. */
  picture(): Promise<Uint8Array> {
    return rasterize(this.svg());
  }

  /**
   * Writes the current view to a file, as SVG or PNG (2× scale) by extension.
   * @throws {SamlabError} `argument-invalid` for another extension, `file-write-failed` if it cannot be written
   */
  save(file: string): Promise<void> {
    return saveChart(file, this.svg());
  }

  /** Removes the widget from the page. Idempotent. */
  close(): void {
    this.#host.close();
  }

  /** The widget, with a still picture for front ends that cannot run it. */
  [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    return this.#host.shown();
  }

  get [DISPLAY_ID](): string {
    return this.#host.displayId;
  }

  toString(): string {
    const { subtitle, groups, series } = this.#state;
    const rows = this.#state.kind === "modalities" ? "modality rows" : "numbers of clicks";
    return `DiceChart(${groups.length} ${rows}, ${series.map(({ name }) => name).join(" | ")}; ${subtitle})`;
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #handle(intent: Addressed<ChartIntent>): void | Promise<void> {
    switch (intent.kind) {
      case "save":
        return this.#sendFile(intent.format, intent.view);
      case "show":
        return this.#set({ shown: intent.shown });
      case "select":
        return this.#select(intent.target);
      case "deselect":
        return this.#select(null);
    }
  }

  #select(target: SelectTarget | null): Promise<void> {
    const numbers = target ? this.#rowsOf(target) : [];
    this.#selection = numbers.map((n) => this.#data.rows[n]);
    this.#set({ selection: target && this.#selectionState(target, new Set(numbers)) });
    // Deferred, so an error in a listener does not stop the widget.
    for (const listener of this.#listeners) void Promise.resolve(this.#selection).then(listener);
    return this.#openSelected();
  }

  /** A point opens its case; a mean or an empty selection closes the open one. */
  async #openSelected(): Promise<void> {
    const { selection } = this.#state;
    if (selection && !selection.cell) await this.#opener?.open(this.#selection[0], selection.text);
    else this.#opener?.close();
  }

  /** Sends the file to the view whose button was clicked. */
  async #sendFile(format: ChartFormat, view: string): Promise<void> {
    const name = `${chartTitle(this.#state, this.#state.shown.view)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")}.${format}`;
    const file: FileMessage = { kind: "file", view, name, type: format === "svg" ? "image/svg+xml" : "image/png" };
    this.#host.sendFile(file, await this.#bytes(format));
  }

  async #bytes(format: ChartFormat): Promise<Uint8Array> {
    return format === "svg" ? new TextEncoder().encode(this.svg()) : await this.picture();
  }

  #rowsOf(target: SelectTarget): number[] {
    const { rows, pointRows, placement } = this.#data;
    if (target.of === "point") return [pointRows[target.point]];
    const isOf = (n: number) => placement.group[n] === target.group && placement.series[n] === target.series;
    return rows.flatMap((_, n) => (isOf(n) ? [n] : []));
  }

  #selectionState(target: SelectTarget, numbers: ReadonlySet<number>): ChartSelection {
    const { pointRows, placement } = this.#data;
    const points = pointRows.flatMap((row, n) => (numbers.has(row) ? [n] : []));
    const { series, groups, kind } = this.#state;
    if (target.of === "point") {
      const of = series[placement.series[pointRows[target.point]]];
      return { points, cell: null, text: `${rowName(this.#selection[0])} (${of.name})` };
    }
    const { name } = groups[target.group];
    const group = kind === "prompts" ? `${name} ${name === "1" ? "click" : "clicks"}` : name;
    const rows = numbers.size === 1 ? "1 row" : `${numbers.size} rows`;
    const cell = { group: target.group, series: target.series };
    return { points, cell, text: `${group}, ${series[target.series].name}: ${rows}` };
  }

  #set(patch: Partial<Omit<DiceChartState, "handled">>): void {
    this.#state = { ...this.#state, ...patch };
    this.#host.changed();
  }
}

/** `lung1 · slice 56 · CT · lung · Dice 0.83` */
function rowName(row: EvaluationRow): string {
  const slice = row.slice < 0 ? [] : [`${row.plane ? `${row.plane} ` : ""}slice ${row.slice}`];
  const label = row.part > 0 ? `${row.label} ${row.part}` : row.label;
  return [row.case, ...slice, row.modality, label, `Dice ${row.dice.toFixed(3)}`].join(" · ");
}
