import { h, setAttributes } from "../dom.js";
import type { Lifecycle } from "../lifecycle.js";
import { clamp } from "./camera.js";

/** Minimum and maximum height of a picture, CSS pixels. */
const limits = [200, 2400] as const;
/** Step per arrow key, CSS pixels. */
const step = 40;

/** The edge below a picture, for resizing its height; a double-click restores the default. */
export class HeightHandle {
  readonly element: HTMLElement;
  readonly #picture: HTMLElement;

  constructor(picture: HTMLElement, { signal }: Lifecycle) {
    this.#picture = picture;
    this.element = h("div.sl-handle", {
      role: "separator",
      tabindex: 0,
      "aria-orientation": "horizontal",
      "aria-label": "height of the picture",
      "aria-valuemin": limits[0],
      "aria-valuemax": limits[1],
      "aria-valuenow": 400,
      title: "drag to change the picture's height; double click for the usual one",
    });
    const handle = this.element;
    let from: { readonly y: number; readonly height: number } | null = null;
    handle.addEventListener(
      "pointerdown",
      (event) => {
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
        from = { y: event.clientY, height: picture.offsetHeight };
      },
      { signal },
    );
    handle.addEventListener(
      "pointermove",
      (event) => {
        if (from) this.#set(from.height + event.clientY - from.y);
      },
      { signal },
    );
    const release = () => {
      from = null;
    };
    handle.addEventListener("pointerup", release, { signal });
    handle.addEventListener("pointercancel", release, { signal });
    handle.addEventListener("dblclick", () => picture.style.removeProperty("--sl-height"), { signal });
    handle.addEventListener(
      "keydown",
      (event) => {
        const by = event.key === "ArrowDown" ? step : event.key === "ArrowUp" ? -step : 0;
        if (by === 0) return;
        event.preventDefault();
        this.#set(picture.offsetHeight + by);
      },
      { signal },
    );
  }

  #set(height: number): void {
    const kept = clamp(Math.round(height), ...limits);
    this.#picture.style.setProperty("--sl-height", `${kept}px`);
    setAttributes(this.element, { "aria-valuenow": kept });
  }
}
