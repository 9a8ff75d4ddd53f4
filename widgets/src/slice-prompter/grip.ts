import { h, setAttributes } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { clamp } from "../shared/slice-view/camera.js";
import type { Controller } from "./controller.js";

/** A handle below the slider for one end of the propagation range, moved by dragging or with the arrow keys. */
export class Grip {
  readonly element: HTMLElement;
  readonly #end: "first" | "last";
  readonly #controller: Controller;

  constructor(end: "first" | "last", controller: Controller, track: HTMLElement, { signal }: Lifecycle) {
    this.#end = end;
    this.#controller = controller;
    this.element = h(`div.sl-grip.sl-grip-${end}`, { tabindex: 0, role: "slider" });
    const { element } = this;
    const indexAt = (x: number) => {
      const { left, width } = track.getBoundingClientRect();
      const edges = ((x - left) / width) * controller.frame.count;
      return clamp(Math.round(end === "first" ? edges : edges - 1), 0, controller.frame.count - 1);
    };
    let isHeld = false;
    const hold = (event: PointerEvent) => {
      isHeld = true;
      element.setPointerCapture(event.pointerId);
    };
    element.addEventListener("pointerdown", hold, { signal });
    element.addEventListener("pointermove", (event) => isHeld && controller.setRange(end, indexAt(event.clientX)), {
      signal,
    });
    const release = () => {
      isHeld = false;
    };
    for (const type of ["pointerup", "pointercancel"] as const) element.addEventListener(type, release, { signal });
    element.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  update(count: number): void {
    const index = this.#controller.range[this.#end === "first" ? 0 : 1];
    this.element.style.left = `${(100 * (this.#end === "first" ? index : index + 1)) / count}%`;
    setAttributes(this.element, {
      "aria-label": `${this.#end} slice of the propagation`,
      "aria-valuemin": 0,
      "aria-valuemax": count - 1,
      "aria-valuenow": index,
      title: `propagation ${this.#end === "first" ? "begins" : "ends"} at slice ${index}`,
    });
  }

  #key(event: KeyboardEvent): void {
    const index = this.#controller.range[this.#end === "first" ? 0 : 1];
    const count = this.#controller.frame.count;
    const to = {
      ArrowLeft: index - 1,
      ArrowDown: index - 1,
      ArrowRight: index + 1,
      ArrowUp: index + 1,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#controller.setRange(this.#end, to);
  }
}
