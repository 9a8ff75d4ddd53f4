import type { SliceFrame } from "../../../../src/protocol/slices.js";
import { h, setText } from "../dom.js";
import type { Lifecycle } from "../lifecycle.js";
import { clamp, type Projection, project, type Size } from "./camera.js";
import type { GestureStage } from "./gestures.js";
import { scaleBar } from "./scale-bar.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";

/** Least height-to-width ratio of a picture. */
const flattest = 0.62;

/**
 * A picture of a slice: a canvas for the slice and its masks, one above it for what moves, which takes the pointer and
 * the keyboard, and orientation letters and scale bar as text. The widget puts the parts into its element and paints.
 */
export class SlicePicture implements GestureStage {
  readonly element: HTMLElement;
  /** The slice and its masks. */
  readonly base = h("canvas.sl-canvas", { "aria-hidden": "true" });
  /** Receives pointer and keyboard events. */
  readonly surface = h("canvas.sl-canvas.sl-surface", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "slice viewer",
    "data-jp-suppress-context-menu": "true",
  });
  readonly #letters = (["left", "right", "top", "bottom"] as const).map((edge) => ({
    edge,
    element: h(`span.sl-on-picture.sl-letter.sl-letter-${edge}`, { "aria-hidden": "true" }),
  }));
  readonly #bar = h("span.sl-bar");
  readonly #barLabel = h("span");
  readonly scale = h("div.sl-on-picture.sl-scale", { "aria-hidden": "true" }, this.#barLabel, this.#bar);
  readonly #controller: Pick<SliceController<SliceState, { readonly kind: string }, SliceLocal>, "frame" | "local">;
  #size: Size = { width: 0, height: 0 };

  /** `invalidate` is called when the size has changed. */
  constructor(
    controller: Pick<SliceController<SliceState, { readonly kind: string }, SliceLocal>, "frame" | "local">,
    element: HTMLElement,
    lifecycle: Lifecycle,
    invalidate: () => void,
  ) {
    this.#controller = controller;
    this.element = element;
    element.append(this.base, this.surface, ...this.#letters.map((letter) => letter.element));
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      this.#size = { width, height };
      invalidate();
    });
    observer.observe(element);
    lifecycle.onEnd(() => observer.disconnect());
  }

  /** In CSS pixels; zero while the picture is not laid out. */
  get size(): Size {
    return this.#size;
  }

  get isLaidOut(): boolean {
    return this.#size.width > 0 && this.#size.height > 0;
  }

  get projection(): Projection {
    return project(this.#controller.frame, this.#size, this.#controller.local.camera);
  }

  showLetters(): void {
    const { letters } = this.#controller.frame;
    for (const { edge, element } of this.#letters) setText(element, letters?.[edge] ?? "");
  }

  /** A scale bar with a round length of at most this many CSS pixels. */
  showScale(longest: number, least: number, most: number): void {
    const perMm = this.projection.scaleX / this.#controller.frame.spacing[0];
    const bar = scaleBar(perMm, clamp(longest, least, most));
    setText(this.#barLabel, bar.label);
    this.#bar.style.width = `${bar.pixels.toFixed(1)}px`;
  }
}

/** Gives an element the shape of its slices, within what fits a notebook page. */
export function setShape(element: HTMLElement, { width, height, spacing }: SliceFrame, tallest: number): void {
  const shape = (height * spacing[1]) / (width * spacing[0]);
  element.style.setProperty("--sl-shape", String(Math.min(tallest, Math.max(flattest, shape))));
}
