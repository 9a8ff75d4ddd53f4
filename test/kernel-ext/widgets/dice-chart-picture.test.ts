import { describe, expect, it } from "vitest";
import { escapeMarkup } from "../../../kernel-ext/display/escape-markup.js";
import { type ChartInput, chartData } from "../../../kernel-ext/widgets/dice-chart/chart-data.js";
import { drawChart } from "../../../kernel-ext/widgets/dice-chart/picture/draw-chart.js";
import { shorten, textWidth, wrap } from "../../../kernel-ext/widgets/dice-chart/picture/measure-text.js";
import { rasterize } from "../../../kernel-ext/widgets/dice-chart/picture/rasterize.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import { linearTicks } from "../../../src/protocol/chart-ticks.js";
import type { ChartShown } from "../../../src/protocol/dice-chart.js";
import { row, syntheticRows } from "./dice-chart-rows.js";

function draw(
  rows: readonly EvaluationRow[],
  shown: Partial<ChartShown> = {},
  input: Partial<ChartInput> = {},
): string {
  const { state } = chartData(rows, { kind: "modalities", ...input });
  return drawChart({ ...state, shown: { ...state.shown, ...shown } });
}

/** The x of grid lines, which stand where the ticks 0, 0.2, … 1 are. */
function gridX(svg: string): number[] {
  const lines = [...svg.matchAll(/<line x1="([\d.]+)" y1="[\d.]+" x2="\1" y2="[\d.]+" stroke="#e4e7eb"/g)];
  return lines.map(([, x]) => Number(x));
}

const texts = (svg: string) => [...svg.matchAll(/>([^<>]+)</g)].map(([, text]) => text);
const circles = (svg: string) =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"/g)].map((m) => m.slice(1).map(Number));

describe("the still picture", () => {
  it("has a dot at the mean and a line over the interval, to scale", () => {
    const rows = [0.5, 0.6, 0.7, 0.8].map((dice, n) => row({ dice, case: `c${n}` }));
    const svg = draw(rows);
    const { low, high, mean } = chartData(rows, { kind: "modalities" }).state.cells[0];
    const grid = gridX(svg);
    expect(grid).toHaveLength(6);
    const at = (value: number) => grid[0] + value * (grid[5] - grid[0]);
    const dot = circles(svg).at(-1)!;
    expect(dot[0]).toBeCloseTo(at(mean), 1);
    const interval = svg.match(/<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="\2" stroke="#0072b2"/)!;
    expect(Number(interval[1])).toBeCloseTo(at(low!), 1);
    expect(Number(interval[3])).toBeCloseTo(at(high!), 1);
    expect(texts(svg)).toEqual(expect.arrayContaining(["0.65", `[${low!.toFixed(2)}, ${high!.toFixed(2)}]`]));
  });

  it("carries title, legend, n, axis and footnote", () => {
    const svg = draw([...syntheticRows(["box", "points:1"]), row({ dice: Number.NaN, failure: "broken file" })]);
    const written = texts(svg).join("\n");
    for (const text of [
      "Dice by modality and label",
      "box",
      "points:1",
      "MR · tumor",
      "n 41",
      "Dice",
      "policy first",
      "1 × broken file",
    ]) {
      expect(written).toContain(text);
    }
    expect(texts(draw(syntheticRows(), {}, { title: "My own" }))).toContain("My own");
  });

  it("draws every point, and none for a row without a Dice", () => {
    const rows = [row({ dice: 0.5 }), row({ dice: 0.6, slice: 1 }), row({ dice: Number.NaN, slice: 2 })];
    const points = circles(draw(rows, { marks: "points" })).filter(([, , radius]) => radius === 2.3);
    expect(points).toHaveLength(2);
  });

  it("draws against a measure only what has it, with ρ and its n", () => {
    const rows = [10, 100, 1000, Number.NaN, 0].map((size, slice) => row({ size, slice, dice: 0.2 * (slice + 1) }));
    const svg = draw(rows, { view: "size" });
    expect(circles(svg).filter(([, , radius]) => radius === 2.8)).toHaveLength(3);
    expect(texts(svg)).toEqual(expect.arrayContaining(["10", "100", "1000", "Dice against object size"]));
    expect(texts(svg).join(" ")).toContain("(n 4)");
    expect(texts(draw([row({ contrast: Number.NaN })], { view: "contrast" }))).toContain("No row says its contrast.");
  });

  it("draws lines over clicks, and a level for what has none", () => {
    const svg = draw(syntheticRows(["box", "points:1", "points:3"]), {}, { kind: "prompts" });
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg.match(/stroke-dasharray="6 4"/g)).toHaveLength(1);
    expect(texts(svg)).toEqual(expect.arrayContaining(["1", "3", "clicks"]));
  });

  it("is well-formed whatever the names", () => {
    const svg = draw([row({ modality: `<MR> & "T1"\u0000`, label: "a".repeat(90) })]);
    expect(svg).toContain("&lt;MR&gt; &amp; &quot;T1&quot;");
    expect([svg.includes("<MR>"), svg.includes("\u0000")]).toEqual([false, false]);
    expect(svg).toContain("…");
    const open = svg.match(/<[a-z]+(?=[ >])[^>]*[^/]>/g)!.length;
    expect(svg.match(/<\/[a-z]+>/g)).toHaveLength(open);
  });

  it("becomes a PNG of twice its size", async () => {
    const svg = draw(syntheticRows());
    const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/)!.map(Number);
    const png = Buffer.from(await rasterize(svg));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * width, 2 * height]);
  });
});

describe("its parts", () => {
  it("round ticks", () => {
    expect(linearTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-3, 12)).toEqual([0, 5, 10]);
    expect(linearTicks(0.013, 0.031)).toEqual([0.015, 0.02, 0.025, 0.03]);
  });

  it("texts of a known width", () => {
    expect(textWidth("MMM", 12)).toBeGreaterThan(textWidth("iii", 12));
    expect(shorten("a long name indeed", 12, 60)).toMatch(/^a lo.*…$/);
    expect(wrap("one two three", 10, textWidth("one two", 10))).toEqual(["one two", "three"]);
  });

  it("texts that cannot end their element", () => {
    expect(escapeMarkup(`a<b>&"c"`)).toBe("a&lt;b&gt;&amp;&quot;c&quot;");
  });
});
