import { sameWindow, type WindowRange } from "../../../../src/protocol/samples.js";
import { h } from "../dom.js";

/** Selects the display window; `as shown` appears after a drag. Hidden for color images. */
export class WindowSelect {
  readonly element: HTMLElement;
  readonly #select = h("select.sl-select", { "aria-label": "intensity window that is shown" });
  #presets: readonly WindowRange[] = [];
  /** Inputs the entries were built from. */
  #drawn = "";

  constructor(pick: (choice: WindowRange) => void) {
    this.element = h("label.sl-field", {}, h("span.sl-field-name", {}, "window"), this.#select);
    this.#select.addEventListener("change", () => {
      const preset: WindowRange | undefined = this.#presets[Number(this.#select.value)];
      if (preset) pick(preset);
    });
  }

  update(
    window: WindowRange | null,
    presets: readonly WindowRange[],
    { live, title }: { live: boolean; title: string },
  ): void {
    this.#presets = presets;
    this.element.hidden = !window || presets.length === 0;
    if (!window) return;
    const preset = presets.findIndex((choice) => sameWindow(choice, window));
    const entries = presets.map(({ name }, n) => ({ value: String(n), text: name }));
    if (preset < 0) entries.push({ value: "shown", text: "as shown" });
    const drawn = JSON.stringify(entries);
    if (this.#drawn !== drawn) {
      this.#drawn = drawn;
      this.#select.replaceChildren(...entries.map(({ value, text }) => h("option", { value }, text)));
    }
    const wanted = preset < 0 ? "shown" : String(preset);
    if (this.#select.value !== wanted) this.#select.value = wanted;
    this.#select.title = title;
    this.#select.disabled = !live;
  }
}
