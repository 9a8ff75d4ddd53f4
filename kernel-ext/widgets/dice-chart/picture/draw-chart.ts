import { chartTitle, type DiceChartState } from "../../../../src/protocol/dice-chart.js";
import { readColumns } from "../../../../src/protocol/dice-chart-columns.js";
import { chartFigure, chartLegend, rhoNote } from "../../../../src/protocol/dice-chart-figure.js";
import { drawFigure } from "./draw-figure.js";
import { drawing, type Part, page } from "./frame.js";
import { textWidth, wrap } from "./measure-text.js";
import { ink, text } from "./svg.js";
import { symbol } from "./symbols.js";

/** The chart as an SVG drawing, black on white, page width: shown on GitHub, in PDFs and papers. */
export function drawChart(state: DiceChartState): string {
  const head = drawHead(state);
  const figure = chartFigure(state, state.shown, readColumns(state.points));
  const plot = drawFigure(figure, state, head.bottom + 14);
  const foot = drawFoot(state, plot.bottom + 14);
  const height = Math.ceil(foot.bottom + 6);
  const title = chartTitle(state, state.shown.view);
  return drawing(height, `${title}. ${state.subtitle}`, [...head.body, ...plot.body, ...foot.body]);
}

/** Title, subtitle and legend. */
function drawHead(state: DiceChartState): Part {
  const { view } = state.shown;
  const width = page.width - 2 * page.margin;
  const titles = wrap(chartTitle(state, view), 16, width);
  const subtitles = wrap(state.subtitle, 12, width);
  const body = [
    ...titles.map((content, n) => text(page.margin, 34 + 20 * n, content, { size: 16, bold: true })),
    ...subtitles.map((content, n) =>
      text(page.margin, 14 + 20 * titles.length + 17 * (n + 1), content, { size: 12, fill: ink.soft }),
    ),
  ];
  const y = 14 + 20 * titles.length + 17 * subtitles.length;
  const legend = drawLegend(state, y + 24);
  return { body: [...body, ...legend.body], bottom: legend.bottom };
}

function drawLegend(state: DiceChartState, top: number): Part {
  const { entries, published } = chartLegend(state, state.shown);
  let [x, y] = [page.margin, top];
  const body: string[] = [];
  const entry = (name: string, mark: (x: number, y: number) => string) => {
    const width = 20 + textWidth(name, 12) + 18;
    if (x > page.margin && x + width > page.width - page.margin) [x, y] = [page.margin, y + 19];
    body.push(mark(x + 6, y - 4), text(x + 18, y, name));
    x += width;
  };
  for (const { name, rho, color, symbol: shape } of entries) {
    entry(rho === "" ? name : `${name} · ${rho}`, (cx, cy) => symbol(shape, cx, cy, { radius: 4.6, fill: color }));
  }
  if (published !== "") {
    entry(published, (cx, cy) => symbol("diamond", cx, cy, { radius: 3.6, fill: "#fff", stroke: ink.text }));
  }
  return { body, bottom: y + 4 };
}

function drawFoot(state: DiceChartState, top: number): Part {
  const width = page.width - 2 * page.margin;
  const rho = rhoNote(state.shown);
  const linesOf = (contents: readonly string[], fill: string) =>
    contents.flatMap((content) => wrap(content, 10.5, width)).map((content) => ({ content, fill }));
  const lines = [
    ...linesOf(state.notices, ink.warning),
    ...linesOf([...state.footnote, ...(rho === "" ? [] : [rho])], ink.soft),
  ];
  const body = lines.map(({ content, fill }, n) =>
    text(page.margin, top + 14 * (n + 1), content, { size: 10.5, fill }),
  );
  return { body, bottom: top + 14 * lines.length + 8 };
}
