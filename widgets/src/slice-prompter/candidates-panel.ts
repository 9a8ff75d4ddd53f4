import type { AnswerState } from "../../../src/protocol/slice-prompter.js";
import type { WireBytes } from "../../../src/protocol/slices.js";
import { withAlpha } from "../shared/color.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { placed, runsPath } from "../shared/slice-view/mask-paths.js";
import type { SliceLayer } from "../shared/slice-view/slice-layer.js";
import type { Controller } from "./controller.js";
import { qualityOf } from "./run-text.js";

/** Size of a thumbnail in CSS pixels. */
const thumb = { width: 68, height: 56 };

const qualityTitles: Readonly<Record<string, string>> = {
  "predicted IoU": "the intersection over union with the true mask, as the model itself estimates it",
  stability: "the intersection over union of the masks with a higher and a lower threshold",
};

const answers = {
  single: { label: "single", title: "the single mask" },
  best: { label: "best", title: "the alternative rated best" },
  stable: { label: "single", title: "the single mask; the alternative rated best where that is not stable" },
} as const;

interface Tile {
  readonly candidate: number;
  readonly button: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
  readonly score: HTMLElement;
}

/**
 * After a single click: the model's answer and its three alternatives from part to whole, each with what it is rated
 * by: the predicted IoU, or the stability.
 */
export class CandidatesPanel {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #layer: SliceLayer;
  readonly #tiles: readonly Tile[];
  readonly #row: HTMLElement;
  readonly #title: HTMLElement;
  readonly #quality = h("span.sl-unit");
  readonly #hint = h("p.sl-empty", {}, "A single click gives three more to choose from.");
  /** Inputs of the last thumbnails. */
  #painted: readonly unknown[] = [];

  constructor(controller: Controller, layer: SliceLayer) {
    this.#controller = controller;
    this.#layer = layer;
    this.#tiles = [-1, 0, 1, 2].map((candidate) => this.#tile(candidate));
    this.#row = h("div.sl-tiles", {}, ...this.#tiles.map(({ button }) => button));
    this.#title = h("h4", {}, "Candidate masks", this.#quality);
    this.element = h("section.sl-section.sl-candidates", {}, this.#title, this.#row, this.#hint);
  }

  update(): void {
    const { answer, model, work } = this.#controller.state;
    const some = answer !== null && answer.candidates.length > 0;
    this.element.hidden = !model.prompts.points;
    const quality = qualityOf(model);
    setText(this.#quality, quality);
    setAttributes(this.#title, { title: qualityTitles[quality] ?? quality });
    // The alternatives arrive after the mask: keep the panel until then.
    if (!some && work.phase !== "idle") return;
    this.#row.hidden = !some;
    this.#hint.hidden = some;
    if (!some) return;
    for (const { candidate, button, score } of this.#tiles) {
      const iou = candidate === -1 ? answer.singleIou : answer.candidates[candidate]?.predictedIou;
      button.hidden = iou === undefined;
      setText(score, iou?.toFixed(2) ?? "–");
      setAttributes(button, { "aria-pressed": String(answer.chosen === candidate) });
    }
    this.#paint(answer);
  }

  #tile(candidate: number): Tile {
    const controller = this.#controller;
    const canvas = h("canvas");
    const score = h("span.sl-score");
    const { answer = "single" } = controller.state.model;
    const number = String(candidate + 1);
    const { label, title } =
      candidate === -1 ? answers[answer] : { label: number, title: `alternative ${number}, key ${number}` };
    const button = h(
      "button.sl-tile",
      { type: "button", title, "aria-label": title },
      canvas,
      h("span.sl-tile-name", {}, label),
      score,
    );
    button.addEventListener("click", () => controller.send({ kind: "choose", ...controller.seen, candidate }));
    return { candidate, button, canvas, score };
  }

  #paint(answer: AnswerState): void {
    const { state, window: levels, active } = this.#controller;
    const bits = [answer.singleRuns, ...answer.candidates.map((candidate) => candidate.runs)];
    const now = [...bits, state.slice.data, levels?.low, levels?.high, active.color];
    if (now.length === this.#painted.length && now.every((part, n) => part === this.#painted[n])) return;
    this.#painted = now;
    const view = this.#view(bits);
    this.#tiles.forEach(({ canvas }, n) => {
      if (bits[n]) this.#paintThumb(canvas, bits[n], view);
    });
  }

  /**
   * The region of the slice that contains all candidates, with a margin, in pixel edges; the same for every thumbnail.
   */
  #view(bits: readonly (WireBytes | null)[]): { x: number; y: number; scale: number } {
    const { frame } = this.#controller;
    const [sx, sy] = frame.spacing;
    let [x0, y0, x1, y1] = [frame.width, frame.height, 0, 0];
    for (const mask of bits) {
      const extent = mask && runsPath(mask, frame.width, frame.height).extent;
      if (extent)
        [x0, y0, x1, y1] = [
          Math.min(x0, extent[0]),
          Math.min(y0, extent[1]),
          Math.max(x1, extent[2]),
          Math.max(y1, extent[3]),
        ];
    }
    if (x1 <= x0) [x0, y0, x1, y1] = [0, 0, frame.width, frame.height];
    const scale = Math.min((0.8 * thumb.width) / ((x1 - x0) * sx), (0.8 * thumb.height) / ((y1 - y0) * sy));
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale: Math.min(scale, 8 / Math.max(sx, sy)) };
  }

  #paintThumb(
    canvas: HTMLCanvasElement,
    bits: WireBytes,
    { x, y, scale }: { x: number; y: number; scale: number },
  ): void {
    const { frame, active } = this.#controller;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: Math.round(thumb.width * ratio), height: Math.round(thumb.height * ratio) });
    const context = canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    const [scaleX, scaleY] = [scale * frame.spacing[0], scale * frame.spacing[1]];
    const [left, top] = [thumb.width / 2 - x * scaleX, thumb.height / 2 - y * scaleY];
    context.drawImage(this.#layer.canvas, left, top, frame.width * scaleX, frame.height * scaleY);
    const path = placed(runsPath(bits, frame.width, frame.height).path, { left, top, scaleX, scaleY });
    context.fillStyle = withAlpha(active.color, 0.45);
    context.fill(path, "evenodd");
    context.strokeStyle = active.color;
    context.stroke(path);
  }
}
