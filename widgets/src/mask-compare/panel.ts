import { h, setAttributes, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { placeText } from "../shared/live-region.js";
import type { Projection, Size } from "../shared/slice-view/camera.js";
import { drawSlice, paintCrosshair, sizedContext } from "../shared/slice-view/canvas.js";
import type { GestureStage } from "../shared/slice-view/gestures.js";
import { PictureNotices } from "../shared/slice-view/picture-notices.js";
import type { SliceLayer } from "../shared/slice-view/slice-layer.js";
import { SlicePicture } from "../shared/slice-view/slice-picture.js";
import type { CompareController } from "./controller.js";
import { paintMask } from "./paint.js";
import { type PanelContent, panelNotices } from "./panel-notices.js";
import { scoreLines } from "./scores.js";

/** Maximum length of the scale bar in CSS pixels. */
const longestBar = 80;

/** Below this picture width, in CSS pixels, overlay texts would overlap. */
const narrow = 340;

/** One picture of the slice with a mask: name and scores in its corners. */
export class Panel implements GestureStage {
  readonly #picture: SlicePicture;
  readonly #controller: CompareController;
  readonly #layer: SliceLayer;
  readonly #names = (["left", "right"] as const).map((side) => {
    const swatch = h("span.sl-swatch");
    const text = h("span.mc-name-text");
    return { side, swatch, text, element: h(`div.sl-on-picture.mc-name.mc-name-${side}`, {}, swatch, text) };
  });
  readonly #scores = (["left", "right"] as const).map((side) => h(`div.sl-on-picture.mc-scores.mc-scores-${side}`));
  readonly #divider = h("div.mc-divider", { "aria-hidden": "true" });
  readonly #notices: PictureNotices;
  readonly #isFirst: boolean;
  #content: PanelContent = { left: 0, right: null };

  constructor(
    controller: CompareController,
    layer: SliceLayer,
    isFirst: boolean,
    lifecycle: Lifecycle,
    invalidate: () => void,
  ) {
    this.#controller = controller;
    this.#layer = layer;
    this.#isFirst = isFirst;
    this.#notices = new PictureNotices((intent) => controller.send(intent));
    this.#picture = new SlicePicture(controller, h("div.sl-stage.sl-ringed.mc-panel"), lifecycle, invalidate);
    this.element.append(
      ...this.#names.map(({ element }) => element),
      ...this.#scores,
      this.#picture.scale,
      this.#divider,
      this.#notices.element,
    );
  }

  get element(): HTMLElement {
    return this.#picture.element;
  }

  get surface(): HTMLCanvasElement {
    return this.#picture.surface;
  }

  get size(): Size {
    return this.#picture.size;
  }

  get projection(): Projection {
    return this.#picture.projection;
  }

  /** True if the panel shows two masks and a divider. */
  get isSwipe(): boolean {
    return this.#content.right !== null;
  }

  paint(content: PanelContent): void {
    this.#content = content;
    this.#notices.show(panelNotices(this.#controller, content, this.#isFirst), this.#controller.port.live);
    this.#describe();
    this.#label();
    if (!this.#picture.isLaidOut) return;
    this.#paintBase();
    this.#paintSurface();
  }

  #paintBase(): void {
    const controller = this.#controller;
    const { projection } = this;
    const context = sizedContext(this.#picture.base, this.size);
    drawSlice(context, this.#layer.canvas, controller.frame, projection);
    const { left, right } = this.#content;
    if (right === null) {
      paintMask(context, controller, left, projection);
      return;
    }
    const { width, height } = this.size;
    const line = width * controller.local.swipe;
    for (const [id, from, to] of [
      [left, 0, line],
      [right, line, width],
    ]) {
      context.save();
      context.beginPath();
      context.rect(from, 0, to - from, height);
      context.clip();
      paintMask(context, controller, id, projection);
      context.restore();
    }
  }

  /** The pointer position of one picture is shown in all of them. */
  #paintSurface(): void {
    const { local } = this.#controller;
    const context = sizedContext(this.surface, this.size);
    const { projection } = this;
    if (local.cursor) paintCrosshair(context, this.size, projection, local.cursor, true);
    else if (local.crosshair && local.pointer) paintCrosshair(context, this.size, projection, local.pointer, false);
  }

  #label(): void {
    const controller = this.#controller;
    const { state, local } = controller;
    const { left, right } = this.#content;
    [left, right].forEach((id, n) => {
      const { element, swatch, text } = this.#names[n];
      element.hidden = id === null;
      this.#scores[n].hidden = id === null;
      if (id === null) return;
      const mask = controller.mask(id);
      swatch.style.background = mask.color;
      setText(text, mask.name);
      element.title = mask.model ?? mask.name;
      const lines = scoreLines(controller.onSlice(id).scores, state.subject.unit);
      // The rest is in the table.
      setText(this.#scores[n], (this.size.width < narrow ? lines.slice(0, 1) : lines).join("\n"));
    });
    // A single mask shows its scores on the right, aligned like a table.
    this.#scores[0].classList.toggle("mc-scores-alone", right === null);
    this.#picture.showLetters();
    this.#divider.hidden = right === null;
    this.#divider.style.left = `${local.swipe * 100}%`;
    // A picture without scores has space for it.
    const isWithScale = controller.truth && right === null ? left === controller.truth.id : this.#isFirst;
    this.#picture.scale.hidden = !isWithScale || state.subject.unit !== "mm" || right !== null;
    this.element.classList.toggle("mc-narrow", this.size.width < narrow);
    if (this.size.width === 0) return;
    this.#picture.showScale(this.size.width / 2 - 80, 12, longestBar);
  }

  #describe(): void {
    const controller = this.#controller;
    const { state } = controller;
    const { left, right } = this.#content;
    const names = [left, right].flatMap((id) => (id === null ? [] : [controller.mask(id).name])).join(" and ");
    const where = placeText(state);
    setAttributes(this.surface, {
      "aria-label": `${names} on ${state.subject.source}, ${where}. Press question mark for the keys.`,
    });
  }
}
