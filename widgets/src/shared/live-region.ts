import type { Place, Subject } from "../../../src/protocol/slices.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { h, setText } from "./dom.js";

/** Minimum time between announcements, in ms: a held key must not flood the screen reader. */
const pause = 300;

/** The ARIA live region for screen readers. */
export class LiveRegion {
  readonly element = h("div.sl-hidden", { "aria-live": "polite" });
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => setText(this.element, text), pause);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

export function placeText({ place, subject }: { readonly place: Place; readonly subject: Subject }): string {
  const { count } = frameOf(subject, place.plane);
  return place.plane ? `${place.plane} slice ${place.index} of 0 to ${count - 1}` : "picture";
}
