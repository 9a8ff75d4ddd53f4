import type { Absence } from "../../../src/protocol/mask-compare.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { busyAfter } from "../shared/pending.js";
import type { CompareController } from "./controller.js";

/** What a panel shows: one mask, or two with a divider. */
export interface PanelContent {
  readonly left: number;
  readonly right: number | null;
}

/** Shown in place of a missing mask. */
const absences: { readonly [A in Absence]: string } = {
  working: "predicting…",
  waiting: "waiting for the model",
  stopped: "stopped",
  failed: "failed",
  "no-prompt": "no prompt on this slice",
  "not-given": "not predicted on this slice",
};

/** Notices over a picture: model progress, hints, errors with their remedy, and whether the kernel is connected. */
export class PanelNotices {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  /** The first picture shows notices that concern the whole widget. */
  readonly #isFirst: boolean;
  readonly #line = h("div.sl-progress-value");
  readonly #progress = h(
    "div.sl-progress",
    { role: "progressbar", "aria-label": "prediction", "aria-valuemin": 0, "aria-valuemax": 100 },
    this.#line,
  );
  readonly #pillText = h("span");
  readonly #cancel = h("button.sl-link", { type: "button" }, "cancel");
  readonly #again = h("button.sl-link", { type: "button" }, "predict");
  readonly #pill = h("div.sl-pill.mc-pill", {}, this.#pillText, this.#cancel, this.#again);
  readonly #problemText = h("span");
  readonly #retry = h("button.sl-link", { type: "button" }, "try again");
  readonly #problem = h("div.sl-problem", { role: "alert" }, this.#problemText, this.#retry);

  constructor(controller: CompareController, isFirst: boolean) {
    this.#controller = controller;
    this.#isFirst = isFirst;
    this.#cancel.addEventListener("click", () => controller.send({ kind: "cancel" }));
    for (const button of [this.#again, this.#retry]) {
      button.addEventListener("click", () => controller.send({ kind: "retry" }));
    }
    this.element = h("div.sl-notices", {}, this.#progress, this.#pill, this.#problem);
  }

  update(content: PanelContent): void {
    const { state, port } = this.#controller;
    const shown = [content.left, content.right].flatMap((id) => (id === null ? [] : [this.#controller.onSlice(id)]));
    const working = port.live && shown.some(({ absent }) => absent === "working");
    const fraction = working ? (state.work?.fraction ?? null) : null;
    this.#progress.hidden = !working;
    this.#progress.classList.toggle("sl-indeterminate", fraction === null);
    const percent = fraction === null ? null : Math.round(fraction * 100);
    setAttributes(this.#progress, { "aria-valuenow": percent });
    this.#line.style.width = percent === null ? "" : `${percent}%`;

    const absent = shown.find((mask) => mask.absent !== null)?.absent ?? null;
    const own = absent && `${absences[absent]}${working && percent !== null ? ` ${percent} %` : ""}`;
    const text = this.#ofAll() ?? own ?? "";
    setText(this.#pillText, text);
    this.#pill.hidden = text === "";
    this.#cancel.hidden = !working;
    this.#again.hidden = absent !== "stopped" || !port.live;

    const problem = this.#isFirst ? state.problem : null;
    this.#problem.hidden = !problem;
    setText(this.#problemText, problem?.message ?? "");
    this.#retry.hidden = !problem?.retry || !port.live;
  }

  /** The notice for the whole widget. */
  #ofAll(): string | null {
    if (!this.#isFirst) return null;
    const { port, pending, local } = this.#controller;
    if (!port.live) return "disconnected: the last state is shown; run the cell to go on";
    if (pending.age(performance.now()) > busyAfter) return "waiting for the kernel, which is busy";
    return local.note === "" ? null : local.note;
  }
}
