import type { ChartShown, DiceChartState } from "../../../src/protocol/dice-chart.js";
import { type ChartColumns, readColumns } from "../../../src/protocol/dice-chart-columns.js";
import type { ChartFormat, ChartIntent, SelectTarget } from "../../../src/protocol/dice-chart-intents.js";
import { Pending } from "../shared/pending.js";
import type { Port } from "./port.js";
import { targetsOf } from "./targets.js";

/** Combines the kernel's state with the view's, and performs the user's actions. */
export class Controller {
  readonly port: Port;
  /** Series hidden in this view. */
  readonly hidden = new Set<number>();
  /** Message from the kernel for the user. */
  note = "";
  onHover: () => void = () => {};
  readonly #invalidate: () => void;
  /** Distinguishes this view from others of the same widget. */
  readonly view: string;
  readonly #pending = new Pending<ChartIntent>();
  /** The user's choice until the kernel acknowledges it; permanent without a kernel. */
  #shown: ChartShown | null = null;
  #cursor: SelectTarget | null = null;
  #hovered: SelectTarget | null = null;
  /** The point that {@link selectWorst} selected last. */
  #worst = -1;
  #columns: { readonly of: DiceChartState["points"]; readonly columns: ChartColumns } | null = null;

  constructor(port: Port, invalidate: () => void, view: string) {
    this.port = port;
    this.#invalidate = invalidate;
    this.view = view;
  }

  get state(): DiceChartState {
    return this.port.state;
  }

  get shown(): ChartShown {
    return this.#shown ?? this.state.shown;
  }

  get columns(): ChartColumns {
    const { points } = this.state;
    if (this.#columns?.of !== points) this.#columns = { of: points, columns: readColumns(points) };
    return this.#columns.columns;
  }

  /** Keyboard cursor position; null without one. */
  get cursor(): SelectTarget | null {
    return this.#cursor;
  }

  /** What the pointer is over. */
  get hovered(): SelectTarget | null {
    const [at, { selection }] = [this.#hovered, this.state];
    // The selection already has its own line.
    const isPicked =
      at?.of === "point"
        ? !selection?.cell && selection?.points[0] === at.point
        : at !== null && selection?.cell?.group === at.group && selection.cell.series === at.series;
    return isPicked ? null : at;
  }

  /** Does not redraw the chart, which would replace it under the pointer. */
  hover(target: SelectTarget | null): void {
    this.#hovered = target;
    this.onHover();
  }

  /** Selects the visible object with the lowest Dice; again: the next one. */
  selectWorst(): void {
    const { dice, series } = this.columns;
    const ranked = [...dice.keys()].filter((n) => !this.hidden.has(series[n])).sort((a, b) => dice[a] - dice[b]);
    const point = ranked[this.#isWorstSelected ? ranked.indexOf(this.#worst) + 1 : 0] ?? ranked[0];
    if (point === undefined) return;
    this.#worst = point;
    this.select({ of: "point", point });
  }

  /** Counts a selection that is on its way. */
  get #isWorstSelected(): boolean {
    const sent = this.#pending.intents.findLast(({ kind }) => kind === "select" || kind === "deselect");
    if (sent) return sent.kind === "select" && sent.target.of === "point" && sent.target.point === this.#worst;
    const { selection } = this.state;
    return selection?.points[0] === this.#worst && !selection.cell;
  }

  /** Requests the current view as a file. */
  save(format: ChartFormat): void {
    this.#send({ kind: "save", format });
  }

  /** Call when the port's state has changed. */
  received(): void {
    const seq = this.state.handled[this.view];
    if (seq !== undefined) this.#pending.handled(seq);
    if (!this.#pending.has("show") && this.port.live) this.#shown = null;
    this.#invalidate();
  }

  show(change: Partial<ChartShown>): void {
    const shown = { ...this.shown, ...change };
    this.#shown = shown;
    this.#cursor = null;
    this.#send({ kind: "show", shown });
  }

  select(target: SelectTarget): void {
    this.#send({ kind: "select", target });
  }

  deselect(): void {
    this.#send({ kind: "deselect" });
  }

  toggleSeries(series: number): void {
    if (!this.hidden.delete(series)) this.hidden.add(series);
    this.#cursor = null;
    this.#invalidate();
  }

  /** Moves the keyboard cursor by a number of means or points; without a cursor, to the first or last. */
  step(by: number): void {
    const targets = targetsOf(this.state, this.shown, this.columns, this.hidden);
    if (targets.length === 0) return;
    const key = JSON.stringify(this.#cursor);
    const here = this.#cursor
      ? targets.findIndex((target) => JSON.stringify(target) === key)
      : by > 0
        ? -1
        : targets.length;
    this.#cursor = targets[Math.min(targets.length - 1, Math.max(0, here + by))];
    this.#invalidate();
  }

  dismissCursor(): void {
    this.#cursor = null;
    this.#invalidate();
  }

  say(note: string): void {
    this.note = note;
    this.#invalidate();
  }

  #send(intent: ChartIntent): void {
    if (this.port.live) {
      const seq = this.#pending.add(intent, 0);
      this.port.send({ ...intent, view: this.view, seq });
    }
    this.note = "";
    this.#invalidate();
  }
}
