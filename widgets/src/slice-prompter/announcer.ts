import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { LiveRegion, placeText } from "../shared/live-region.js";
import { readOut } from "../shared/slice-view/read-out.js";
import type { SliceLayer } from "../shared/slice-view/slice-layer.js";
import type { Controller } from "./controller.js";
import { activeName, answerText } from "./run-text.js";

/** Screen reader announcements: slice changes, the keyboard cursor position, each new mask, and its removal. */
export class Announcer {
  readonly #region = new LiveRegion();
  readonly #controller: Controller;
  readonly #layer: SliceLayer;
  #told: { readonly place: string; readonly answer: SlicePrompterState["answer"]; readonly from: string };

  constructor(controller: Controller, layer: SliceLayer) {
    this.#controller = controller;
    this.#layer = layer;
    const { state, crossedFrom: from } = controller;
    this.#told = { place: placeText(state), answer: state.answer, from };
  }

  get element(): HTMLElement {
    return this.#region.element;
  }

  /** Call after a change of state. */
  update(): void {
    const { state } = this.#controller;
    const place = placeText(state);
    const parts: string[] = [];
    if (place !== this.#told.place) parts.push(place);
    if (state.answer && state.answer !== this.#told.answer) parts.push(answerText(state));
    const from = this.#controller.crossedFrom;
    const isNews = from !== this.#told.from || place !== this.#told.place;
    if (from && isNews && !state.mask) parts.push(`mask of ${activeName(state)} from ${from}`);
    const isGone = !state.answer && this.#told.answer !== null && state.prompts.length === 0;
    if (isGone && parts.length === 0) parts.push(`no mask of ${activeName(state)}`);
    this.#told = { place, answer: state.answer, from };
    if (parts.length > 0) this.#region.say(parts.join(", "));
  }

  /** Announces the keyboard cursor position and what is there. */
  sayCursor(): void {
    const { state, local } = this.#controller;
    if (!local.cursor) return;
    const { x, y } = local.cursor;
    const text = readOut(state.subject, state.place, local.cursor, this.#layer.storedAt(x, y));
    this.#region.say([text.position, text.value].join(", "));
  }

  end(): void {
    this.#region.end();
  }
}
