import { h, setText } from "../shared/dom.js";
import { levelsText } from "../shared/slice-view/canvas.js";
import { ReadOutLine, SliceSlider } from "../shared/slice-view/slice-foot.js";
import type { SliceLayer } from "../shared/slice-view/slice-layer.js";
import type { CompareController } from "./controller.js";
import { namesAt } from "./names-at.js";

/** The line below the pictures: the current position, and what is under the pointer. */
export class CompareFoot {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  readonly #slider: SliceSlider;
  readonly #readOut: ReadOutLine;
  readonly #levels = h("span.mc-levels", { title: "width and level of the window" });
  readonly #inside = h("span.mc-inside", { title: "the masks that hold this voxel" });

  constructor(controller: CompareController, layer: SliceLayer) {
    this.#controller = controller;
    this.#slider = new SliceSlider(controller);
    this.#readOut = new ReadOutLine(controller, layer);
    this.element = h("div.sl-foot", {}, this.#slider.element, this.#readOut.element, this.#inside, this.#levels);
  }

  update(): void {
    this.#slider.update();
    setText(this.#levels, levelsText(this.#controller.window));
    const at = this.#readOut.update();
    setText(this.#inside, at ? namesAt(this.#controller, at) : "");
  }
}
