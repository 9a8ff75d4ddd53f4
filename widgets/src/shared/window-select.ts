import type { WindowRange } from "../../../src/protocol/samples.js";
import { h } from "./dom.js";

/** A preset, or the value of one of the widget's own entries. */
export type WindowChoice = WindowRange | string;

type Levels = Pick<WindowRange, "low" | "high">;

export function sameWindow(a: Levels, b: Levels): boolean {
  return a.low === b.low && a.high === b.high;
}

interface Entry {
  readonly value: string;
  readonly text: string;
}

/** The windows to choose from; `as shown` stands there after a drag. Hidden for pictures in colour. */
export class WindowSelect {
  readonly element: HTMLElement;
  readonly #select = h("select.sl-select", { "aria-label": "intensity window" });
  #presets: readonly WindowRange[] = [];
  /** What the entries were made from. */
  #drawn = "";

  constructor(pick: (choice: WindowChoice) => void) {
    this.element = h("label.sl-field", {}, h("span.sl-field-name", {}, "window"), this.#select);
    this.#select.addEventListener("change", () => {
      const { value } = this.#select;
      const preset: WindowRange | undefined = this.#presets[Number(value)];
      if (preset) pick(preset);
      else if (value !== "shown") pick(value);
    });
  }

  update(
    window: WindowRange | null,
    presets: readonly WindowRange[],
    { live, title, more = [] }: { live: boolean; title: string; more?: readonly Entry[] },
  ): void {
    this.#presets = presets;
    this.element.hidden = !window || presets.length === 0;
    if (!window) return;
    const preset = presets.findIndex((choice) => sameWindow(choice, window));
    const entries: Entry[] = presets.map(({ name }, n) => ({ value: String(n), text: name }));
    if (preset < 0) entries.push({ value: "shown", text: "as shown" });
    entries.push(...more);
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
