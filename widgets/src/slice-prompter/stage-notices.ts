import type { WorkState } from "../../../src/protocol/slice-prompter.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { busyAfter } from "../shared/pending.js";
import type { Controller } from "./controller.js";

/** Notices over the picture: model progress, hints, errors with their remedy, and whether the kernel is connected. */
export class StageNotices {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #line = h("div.sl-progress-value");
  readonly #progress = h(
    "div.sl-progress",
    { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
    this.#line,
  );
  readonly #pillText = h("span");
  readonly #cancel = h("button.sl-link", { type: "button" }, "cancel");
  readonly #pill = h("div.sl-pill", {}, this.#pillText, this.#cancel);
  readonly #problemText = h("span");
  readonly #retry = h("button.sl-link", { type: "button" }, "try again");
  readonly #problem = h("div.sl-problem", { role: "alert" }, this.#problemText, this.#retry);

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#cancel.addEventListener("click", () => controller.send({ kind: "cancel" }));
    this.#retry.addEventListener("click", () => controller.send({ kind: "retry" }));
    this.element = h("div.sl-notices", {}, this.#progress, this.#pill, this.#problem);
  }

  update(): void {
    const { state, port, local, pending } = this.#controller;
    const { work, problem } = state;
    const encoding = port.live && work.phase === "encoding" ? work : null;
    const propagating = port.live && work.phase === "propagating" ? work : null;
    const fraction = propagating ? propagating.done / propagating.of : (encoding?.fraction ?? null);
    this.#progress.hidden = !encoding && !propagating;
    this.#progress.classList.toggle("sl-indeterminate", fraction === null);
    const percent = fraction ? Math.round(fraction * 100) : null;
    const label = propagating ? "propagation" : "image encoder";
    setAttributes(this.#progress, { "aria-valuenow": percent, "aria-label": label });
    this.#line.style.width = percent === null ? "" : `${percent}%`;

    const waiting = port.live && pending.age(performance.now()) > busyAfter;
    const text = !port.live
      ? "disconnected: run the cell to go on; prompts come back"
      : propagating
        ? propagatingText(propagating)
        : encoding
          ? encodingText(encoding, this.#controller)
          : waiting
            ? "waiting for the kernel, which is busy"
            : local.note;
    setText(this.#pillText, text);
    this.#pill.hidden = text === "";
    this.#cancel.hidden = !encoding && !propagating;
    setText(this.#cancel, propagating ? "stop" : "cancel");

    this.#problem.hidden = !problem;
    this.#problem.classList.toggle("sl-calm", problem?.isCancelled === true);
    setText(this.#problemText, problem?.message ?? "");
    this.#retry.hidden = !problem?.retry || !port.live;
  }
}

function propagatingText({ place, done, of, secondsLeft }: Extract<WorkState, { phase: "propagating" }>): string {
  const left = secondsLeft === null ? "" : `, ${secondsLeft} s left`;
  return `propagating, slice ${place.index + 1}: ${done} of ${of}${left}`;
}

function encodingText(work: Extract<WorkState, { phase: "encoding" }>, { state }: Controller): string {
  const { plane, index } = work.place;
  const what = frameOf(state.subject, plane).count > 1 ? `slice ${index + 1}` : "the picture";
  const elsewhere = plane !== state.place.plane ? ` (${plane})` : "";
  const percent = work.fraction === null ? "" : ` ${Math.round(work.fraction * 100)} %`;
  return `encoding ${what}${elsewhere}…${percent}`;
}
