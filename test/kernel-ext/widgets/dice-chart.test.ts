import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatValue } from "../../../kernel-ext/display/format.js";
import { mazurowskiAnchors } from "../../../kernel-ext/widgets/dice-chart/anchors.js";
import { chartDice, chartPrompts } from "../../../kernel-ext/widgets/dice-chart/chart-dice.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import { widgetVersionRange } from "../../../src/protocol/version.js";
import { temporaryFolders } from "../../support/temporary.js";
import { row } from "./dice-chart-rows.js";
import { RecordingHost } from "./recording-host.js";

const folder = temporaryFolders();

const rows: readonly EvaluationRow[] = [
  row({ label: "liver", dice: 0.5, slice: 4 }),
  row({ label: "spleen", dice: 0.25, slice: 5, size: Number.NaN }),
  row({ label: "liver", dice: 0.75, case: "case2", slice: 6 }),
];

function start(options = {}) {
  const host = new RecordingHost();
  const chart = chartDice(rows, { host, ...options });
  return { host, chart };
}

/** The state that the front end has after all messages. */
function stateOf(host: RecordingHost) {
  return Object.assign({}, ...host.sent.map(({ data }) => data.state));
}

describe("saving", () => {
  it("gives the view that asks a file", async () => {
    const { host } = start();
    host.take();
    await host.intend({ kind: "save", format: "svg" });
    const file = host.take().find(({ data }) => data.method === "custom");
    expect(file?.data.content).toEqual({
      kind: "file",
      view: "v",
      name: "dice-by-modality-and-label.svg",
      type: "image/svg+xml",
    });
    expect(Buffer.from(file!.buffers![0]).toString()).toMatch(/^<svg /);
  });

  it("writes SVG and PNG by the file's ending", async () => {
    const { chart } = start();
    const path = await folder();
    await chart.save(join(path, "a.svg"));
    await chart.save(join(path, "a.PNG"));
    expect(await readFile(join(path, "a.svg"), "utf8")).toBe(chart.svg());
    expect((await readFile(join(path, "a.PNG"))).subarray(1, 4).toString()).toBe("PNG");
    await expect(chart.save("a.pdf")).rejects.toThrow(
      'A chart cannot be saved as "a.pdf". Name a file that ends in .svg or .png.',
    );
  });
});

describe("opening", () => {
  it("sends one message, with the points as bytes", () => {
    const { host } = start();
    expect(host.target).toBe("jupyter.widget");
    const [{ data, buffers }, ...others] = host.take();
    expect(others).toEqual([]);
    expect(data.state).toMatchObject({
      _model_name: "DiceChartModel",
      _view_name: "DiceChartView",
      _view_module_version: widgetVersionRange,
      protocol: 3,
      kind: "modalities",
      series: [{ name: "lite-medsam", color: "#0072b2", symbol: "circle" }],
      groups: [
        { name: "CT · liver", modality: "CT", label: "liver", clicks: -1 },
        { name: "CT · spleen", modality: "CT", label: "spleen", clicks: -1 },
      ],
      cases: ["case1", "case2"],
      labels: ["liver", "spleen"],
      shown: { view: "modalities", marks: "bars" },
      selection: null,
      handled: {},
    });
    const paths = data.buffer_paths as string[][];
    expect(paths.map((path) => path.join("."))).toEqual(
      ["group", "series", "dice", "size", "contrast", "complexity", "case", "label", "slice", "part"].map(
        (c) => `points.${c}`,
      ),
    );
    expect(buffers![2]).toEqual(new Uint8Array(Float32Array.of(0.5, 0.25, 0.75).buffer));
    expect(buffers![3]).toEqual(new Uint8Array(Float32Array.of(100, Number.NaN, 100).buffer));
    expect(buffers![0]).toEqual(new Uint8Array(Uint16Array.of(0, 1, 0).buffer));
    expect(buffers![8]).toEqual(new Uint8Array(Int32Array.of(4, 5, 6).buffer));
  });

  it("takes an evaluation's result as well as its rows", () => {
    expect(chartDice({ rows }, { host: new RecordingHost() }).rows).toEqual(rows);
    const nothing = null as unknown as EvaluationRow[];
    expect(() => chartDice(nothing, { host: new RecordingHost() })).toThrow("There are no rows to chart.");
  });

  it("needs a kernel, and marks that there are", () => {
    expect(() => chartDice(rows)).toThrow("chartDice needs a running samlab kernel");
    expect(() => chartPrompts(rows)).toThrow("chartPrompts needs a running samlab kernel");
    expect(() => start({ marks: "violins" })).toThrow("Choose among bars, boxes, points.");
  });
});

