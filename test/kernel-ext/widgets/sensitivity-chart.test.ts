import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { chartSensitivity } from "../../../kernel-ext/widgets/dice-chart/sensitivity-chart.js";
import { sensitivityCurves } from "../../../src/evaluate/prompt-sensitivity.js";
import { row } from "../../evaluate/support/row.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();

/** Two cases; a box off by 10 pixels loses 0.3, a click 0.2. */
function rowsOf(model: string, loss = 1) {
  const dice = {
    box: 0.9,
    "box:jitter=10,draw=1": 0.6,
    "points:1": 0.7,
    "points:1,shift=10,draw=1": 0.5,
    "points:3": 0.8,
  };
  return Object.entries(dice).flatMap(([strategy, value]) =>
    ["a", "b"].map((name, n) => row({ model, strategy, case: name, dice: loss * value + 0.02 * n })),
  );
}

const study = (models: readonly string[]) => ({
  curves: sensitivityCurves(models.flatMap((model, n) => rowsOf(model, 1 - 0.1 * n))),
  footnote: "Device CPU. Shifts drawn once.",
});
const texts = (svg: string) => [...svg.matchAll(/>([^<>]+)</g)].map(([, text]) => text);
const numbers = (text: string) => text.split(/[ ,]/).map(Number);

describe("a chart of how much Dice depends on the prompt", () => {
  it("has a line through the means, to scale, and their intervals", () => {
    const { curves, footnote } = study(["fake"]);
    const svg = chartSensitivity({ curves, footnote }).svg();
    const grid = [...svg.matchAll(/<line x1="([\d.]+)" y1="([\d.]+)" x2="[\d.]+" y2="\2" stroke="#e4e7eb"/g)];
    const ys = grid.map((found) => Number(found[2]));
    const [bottom, top] = [Math.max(...ys), Math.min(...ys)];
    const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points]) => numbers(points!));
    expect(lines).toHaveLength(curves.length);
    const dice = lines.map((line) => line.filter((_, n) => n % 2 === 1).map((y) => (bottom - y) / (bottom - top)));
    curves.forEach(({ points }, n) => {
      points.forEach((point, at) => {
        expect(dice[n]![at]).toBeCloseTo(point.dice, 2);
      });
    });
    const [box] = curves;
    const [low, high] = box!.points[1]!.interval;
    const at = (value: number) => bottom - value * (bottom - top);
    const intervals = [...svg.matchAll(/<line x1="([\d.]+)" y1="([\d.]+)" x2="\1" y2="([\d.]+)" stroke="#0072b2"/g)];
    expect(Number(intervals[1]![2])).toBeCloseTo(at(low), 0);
    expect(Number(intervals[1]![3])).toBeCloseTo(at(high), 0);
    expect(texts(svg)).toEqual(expect.arrayContaining(["box", "click", "points", "shift, pixels", "10", footnote]));
    expect(texts(svg)).toContain("fake, 2 objects, mean with 95 % interval");
  });

  it("tells models apart by color and kinds by symbol, and leaves out panels without a curve", () => {
    const { curves, footnote } = study(["one", "two"]);
    const boxes = curves.filter(({ kind }) => kind === "box");
    const svg = chartSensitivity({ curves: boxes, footnote }).svg();
    expect(texts(svg)).toEqual(expect.arrayContaining(["one, box", "two, box"]));
    expect(texts(svg)).not.toContain("points");
    expect([...svg.matchAll(/<polyline[^>]*stroke="(#\w+)"/g)].map(([, color]) => color)).toEqual([
      "#0072b2",
      "#e69f00",
    ]);
  });

  it("is saved, and shown as a picture that the notebook keeps, as a study is", async () => {
    const whole = { ...study(["fake"]), result: { rows: [], plan: {}, summary: () => ({}), footnote: "" } };
    const chart = chartSensitivity(whole);
    const file = join(await folder(), "chart.svg");
    await chart.save(file);
    expect(await readFile(file, "utf8")).toBe(chart.svg());
    for (const value of [chart, whole]) {
      const { data, metadata } = await formatValue(value, (fault) => {
        throw fault;
      });
      // A drawing would be cut off where the output is narrower, a picture is not.
      expect(Object.keys(data).sort()).toEqual(["image/png", "text/plain"]);
      expect(metadata).toEqual({ "image/png": { width: 860 } });
      expect(data["text/plain"]).toContain("fake, box: Dice 0.910 at 0, 0.610 at 10");
    }
    await expect(chart.save("chart.pdf")).rejects.toMatchObject({ code: "argument-invalid", field: "file" });
    await expect(chart.save(join(file, "no", "chart.png"))).rejects.toMatchObject({ code: "file-write-failed" });
  });

  it("is refused without a curve, and for more models than colors", () => {
    expect(() => chartSensitivity({ curves: [], footnote: "" })).toThrow("Ask for a shift or a number of points");
    const many = Array.from({ length: 8 }, (_, n) => `model ${n}`);
    expect(() => chartSensitivity(study(many))).toThrow("8 models cannot be told apart");
  });
});
