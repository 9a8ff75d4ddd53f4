import { planes } from "../../../../src/core/plane.js";
import type { Lifecycle } from "../../shared/lifecycle.js";
import type { Controller } from "../controller.js";
import { SectionTile, type Target } from "./section-tile.js";
import { SurfaceView } from "./surface-view.js";

/** The three planes through the crosshair, and the surfaces of the masks. */
export class OverviewPanel {
  readonly #controller: Controller;
  readonly #views: readonly (SectionTile | SurfaceView)[];
  /** Where the crosshair is to go once the kernel has followed the last move. */
  #next: Target | null = null;

  constructor(host: HTMLElement, controller: Controller, lifecycle: Lifecycle, invalidate: () => void) {
    this.#controller = controller;
    const tiles = planes.map((plane) => new SectionTile(controller, plane, (target) => this.#moveTo(target)));
    this.#views = [...tiles, new SurfaceView(controller, invalidate)];
    const observer = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        this.#views.find(({ element }) => element === target)?.resized(contentRect);
      }
      invalidate();
    });
    host.replaceChildren(...this.#views.map(({ element }) => element));
    for (const { element } of this.#views) observer.observe(element);
    lifecycle.onEnd(() => observer.disconnect());
  }

  update(): void {
    const next = this.#next;
    if (next && !this.#controller.pending.has("crosshair")) {
      this.#next = null;
      this.#controller.send({ kind: "crosshair", ...next });
    }
    for (const view of this.#views) view.update();
  }

  /** Only the last of many moves reaches the kernel. */
  #moveTo(target: Target): void {
    this.#next = target;
    this.update();
  }
}
