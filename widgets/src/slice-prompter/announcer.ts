import { frameOf, type SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { h, setText } from "../shared/dom.js";
import { formatArea } from "../shared/format.js";
import type { Controller } from "./controller.js";
import { readOut } from "./read-out.js";
import type { SliceLayer } from "./slice-layer.js";

/** Between two announcements, in ms: a held key must not flood the screen reader. */
const pause = 300;

/** The line that screen readers read out: slice changes, the keyboard cursor's place, and each new mask. */
export class Announcer {
  readonly element = h("div.sl-hidden", { "aria-live": "polite" });
  readonly #controller: Controller;
  readonly #layer: SliceLayer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told: { readonly place: string; readonly answer: SlicePrompterState["answer"] };

  constructor(controller: Controller, layer: SliceLayer) {
    this.#controller = controller;
    this.#layer = layer;
    this.#told = { place: placeText(controller.state), answer: controller.state.answer };
  }

  /** To be called after a change of state. */
  update(): void {
    const { state } = this.#controller;
    const place = placeText(state);
    const parts: string[] = [];
    if (place !== this.#told.place) parts.push(place);
    if (state.answer && state.answer !== this.#told.answer) parts.push(answerText(state));
    this.#told = { place, answer: state.answer };
    if (parts.length > 0) this.say(parts.join(", "));
  }

  /** Where the keyboard cursor is and what it is on. */
  sayCursor(): void {
    const { state, local } = this.#controller;
    if (!local.cursor) return;
    const { x, y } = local.cursor;
    const text = readOut(state.subject, state.place, local.cursor, this.#layer.storedAt(x, y));
    this.say([text.voxel, text.value].join(", "));
  }

  say(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => setText(this.element, text), pause);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function placeText({ place, subject }: SlicePrompterState): string {
  const { count } = frameOf(subject, place.plane);
  return place.plane ? `${place.plane} slice ${place.index + 1} of ${count}` : "picture";
}

function answerText({ answer, objects, active, subject }: SlicePrompterState): string {
  const object = objects.find(({ id }) => id === active);
  const area = object?.area === null || !object ? "" : ` ${formatArea(object.area, subject.unit)},`;
  return `mask of ${object?.name ?? "the object"}:${area} predicted IoU ${answer?.predictedIou.toFixed(2) ?? ""}`;
}
