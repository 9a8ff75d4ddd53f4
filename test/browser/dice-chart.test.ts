import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clickMark } from "../support/click-mark.js";
import { breakConnection } from "./break-connection.js";
import { rowsCell } from "./cells.js";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  `import { chartDice, compareMasks } from "samlab";\n${rowsCell}`,
  `const columns = (n: number) => ({ width: 8, height: 8, data: Uint8Array.from({ length: 64 }, (_, k) => Number(k % 8 < n)) });
const picture = { width: 8, height: 8, channels: 1 as const, data: new Uint8Array(64).fill(90), spacing: null, window: null, source: "gray" };
const open = ({ dice }: { dice: number }) => compareMasks(picture, { mask: columns(Math.round(8 * dice)), truth: columns(8) });
const chart = chartDice([...rows, failed], { open });
chart`,
  "console.log(JSON.stringify(chart.selection.map(({ case: c, slice, label, strategy, dice }) => [c, slice, label, strategy, dice.toFixed(2)])))",
  "console.log(chart.shown.marks)",
];

/** JupyterLab and plotly.js take their time on a busy machine. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe.skipIf(!browserTestsCanRun())("the Dice chart in JupyterLab", { timeout: 120_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  async function open(name: string, shownCells = [0, 1], newPage = false): Promise<LabPage & { chart: Locator }> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 1800 }, newPage });
    for (const cell of shownCells) await lp.runCell(cell);
    const chart = lp.page.locator(".dc").first();
    if (shownCells.includes(1)) await chart.waitFor();
    return { ...lp, chart };
  }

  const output = async ({ page }: LabPage, cell: number) =>
    (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").innerText()).trim();
  const button = (chart: Locator, name: string) => chart.getByRole("button", { name, exact: true });
  const bars = (chart: Locator) => chart.locator(".barlayer .point path");
  /** The points of the single objects: all symbols of the traces. */
  const points = (chart: Locator) => chart.locator(".scatterlayer .point");
  /** Dice in the comparison below the chart. */
  const openedScore = async (page: Page) => (await page.locator(".dc-opened .mc-table tbody td").allInnerTexts())[0];
  const line = (chart: Locator) => chart.locator(".dc-line").innerText();

  it("draws bars as long as the means, the best row on top", async () => {
    // Run All, with the chart off the screen, and then a look at it.
    const filler = 'console.log(Array.from({ length: 40 }, (_, n) => n).join("\\n"))';
    writeNotebook(join(lab.folder, "bars.ipynb"), [cells[0], filler, filler, filler, cells[1]]);
    const opened = await lab.open("bars.ipynb", { viewport: { width: 1400, height: 800 } });
    await opened.runAll();
    const lp = { ...opened, chart: opened.page.locator(".dc").first() };
    await soon(() => bars(lp.chart).count()).toBe(9);
    await lp.chart.scrollIntoViewIfNeeded();
    const label = lp.chart.locator(".ytick text").first();
    const { data } = await sharp(await label.screenshot())
      .grayscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.filter((gray) => gray < 120).length).toBeGreaterThan(30);
    const plot = (await lp.chart.locator(".bglayer .bg, .plotbg, .nsewdrag").first().boundingBox())!;
    const boxes = await Promise.all([0, 1, 2].map(async (n) => (await bars(lp.chart).nth(n).boundingBox())!));
    // The first trace is the box strategy; 0.055 is the mean of k / 100 for k from 0 to 11.
    [0.855, 0.705, 0.555].forEach((mean, n) => {
      expect(Math.abs(boxes[n].width / plot.width - mean)).toBeLessThan(0.005);
    });
    expect(boxes[0].y).toBeLessThan(boxes[1].y);
    const names = await lp.chart.locator(".ytick text tspan").allTextContents();
    expect(names.filter((name) => name.includes(" · "))).toEqual(["CT · liver", "Endoscopy · polyp", "MR · tumor"]);
    const notes = await lp.chart.locator(".dc-notes").innerText();
    expect(notes).toContain(
      "1 of 109 rows has no Dice and is left out, not counted as 0: 1 × the image could not be read.",
    );
    expect(await lp.chart.locator(".dc-subtitle").innerText()).toBe("discs · policy first · 36 objects from 9 cases");
    expect(lp.errors).toEqual([]);
  });

  it("does again what was lost with the connection to the kernel", async () => {
    const lp = await open("lost");
    const { chart, page } = lp;
    await soon(() => bars(chart).count()).toBe(9);
    const findOut = await breakConnection(page);
    await button(chart, "points").click();
    await button(chart, "worst case").click();
    await findOut();
    await soon(() => line(chart)).toContain("picked: ");
    await lp.runCell(3);
    expect(await output(lp, 3)).toBe("points");
  });

  it("switches to points; the next cell has the one that was clicked on", async () => {
    const lp = await open("points");
    await button(lp.chart, "points").click();
    await soon(() => points(lp.chart).count()).toBe(108);
    // The fourth row of all: points are in the order of the rows.
    await clickMark(lp.page, points(lp.chart).nth(3));
    await soon(() => line(lp.chart)).toBe("picked: tumor-0 · axial slice 3 · MR · tumor · Dice 0.530 (box)");
    // What is opened for it: four of eight columns.
    await soon(() => openedScore(lp.page)).toBe("0.67");
    await clickMark(lp.page, points(lp.chart).nth(12));
    await soon(() => openedScore(lp.page)).toBe("0.86");
    await clickMark(lp.page, points(lp.chart).nth(3));
    await soon(() => openedScore(lp.page)).toBe("0.67");
    await lp.runCell(2);
    expect(JSON.parse(await output(lp, 2))).toEqual([["tumor-0", 3, "tumor", "box", "0.53"]]);
  });

  it("comes back after the page is loaded again", async () => {
    const lp = await open("reload", [0, 1], true);
    await button(lp.chart, "points").click();
    await soon(() => points(lp.chart).count()).toBe(108);
    await clickMark(lp.page, points(lp.chart).nth(3));
    await soon(() => line(lp.chart)).toContain("picked: tumor-0");
    await lp.execute("docmanager:save");
    await lp.reload();
    const again = lp.page.locator(".dc").first();
    await again.waitFor();
    // The picked point has a ring.
    await soon(() => points(again).count()).toBe(109);
    expect(await line(again)).toContain("picked: tumor-0");
    await soon(() => openedScore(lp.page)).toBe("0.67");
    expect(await button(again, "points").getAttribute("aria-pressed")).toBe("true");
    await again.locator(".dc-read-out button").click();
    await soon(() => points(again).count()).toBe(108);
    await soon(() => lp.page.locator(".dc-opened").isVisible()).toBe(false);
    await lp.runCell(2);
    expect(await output(lp, 2)).toBe("[]");
  });

  it("leaves still pictures in the notebook's file", async () => {
    const lp = await open("saved");
    await lp.execute("docmanager:save");
    const notebook = JSON.parse(readFileSync(join(lab.folder, "saved.ipynb"), "utf8"));
    const { data } = notebook.cells[1].outputs[0];
    expect([data["image/svg+xml"]].flat().join("")).toMatch(/^<svg /);
    expect([data["image/png"]].flat().join("")).toMatch(/^iVBOR/);
    expect([data["text/plain"]].flat().join("")).toContain("DiceChart(3 modality rows");
  });
});