describe("a click", () => {
  it("on a point picks its row, and names it", async () => {
    const { host, chart } = start();
    await host.intend({ kind: "select", target: { of: "point", point: 1 } });
    expect(chart.selection).toEqual([rows[1]]);
    expect(stateOf(host)).toMatchObject({
      selection: { points: [1], cell: null, text: "case1 · axial slice 5 · CT · spleen · Dice 0.250 (lite-medsam)" },
      handled: { v: 1 },
    });
  });

  it("on a mean picks all of its rows", async () => {
    const { host, chart } = start();
    await host.intend({ kind: "select", target: { of: "cell", group: 0, series: 0 } });
    expect(chart.selection).toEqual([rows[0], rows[2]]);
    expect(stateOf(host).selection).toEqual({
      points: [0, 2],
      cell: { group: 0, series: 0 },
      text: "CT · liver, lite-medsam: 2 rows",
    });
    await host.intend({ kind: "deselect" });
    expect([chart.selection, stateOf(host).selection]).toEqual([[], null]);
  });

  it("is told to listeners", async () => {
    const { host, chart } = start();
    const heard: number[] = [];
    const stop = chart.on("selection", (selection) => heard.push(selection.length));
    await host.intend({ kind: "select", target: { of: "cell", group: 0, series: 0 } });
    stop();
    await host.intend({ kind: "deselect" });
    expect(heard).toEqual([2]);
  });

  it("that means nothing changes nothing, and is answered with a note", async () => {
    const { host, chart } = start();
    host.take();
    await host.intend({ kind: "select", target: { of: "point", point: 3 } });
    expect(chart.selection).toEqual([]);
    expect(host.take().map(({ data }) => data)).toMatchObject([
      { method: "custom", content: { kind: "note", text: "The kernel ignored select with an invalid target." } },
      { state: { handled: { v: 1 } } },
    ]);
  });
});

describe("what is shown", () => {
  it("is the same in every view, and known to code", async () => {
    const { host, chart } = start({ marks: "boxes" });
    await host.intend({ kind: "show", shown: { view: "size", marks: "points" } });
    expect(chart.shown).toEqual({ view: "size", marks: "points" });
    chart.show({ view: "contrast" });
    expect(stateOf(host).shown).toEqual({ view: "contrast", marks: "points" });
    expect(() => chart.show({ view: "color" as "size" })).toThrow("Views are modalities, size, contrast, complexity");
  });

  it("can be read as numbers", () => {
    expect(start().chart.means).toMatchObject([
      { group: "CT · liver", series: "lite-medsam", n: 2, mean: 0.625, median: 0.625 },
      { group: "CT · spleen", series: "lite-medsam", n: 1, mean: 0.25, low: null, high: null },
    ]);
  });
});

describe("as the value of a cell", () => {
  it("is the widget, a text, and still pictures", async () => {
    const { chart } = start({ anchors: mazurowskiAnchors() });
    const { data: bundle } = await formatValue(chart);
    expect(bundle["text/plain"]).toBe(
      "DiceChart(2 modality rows, lite-medsam; lite-medsam · box · policy first · 3 objects from 2 cases)",
    );
    expect(bundle["application/vnd.jupyter.widget-view+json"]).toMatchObject({ model_id: "model-1" });
    expect(bundle["image/svg+xml"]).toBe(chart.svg());
    expect(bundle["image/png"]).toMatch(/^iVBOR/);
  });

  it("goes when it is closed", () => {
    const { host, chart } = start();
    chart.close();
    chart.close();
    expect(host.take().map(({ type }) => type)).toEqual(["open", "close"]);
  });
});
