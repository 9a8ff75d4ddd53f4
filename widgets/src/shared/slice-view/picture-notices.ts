import { samePlace } from "../../../../src/protocol/slices.js";
import { h, setAttributes, setText } from "../dom.js";
import { placeText } from "../live-region.js";
import { busyAfter } from "../pending.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";

/** What is said over a picture. `End`: the intents that end work. */
export interface Notices<End extends string = "cancel"> {
  /** Name of the work in progress, and how much of it is done: from 0 to 1, null if unknown. Null without work. */
  readonly work: { readonly name: string; readonly fraction: number | null } | null;
  /** A line; empty: none. */
  readonly text: string;
  /** The button that ends the work sends this intent, which is its label too; null: no such button. */
  readonly cancel: End | null;
  /** Label of the button that tries again; null: no such button. */
  readonly again: string | null;
  readonly problem: { readonly message: string; readonly retry: boolean; readonly isCanceled?: boolean } | null;
}

type Send<End extends string> = (intent: { readonly kind: End } | { readonly kind: "retry" }) => void;

/** Notices over a picture: model progress, hints, errors with their remedy, and whether the kernel is connected. */
export class PictureNotices<End extends string = "cancel"> {
  readonly element: HTMLElement;
  readonly #line = h("div.sl-progress-value");
  readonly #progress = h(
    "div.sl-progress",
    { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
    this.#line,
  );
  readonly #text = h("span");
  readonly #cancel = h("button.sl-link", { type: "button" });
  readonly #again = h("button.sl-link", { type: "button" });
  readonly #pill = h("div.sl-pill", {}, this.#text, this.#cancel, this.#again);
  readonly #problemText = h("span");
  readonly #retry = h("button.sl-link", { type: "button" }, "try again");
  readonly #problem = h("div.sl-problem", { role: "alert" }, this.#problemText, this.#retry);

  #end: End | null = null;

  constructor(send: Send<End>) {
    this.#cancel.addEventListener("click", () => {
      if (this.#end !== null) send({ kind: this.#end });
    });
    for (const button of [this.#again, this.#retry]) {
      button.addEventListener("click", () => send({ kind: "retry" }));
    }
    this.element = h("div.sl-notices", {}, this.#progress, this.#pill, this.#problem);
  }

  /** `live`: a retry reaches the kernel. */
  show({ work, text, cancel, again, problem }: Notices<End>, live: boolean): void {
    this.#end = cancel;
    const percent = typeof work?.fraction === "number" ? Math.round(100 * work.fraction) : null;
    this.#progress.hidden = !work;
    this.#progress.classList.toggle("sl-indeterminate", percent === null);
    setAttributes(this.#progress, { "aria-label": work?.name, "aria-valuenow": percent });
    this.#line.style.width = percent === null ? "" : `${percent}%`;

    setText(this.#text, text);
    this.#pill.hidden = text === "";
    for (const [button, label] of [
      [this.#cancel, cancel],
      [this.#again, again],
    ] as const) {
      button.hidden = label === null;
      setText(button, label ?? "");
    }

    this.#problem.hidden = !problem;
    this.#problem.classList.toggle("sl-calm", problem?.isCanceled === true);
    setText(this.#problemText, problem?.message ?? "");
    this.#retry.hidden = !problem?.retry || !live;
  }
}

type Waiting = Pick<
  SliceController<SliceState, { readonly kind: string }, SliceLocal>,
  "pending" | "wanted" | "state" | "port"
>;

/** What is said while the kernel does not answer; empty if it does. */
export function waitText({ pending, wanted, state, port }: Waiting): string {
  if (pending.age(performance.now()) <= busyAfter) return "";
  const shown = samePlace(wanted, state.place) ? "" : `; ${placeText(state)} is still shown`;
  const why = port.connecting ? "for the connection to the kernel" : "for the kernel, which is busy";
  return `waiting ${why}${shown}`;
}

/** The progress in a text; empty if it is unknown. */
export function percentText(fraction: number | null): string {
  return fraction === null ? "" : ` ${Math.round(100 * fraction)} %`;
}
