import type { ComparedMask, ScoreState } from "../../../src/protocol/mask-compare.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { type Row, RowList } from "../shared/list.js";
import type { CompareController } from "./controller.js";
import { distanceText, knownSlices, scoreText, slicesText, wholeText } from "./scores.js";

/** Dice, IoU and HD95 of each mask, on this slice and over the volume. */
export class ScoreTable {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  readonly #sliceHead = h("th", { colspan: 3, scope: "colgroup" });
  readonly #wholeHead = h("th.mc-whole", { colspan: 3, scope: "colgroup" }, "volume");
  readonly #countHead = h("th", { scope: "col" }, "slices");
  readonly #rows: RowList<ComparedMask>;
  readonly #note = h("p.mc-definition");
  /** Whether the masks are scored over different slices, so that their numbers cannot be compared as they stand. */
  #hasCounts = false;

  constructor(controller: CompareController) {
    this.#controller = controller;
    const body = h("tbody");
    this.#rows = new RowList<ComparedMask>(
      body,
      ({ id }) => id,
      (mask) => this.#row(mask),
    );
    const isVolume = controller.state.subject.kind === "volume";
    const columns = ["Dice", "IoU", "HD95"].map((name) => h("th", { scope: "col" }, name));
    const wholeColumns = ["Dice", "IoU", "HD95"].map((name, n) =>
      h(n === 0 ? "th.mc-whole" : "th", { scope: "col" }, name),
    );
    const table = h(
      "table.mc-table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, h("td"), this.#sliceHead, isVolume ? this.#wholeHead : null),
        h("tr.mc-columns", {}, h("td"), ...columns, ...(isVolume ? [...wholeColumns, this.#countHead] : [])),
      ),
      body,
    );
    this.element = h("div.mc-scores-side", {}, table, this.#note);
  }

  update(): void {
    const controller = this.#controller;
    const { state, truth } = controller;
    this.element.hidden = !truth;
    if (!truth) return;
    const isVolume = state.subject.kind === "volume";
    const whole = wholeText(state);
    setText(this.#wholeHead, whole);
    this.#hasCounts = whole === knownSlices;
    this.#countHead.hidden = !this.#hasCounts;
    this.#wholeHead.setAttribute("colspan", this.#hasCounts ? "4" : "3");
    setText(this.#sliceHead, isVolume ? `slice ${state.place.index}` : "picture");
    this.#rows.update(state.masks.filter(({ id }) => id !== truth.id));
    const unit = state.subject.unit === "mm" ? "mm" : "pixels";
    const merged = state.hasLabelsAsOne ? "; all labels of a mask as one" : "";
    setText(this.#note, `HD95 in ${unit}, as ${state.definition} defines it${merged}`);
  }

  #row({ id }: ComparedMask): Row<ComparedMask> {
    const controller = this.#controller;
    const swatch = h("span.sl-swatch");
    const name = h("span.sl-name");
    const head = h("th.mc-row-head", { scope: "row" }, h("span.mc-row-name", {}, swatch, name));
    const onSlice = [h("td"), h("td"), h("td")];
    const whole = [h("td.mc-whole"), h("td"), h("td")];
    const isVolume = controller.state.subject.kind === "volume";
    const count = h("td");
    const element = h("tr", {}, head, ...onSlice, ...(isVolume ? [...whole, count] : []));
    return {
      element,
      update: (mask) => {
        const { state } = controller;
        swatch.style.background = mask.color;
        setText(name, mask.name);
        head.title = mask.model ? `${mask.name}: ${mask.model}` : mask.name;
        fill(onSlice, controller.onSlice(id).scores);
        const total = state.totals.find((candidate) => candidate.mask === id);
        fill(whole, total?.scores ?? null);
        count.hidden = !this.#hasCounts;
        setText(count, total?.scores ? String(total.slices ?? frameOf(state.subject, state.place.plane).count) : "");
        const isPending = total?.predicted != null && !total.scores;
        whole[0].classList.toggle("mc-pending", isPending);
        if (total?.predicted && isPending) {
          const { done, of } = total.predicted;
          // The volume's scores are available once every slice with a prompt is predicted.
          setText(whole[0], `${done} of ${of}`);
          whole[0].title = `${done} of ${of} slices predicted`;
        } else setAttributes(whole[0], { title: total && slicesText(state, total) });
      },
    };
  }
}

/** The unit is in the footnote. */
function fill(cells: readonly HTMLElement[], scores: ScoreState | null): void {
  const [dice, iou, distance] = cells;
  setText(dice, scores ? scoreText(scores.dice) : "");
  setText(iou, scores ? scoreText(scores.iou) : "");
  setText(distance, scores ? distanceText(scores.hd95, "mm").replace(" mm", "") : "");
}
