import { messageOf, SamlabError } from "../../../src/core/errors.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import type { ChartOpened } from "../../../src/protocol/dice-chart.js";
import { VIEW_MIME } from "../../comm/widget-model.js";
import { formatValue } from "../../display/format.js";

/** Makes a widget for a row, such as `compareCase(row, …)`. */
export type OpenRow = (row: EvaluationRow) => unknown;

/** Keeps one widget open, for the most recently requested row, and closes the previous one. */
export class CaseOpener {
  readonly #open: OpenRow;
  readonly #changed: (opened: ChartOpened | null) => void;
  #widget: unknown = null;
  /** Request counter; a widget that finishes late is not shown. */
  #turn = 0;

  constructor(open: OpenRow, changed: (opened: ChartOpened | null) => void) {
    this.#open = open;
    this.#changed = changed;
  }

  /** Never rejects: if the widget cannot be created, the reason is shown in its place. */
  async open(row: EvaluationRow, title: string): Promise<void> {
    this.#drop();
    const turn = this.#turn;
    const say = (model: string, problem: string) => this.#changed({ title, model, problem });
    say("", "");
    try {
      const widget = await this.#open(row);
      const model = await modelOf(widget);
      if (turn !== this.#turn) {
        closeWidget(widget);
        return;
      }
      this.#widget = widget;
      say(model, "");
    } catch (error) {
      if (turn === this.#turn) say("", messageOf(error));
    }
  }

  close(): void {
    this.#drop();
    this.#changed(null);
  }

  #drop(): void {
    this.#turn++;
    closeWidget(this.#widget);
    this.#widget = null;
  }
}

/** The widget model of anything that displays as a widget. */
async function modelOf(widget: unknown): Promise<string> {
  const view = (await formatValue(widget)).data[VIEW_MIME] as { readonly model_id?: unknown } | undefined;
  if (typeof view?.model_id === "string") return view.model_id;
  throw new SamlabError("argument-invalid", "What was opened is not a widget.", {
    field: "open",
    remedy: "Let open return a widget, such as compareCase(row, …) or compareMasks(…).",
  });
}

function closeWidget(widget: unknown): void {
  const { close } = (widget ?? {}) as { close?: unknown };
  if (typeof close === "function") close.call(widget);
}
