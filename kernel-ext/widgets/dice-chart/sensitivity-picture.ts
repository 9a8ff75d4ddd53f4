import type {
  PromptSensitivity,
  SensitivityCurve,
  SensitivityKind,
  SensitivityPoint,
} from "../../../src/evaluate/prompt-sensitivity.js";
import type { ChartSymbol } from "../../../src/protocol/dice-chart.js";
import { drawing, type Part, page, rows, xTitle, yTitle } from "./picture/frame.js";
import { textWidth, wrap } from "./picture/measure-text.js";
import { linearScale, type Scale } from "./picture/scale.js";
import { element, ink, line, text } from "./picture/svg.js";
import { symbol } from "./picture/symbols.js";
import { seriesColors } from "./series.js";

const plotHeight = 300;

/** How a kind of change is drawn: kinds that share a panel differ by symbol and dashes. */
const looks: Readonly<Record<SensitivityKind, { name: string; symbol: ChartSymbol; dash?: string }>> = {
  box: { name: "box", symbol: "square" },
  click: { name: "click", symbol: "circle", dash: "7 4" },
  points: { name: "points", symbol: "circle" },
  reversed: { name: "points, in reverse", symbol: "diamond", dash: "7 4" },
};

const panels: readonly { readonly kinds: readonly SensitivityKind[]; readonly title: string }[] = [
  { kinds: ["box", "click"], title: "shift, pixels" },
  { kinds: ["points", "reversed"], title: "points" },
];

/** What of a study is drawn. */
export type DrawnStudy = Pick<PromptSensitivity, "curves" | "footnote">;

interface Drawn extends SensitivityCurve {
  readonly name: string;
  readonly color: string;
}

/** One line for each curve: `fake box: 0.97 at 0, 0.85 at 5`. */
export function sensitivityText(curves: readonly SensitivityCurve[]): string {
  const lines = curves.map(({ model, kind, points }) => {
    const means = points.map(({ amount, dice }) => `${dice.toFixed(3)} at ${amount}`);
    return `${model}, ${looks[kind].name}: Dice ${means.join(", ")}`;
  });
  return ["PromptSensitivity", ...lines].join("\n");
}

/** Names of the models, in the order of the curves. */
export const modelsOf = (curves: readonly SensitivityCurve[]) => [...new Set(curves.map(({ model }) => model))];

/** The chart as an SVG drawing, black on white, page width. */
export function drawSensitivity({ curves, footnote }: DrawnStudy): string {
  const models = modelsOf(curves);
  const kinds = Object.keys(looks) as SensitivityKind[];
  // Of one model colors tell the kinds apart, of several the models.
  const drawn = curves.map((curve): Drawn => {
    const name = looks[curve.kind].name;
    return models.length === 1
      ? { ...curve, name, color: seriesColors[kinds.indexOf(curve.kind)]! }
      : { ...curve, name: `${curve.model}, ${name}`, color: seriesColors[models.indexOf(curve.model)]! };
  });
  const title = "How much Dice depends on the prompt";
  const objects = Math.max(...curves.flatMap(({ points }) => points.map(({ n }) => n)));
  const subtitle = `${models.length === 1 ? `${models[0]}, ` : ""}${objects} ${objects === 1 ? "object" : "objects"}, mean with 95 % interval`;
  const legend = drawLegend(drawn, 76);
  const top = legend.bottom + 16;
  const body: string[] = [];
  const used = panels.filter((panel) => drawn.some(({ kind }) => panel.kinds.includes(kind)));
  const left = page.margin + 44;
  const gap = 40;
  const width = (page.width - page.margin - left - gap * (used.length - 1)) / used.length;
  used.forEach((panel, n) => {
    const at = left + n * (width + gap);
    body.push(
      ...drawPanel(
        drawn.filter(({ kind }) => panel.kinds.includes(kind)),
        panel.title,
        { left: at, right: at + width, top },
      ),
    );
  });
  body.push(yTitle(top, top + plotHeight));
  const notes = wrap(footnote, 10.5, page.width - 2 * page.margin);
  const foot = top + plotHeight + 58;
  const height = foot + 14 * notes.length + 8;
  return drawing(height, `${title}. ${sensitivityText(curves)}`, [
    text(page.margin, 34, title, { size: 16, bold: true }),
    text(page.margin, 52, subtitle, { size: 12, fill: ink.soft }),
    ...legend.body,
    ...body,
    ...notes.map((note, n) => text(page.margin, foot + 14 * n, note, { size: 10.5, fill: ink.soft })),
  ]);
}

function drawLegend(curves: readonly Drawn[], top: number): Part {
  let [x, y] = [page.margin, top];
  const body = curves.flatMap(({ name, kind, color }) => {
    const width = 44 + textWidth(name, 12) + 18;
    if (x > page.margin && x + width > page.width - page.margin) [x, y] = [page.margin, y + 19];
    const entry = [
      line(x, y - 4, x + 26, y - 4, color, 2, looks[kind].dash),
      symbol(looks[kind].symbol, x + 13, y - 4, { radius: 4.2, fill: color }),
      text(x + 34, y, name),
    ];
    x += width;
    return entry;
  });
  return { body, bottom: y + 4 };
}

function drawPanel(
  curves: readonly Drawn[],
  title: string,
  { left, right, top }: { readonly left: number; readonly right: number; readonly top: number },
): string[] {
  const bottom = top + plotHeight;
  const amounts = [...new Set(curves.flatMap(({ points }) => points.map(({ amount }) => amount)))];
  amounts.sort((a, b) => a - b);
  const [first, last] = [amounts[0]!, amounts.at(-1)!];
  const x = linearScale(first, last, left + 18, right - 18);
  const y = linearScale(0, 1, bottom, top + 6);
  // Curves are shifted by a symbol's width, so that equal values are drawn side by side. Many curves must not reach the
  // next amount.
  const apart = Math.min(9, 18 / Math.max(1, curves.length - 1));
  let free = left - 20;
  return [
    ...rows(y, left, right),
    line(left, bottom, right, bottom, ink.axis),
    ...amounts.flatMap((amount) => {
      const tick = line(x.at(amount), bottom, x.at(amount), bottom + 4, ink.axis);
      // A number stands only where the one before leaves room.
      if (x.at(amount) - free < 18) return [tick];
      free = x.at(amount);
      return [tick, text(x.at(amount), bottom + 17, String(amount), { size: 11, fill: ink.soft, anchor: "middle" })];
    }),
    ...curves.flatMap((curve, n) => drawCurve(curve, (n - (curves.length - 1) / 2) * apart, x, y)),
    xTitle(left, right, bottom + 36, title),
  ];
}

/** @param aside pixels that keep the intervals of several curves apart */
function drawCurve({ points, kind, color }: Drawn, aside: number, x: Scale, y: Scale): string[] {
  const at = ({ amount }: SensitivityPoint) => x.at(amount) + aside;
  const round = (value: number) => Math.round(value * 100) / 100;
  return [
    element("polyline", {
      points: points.map((point) => `${round(at(point))},${round(y.at(point.dice))}`).join(" "),
      fill: "none",
      stroke: color,
      "stroke-width": 2,
      "stroke-opacity": 0.85,
      "stroke-dasharray": looks[kind].dash,
    }),
    ...points.flatMap((point) => {
      const [low, high] = point.interval;
      return Number.isNaN(low) ? [] : [line(at(point), y.at(low), at(point), y.at(high), color, 1.8)];
    }),
    ...points.map((point) => symbol(looks[kind].symbol, at(point), y.at(point.dice), { radius: 4.2, fill: color })),
  ];
}
