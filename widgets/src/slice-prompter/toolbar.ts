import type { Plane } from "../../../src/core/plane.js";
import { sameWindow } from "../../../src/protocol/samples.js";
import { enable, group, press, toolButton } from "../shared/controls.js";
import { h } from "../shared/dom.js";
import { fullScreenButton } from "../shared/full-screen.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { WindowSelect } from "../shared/slice-view/window-select.js";
import type { Controller } from "./controller.js";

type PromptTool = keyof typeof toolTitle;

interface Choice<T> {
  readonly value: T;
  readonly button: HTMLButtonElement;
}

/** The toolbar above the picture. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #tools: readonly Choice<PromptTool>[];
  readonly #planes: readonly Choice<Plane | null>[];
  readonly #brushes: readonly Choice<keyof typeof brushTitle>[];
  readonly #shapes: readonly HTMLButtonElement[];
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #window = new WindowSelect(({ low, high, name }) => {
    this.#controller.set({ window: null });
    this.#controller.send({ kind: "window", low, high, name });
  });
  readonly #opacity = h("input.sl-opacity", {
    type: "range",
    min: 0,
    max: 100,
    step: 5,
    "aria-label": "opacity of the masks",
  });
  readonly #overview: HTMLButtonElement;
  readonly #help: HTMLButtonElement;

  constructor(controller: Controller, lifecycle: Lifecycle) {
    this.#controller = controller;
    const { signal } = lifecycle;
    this.#tools = (["include", "exclude", "box", "scribble"] as const).map((value) => ({
      value,
      button: toolButton(value, value === "scribble" ? null : value, () => controller.setTool(value), toolTitle[value]),
    }));
    this.#brushes = (["brush", "eraser", "lasso"] as const).map((value) => ({
      value,
      button: toolButton(value, null, () => controller.setTool(value), brushTitle[value]),
    }));
    const reshape = (kind: "fill-holes" | "largest-part") => () => controller.send({ kind, ...controller.target });
    this.#shapes = [
      toolButton("fill", null, reshape("fill-holes"), "fill the mask's holes (F)"),
      toolButton("largest", null, reshape("largest-part"), "keep the mask's largest part (L)"),
    ];
    this.#undo = toolButton("undo", null, () => controller.send({ kind: "undo" }), "undo (Ctrl Z)");
    this.#redo = toolButton("redo", null, () => controller.send({ kind: "redo" }), "redo (Ctrl Shift Z)");
    this.#clear = toolButton(
      "clear",
      "clear",
      () => controller.send({ kind: "clear", ...controller.target }),
      "remove the object's prompts and mask on this slice (C)",
    );
    this.#planes = controller.state.subject.frames.map(({ plane }) => ({
      value: plane,
      button: toolButton(null, plane ?? "", () => plane && controller.setPlane(plane)),
    }));
    this.#opacity.addEventListener(
      "input",
      () => controller.set({ opacity: Number(this.#opacity.value) / 100, masksHidden: false }),
      { signal },
    );
    this.#overview = toolButton(null, "3D", () => controller.toggleOverview(), "three planes and surfaces (V)");
    this.#overview.hidden = controller.state.subject.kind === "picture";
    this.#help = toolButton(
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
      group("by hand", [...this.#brushes.map(({ button }) => button), ...this.#shapes]),
      group("steps", [this.#undo, this.#redo, this.#clear]),
      this.#planes.length > 1
        ? group(
            "plane",
            this.#planes.map(({ button }) => button),
          )
        : null,
      h(
        "div.sl-tools-end",
        {},
        this.#window.element,
        h("label.sl-field", {}, h("span.sl-field-name", {}, "opacity"), this.#opacity),
        group("view", [this.#overview, fullScreenButton(lifecycle), this.#help]),
      ),
    );
  }

  update(): void {
    const { state, local, wanted, port } = this.#controller;
    const { prompts } = state.model;
    for (const { value, button } of this.#tools) {
      const able = value === "box" ? prompts.box : prompts.points;
      press(button, local.tool === value);
      button.classList.toggle("sl-opposite", value === "scribble" && local.opposite && local.tool === value);
      enable(
        button,
        able && port.live,
        able ? toolTitle[value] : `This model takes no ${value === "box" ? "boxes" : "clicks"}. ${prompts.note}`,
      );
    }
    const isConfirmed = state.mask?.confirmed === true;
    const canPaint = port.live && !isConfirmed;
    for (const { value, button } of this.#brushes) {
      press(button, local.tool === value);
      button.classList.toggle("sl-opposite", value === "lasso" && local.opposite && local.tool === value);
      enable(button, canPaint, isConfirmed ? confirmedTitle : brushTitle[value]);
    }
    for (const button of this.#shapes)
      enable(button, canPaint && [...state.masks, ...state.crossing].some(({ object }) => object === state.active));
    for (const { value, button } of this.#planes) {
      press(button, wanted.plane === value);
      enable(button, port.live);
    }
    enable(this.#undo, state.history.undo && port.live);
    enable(this.#redo, state.history.redo && port.live);
    const canClear = state.mask !== null && !state.mask.confirmed;
    enable(this.#clear, canClear && port.live);
    this.#updateWindow();
    const percent = String(Math.round(local.opacity * 100));
    if (this.#opacity.value !== percent) this.#opacity.value = percent;
    press(this.#overview, state.overview !== null);
    enable(this.#overview, port.live);
    press(this.#help, local.helpOpen);
  }

  #updateWindow(): void {
    const { state, window, port } = this.#controller;
    const model = state.window?.model ?? null;
    const same = model && window && sameWindow(window, model);
    const title = !model
      ? "Only shown: the model takes the picture as it is."
      : same
        ? "What is shown; the model sees this window too."
        : `Only shown: the model sees ${model.name}.`;
    this.#window.update(window, state.window?.presets ?? [], { live: port.live, title });
  }
}

const confirmedTitle = "This slice is confirmed: Y takes that back.";

const brushTitle = {
  brush: "paint what belongs to the object (D); < and > change the size",
  eraser: "take away what does not belong to the object (U)",
  lasso: "draw around what belongs to the object (A); again: what does not",
} as const;

const toolTitle = {
  include: "a click is part of the object (I)",
  exclude: "a click is not part of the object (E)",
  box: "drag a box around the object (B); a drag draws a box with the tools for clicks too",
  scribble: "scribble over the object (S); again: over what does not belong to it",
} as const;
