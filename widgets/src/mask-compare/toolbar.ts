import type { Plane } from "../../../src/core/plane.js";
import {
  type CompareLayout,
  type ComparePaint,
  compareLayouts,
  comparePaints,
} from "../../../src/protocol/mask-compare.js";
import { enable, group, press, toolButton } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import { fullScreenButton } from "../shared/full-screen.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { WindowSelect } from "../shared/slice-view/window-select.js";
import type { CompareController } from "./controller.js";

interface Choice<T> {
  readonly value: T;
  readonly button: HTMLButtonElement;
}

const layoutText: { readonly [L in CompareLayout]: readonly [label: string, title: string] } = {
  "side-by-side": ["side by side", "a picture for each mask (S)"],
  swipe: ["swipe", "two masks with a line between them (L)"],
  blink: ["blink", "one mask at a time; B shows the next (B)"],
};

const paintText: { readonly [P in ComparePaint]: string } = {
  masks: "each mask in its color (A)",
  agreement: "where each mask agrees with the truth (A)",
};

/** The toolbar above the pictures. */
export class CompareToolbar {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  readonly #layouts: readonly Choice<CompareLayout>[];
  readonly #paints: readonly Choice<ComparePaint>[];
  readonly #masks: readonly Choice<number>[];
  readonly #maskGroup: HTMLElement;
  readonly #planes: readonly Choice<Plane | null>[];
  readonly #all: HTMLButtonElement;
  readonly #allGroup: HTMLElement;
  readonly #window: WindowSelect;
  readonly #help: HTMLButtonElement;

  constructor(controller: CompareController, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#layouts = compareLayouts.map((value) => ({
      value,
      button: toolButton(null, layoutText[value][0], () => controller.show({ layout: value }), layoutText[value][1]),
    }));
    this.#paints = comparePaints.map((value) => ({
      value,
      button: toolButton(null, value, () => controller.show({ paint: value }), paintText[value]),
    }));
    this.#masks = controller.state.masks.map(({ id, name }, n) => ({
      value: id,
      button: toolButton(null, name, () => controller.set({ current: id }), `key ${n + 1}`),
    }));
    this.#planes = controller.state.subject.frames.map(({ plane }) => ({
      value: plane,
      button: toolButton(null, plane ?? "", () => plane && controller.setPlane(plane)),
    }));
    this.#all = toolButton(null, "predict all slices", () => this.#toggleAll());
    this.#allGroup = group("predictions", [this.#all]);
    this.#window = new WindowSelect(({ low, high, name }) => {
      controller.set({ window: null });
      controller.send({ kind: "window", low, high, name });
    });
    this.#help = toolButton(
      null,
      "?",
      () => controller.set({ helpOpen: !controller.local.helpOpen }),
      "keys and mouse (?)",
    );
    const buttons = (choices: readonly Choice<unknown>[]) => choices.map(({ button }) => button);
    this.#maskGroup = group("mask", buttons(this.#masks));
    this.element = h(
      "div.sl-toolbar",
      { role: "toolbar", "aria-label": "comparison" },
      this.#layouts.length > 1 && controller.state.masks.length > 1 ? group("layout", buttons(this.#layouts)) : null,
      controller.truth ? group("drawing", buttons(this.#paints)) : null,
      this.#maskGroup,
      this.#planes.length > 1 ? group("plane", buttons(this.#planes)) : null,
      this.#allGroup,
      h("div.sl-tools-end", {}, this.#window.element, group("view", [fullScreenButton(lifecycle), this.#help])),
    );
  }

  update(): void {
    const controller = this.#controller;
    const { state, display, local, wanted, port } = controller;
    for (const { value, button } of this.#layouts) {
      press(button, display.layout === value);
      enable(button, port.live);
    }
    for (const { value, button } of this.#paints) {
      press(button, display.paint === value);
      enable(button, port.live);
    }
    this.#maskGroup.hidden = state.masks.length < 2;
    // Reserve its space, so nothing shifts between layouts.
    this.#maskGroup.style.visibility = display.layout === "side-by-side" ? "hidden" : "";
    const right = display.layout === "swipe" ? controller.next(local.current) : null;
    for (const { value, button } of this.#masks) press(button, value === local.current || value === right);
    for (const { value, button } of this.#planes) {
      press(button, wanted.plane === value);
      enable(button, port.live);
    }
    this.#updateAll();
    this.#window.update(controller.window, state.window?.presets ?? [], {
      live: port.live,
      title: "the intensity window",
    });
    press(this.#help, local.helpOpen);
  }

  /** Button to predict the remaining slices of predictors, or to stop. */
  #updateAll(): void {
    const { state, port } = this.#controller;
    const batch = state.work?.batch ?? null;
    const predictors = state.masks.some(({ role }) => role === "predictor");
    const isDone = state.totals.every(({ predicted }) => !predicted || predicted.done >= predicted.of);
    const isBegun = state.totals.some(({ predicted }) => predicted !== null);
    this.#allGroup.hidden = !predictors || this.#controller.frame.count === 1 || (isBegun && isDone && !batch);
    const [label] = this.#all.children;
    setText(label, batch ? `${batch.done}/${batch.of} · stop` : "predict all slices");
    enable(this.#all, port.live);
  }

  #toggleAll(): void {
    const { state } = this.#controller;
    this.#controller.send({ kind: state.work?.batch ? "cancel" : "predict-all" });
  }
}
