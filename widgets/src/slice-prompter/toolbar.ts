import type { Plane } from "../../../src/core/plane.js";
import { h, setAttributes } from "../shared/dom.js";
import { type IconName, icon } from "../shared/icons.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import type { Controller, Tool } from "./controller.js";

interface Choice<T> {
  readonly value: T;
  readonly button: HTMLButtonElement;
}

/** The row of tools above the picture. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #tools: readonly Choice<Tool>[];
  readonly #planes: readonly Choice<Plane | null>[];
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #window = h("select.sl-select", { "aria-label": "intensity window" });
  readonly #windowField: HTMLElement;
  readonly #opacity = h("input.sl-opacity", {
    type: "range",
    min: 0,
    max: 100,
    step: 5,
    "aria-label": "opacity of the masks",
  });
  readonly #help: HTMLButtonElement;

  constructor(controller: Controller, lifecycle: Lifecycle) {
    this.#controller = controller;
    const { signal } = lifecycle;
    this.#tools = (["include", "exclude", "box"] as const).map((value) => ({
      value,
      button: this.#button(value, value, () => controller.set({ tool: value })),
    }));
    this.#undo = this.#button("undo", null, () => controller.send({ kind: "undo" }), "undo (Ctrl Z)");
    this.#redo = this.#button("redo", null, () => controller.send({ kind: "redo" }), "redo (Ctrl Shift Z)");
    this.#clear = this.#button(
      "clear",
      "clear",
      () => controller.send({ kind: "clear" }),
      "remove the prompts on this slice (C)",
    );
    this.#planes = controller.state.subject.frames.map(({ plane }) => ({
      value: plane,
      button: this.#button(null, plane ?? "", () => plane && controller.setPlane(plane)),
    }));
    this.#window.addEventListener("change", () => this.#pickWindow(), { signal });
    this.#windowField = h("label.sl-field", {}, h("span.sl-field-name", {}, "window"), this.#window);
    this.#opacity.addEventListener(
      "input",
      () => controller.set({ opacity: Number(this.#opacity.value) / 100, masksHidden: false }),
      { signal },
    );
    this.#help = this.#button(
      null,
      "?",
      () => controller.set({ helpOpen: !controller.local.helpOpen }),
      "keys and mouse (?)",
    );
    this.element = h(
      "div.sl-toolbar",
      { role: "toolbar", "aria-label": "segmentation tools" },
      group(
        "tool",
        this.#tools.map(({ button }) => button),
      ),
      group("steps", [this.#undo, this.#redo, this.#clear]),
      this.#planes.length > 1
        ? group(
            "plane",
            this.#planes.map(({ button }) => button),
          )
        : null,
      h("span.sl-space"),
      this.#windowField,
      h("label.sl-field", {}, h("span.sl-field-name", {}, "opacity"), this.#opacity),
      group("help", [this.#help]),
    );
  }

  update(): void {
    const { state, local, wanted, port } = this.#controller;
    const { prompts } = state.model;
    for (const { value, button } of this.#tools) {
      const able = value === "box" ? prompts.box : prompts.points;
      press(button, local.tool === value);
      enable(
        button,
        able && port.live,
        able ? toolTitle[value] : `This model takes no ${value === "box" ? "boxes" : "clicks"}. ${prompts.note}`,
      );
    }
    for (const { value, button } of this.#planes) {
      press(button, wanted.plane === value);
      enable(button, port.live);
    }
    enable(this.#undo, state.history.undo && port.live);
    enable(this.#redo, state.history.redo && port.live);
    enable(this.#clear, state.prompts.length > 0 && port.live);
    this.#updateWindow();
    const percent = String(Math.round(local.opacity * 100));
    if (this.#opacity.value !== percent) this.#opacity.value = percent;
    press(this.#help, local.helpOpen);
  }

  #button(name: IconName | null, text: string | null, act: () => void, title?: string): HTMLButtonElement {
    const button = h(
      "button.sl-button",
      { type: "button", title, "aria-label": text ? null : title },
      name && icon(name),
      text && h("span.sl-label", {}, text),
    );
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") act();
    });
    return button;
  }

  /** The presets, and after a drag what is shown; the last entry gives the model what is shown. */
  #updateWindow(): void {
    const { state, window } = this.#controller;
    this.#windowField.hidden = !state.window;
    if (!state.window || !window) return;
    const { presets, model } = state.window;
    const same = (a: { low: number; high: number }, b: { low: number; high: number } | null) =>
      a.low === b?.low && a.high === b?.high;
    const preset = presets.findIndex((choice) => same(choice, window));
    const entries = presets.map(({ name }, n) => ({ value: String(n), text: name }));
    if (preset < 0) entries.push({ value: "shown", text: "as shown" });
    if (model && !same(window, model)) entries.push({ value: "model", text: "give the model what is shown" });
    const wantedValue = preset < 0 ? "shown" : String(preset);
    const drawn = JSON.stringify(entries);
    if (this.#window.dataset.entries !== drawn) {
      this.#window.dataset.entries = drawn;
      this.#window.replaceChildren(...entries.map(({ value, text }) => h("option", { value }, text)));
    }
    if (this.#window.value !== wantedValue) this.#window.value = wantedValue;
    this.#window.title = model
      ? same(window, model)
        ? "The model sees this window too."
        : `Only shown: the model sees ${model.name}.`
      : "Only shown: the model takes the picture as it is.";
    this.#window.disabled = !this.#controller.port.live;
  }

  #pickWindow(): void {
    const controller = this.#controller;
    const { window: state } = controller.state;
    const shown = controller.window;
    const { value } = this.#window;
    controller.set({ window: null });
    const preset = state?.presets[Number(value)];
    if (preset)
      controller.send({ kind: "window", low: preset.low, high: preset.high, name: preset.name, forModel: true });
    else if (value === "model" && shown) {
      controller.send({ kind: "window", low: shown.low, high: shown.high, name: windowName(shown), forModel: true });
    }
  }
}

const toolTitle = {
  include: "a click is part of the object (I)",
  exclude: "a click is not part of the object (E)",
  box: "drag a box round the object (B); a drag draws a box with any tool",
} as const;

function windowName({ low, high }: { low: number; high: number }): string {
  return `W ${Math.round(high - low)}, L ${Math.round((high + low) / 2)}`;
}

function group(name: string, buttons: readonly HTMLElement[]): HTMLElement {
  return h("div.sl-group", { role: "group", "aria-label": name }, ...buttons);
}

function press(button: HTMLElement, pressed: boolean): void {
  setAttributes(button, { "aria-pressed": String(pressed) });
}

/** `aria-disabled` instead of `disabled`: the button keeps its tooltip, which says why, and the focus. */
function enable(button: HTMLElement, enabled: boolean, title?: string): void {
  setAttributes(button, { "aria-disabled": enabled ? null : "true" });
  if (title !== undefined && button.title !== title) button.title = title;
}
