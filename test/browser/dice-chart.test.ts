import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowsCell } from "./dice-chart-rows.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  rowsCell,
  `const columns = (n: number) => ({ width: 8, height: 8, data: Uint8Array.from({ length: 64 }, (_, k) => Number(k % 8 < n)) });
const picture = { width: 8, height: 8, channels: 1 as const, data: new Uint8Array(64).fill(90), spacing: null, window: null, source: "grey" };
const open = ({ dice }: { dice: number }) => compareMasks(picture, { mask: columns(Math.round(8 * dice)), truth: columns(8) });
const chart = chartDice([...rows, failed], { open });
chart`,
  "console.log(JSON.stringify(chart.selection.map(({ case: c, slice, label, strategy, dice }) => [c, slice, label, strategy, dice.toFixed(2)])))",
  "chartPrompts(rows)",
  'chart.show({ view: "size" })',
];

/** JupyterLab and plotly.js take their time on a busy machine. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe.skipIf(!browserTestsCanRun())("the Dice chart in JupyterLab", { timeout: 120_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab?.close());

  async function open(name: string, shownCells = [0, 1]): Promise<LabPage & { chart: Locator }> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 1800 } });
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
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.filter((grey) => grey < 120).length).toBeGreaterThan(30);
    const plot = (await lp.chart.locator(".bglayer .bg, .plotbg, .nsewdrag").first().boundingBox())!;
    const boxes = await Promise.all([0, 1, 2].map(async (n) => (await bars(lp.chart).nth(n).boundingBox())!));
    // The first trace is the box strategy; 0.055 is the mean of k / 100 for k from 0 to 11.
    [0.855, 0.705, 0.555].forEach((mean, n) => {
      expect(Math.abs(boxes[n].width / plot.width - mean)).toBeLessThan(0.005);
    });
    expect(boxes[0].y).toBeLessThan(boxes[1].y);
    const names = await lp.chart.locator(".ytick text tspan").allTextContents();
    expect(names.filter((name) => name.includes(" · "))).toEqual(["CT · liver", "Endoscopy · polyp", "MR · tumour"]);
    const notes = await lp.chart.locator(".dc-notes").innerText();
    expect(notes).toContain(
      "1 of 109 rows has no Dice and is left out, not counted as 0: 1 × the image could not be read.",
    );
    expect(await lp.chart.locator(".dc-subtitle").innerText()).toBe("discs · policy first · 36 objects from 9 cases");
    expect(lp.errors).toEqual([]);
    await lp.page.close();
  });

  it("switches to points; the next cell has the one that was clicked on", async () => {
    const lp = await open("points");
    await button(lp.chart, "points").click();
    await soon(() => points(lp.chart).count()).toBe(108);
    // The fourth row of all: points are in the order of the rows.
    await clickAt(lp.page, points(lp.chart).nth(3));
    await soon(() => line(lp.chart)).toBe("picked: tumour-0 · axial slice 4 · MR · tumour · Dice 0.530 (box)");
    // What is opened for it: four of eight columns.
    await soon(() => openedScore(lp.page)).toBe("0.67");
    await clickAt(lp.page, points(lp.chart).nth(12));
    await soon(() => openedScore(lp.page)).toBe("0.86");
    await clickAt(lp.page, points(lp.chart).nth(3));
    await soon(() => openedScore(lp.page)).toBe("0.67");
    await lp.runCell(2);
    expect(JSON.parse(await output(lp, 2))).toEqual([["tumour-0", 3, "tumour", "box", "0.53"]]);
    await lp.page.close();
  });

  it("comes back after the page is loaded again", async () => {
    const lp = await open("reload");
    await button(lp.chart, "points").click();
    await soon(() => points(lp.chart).count()).toBe(108);
    await clickAt(lp.page, points(lp.chart).nth(3));
    await soon(() => line(lp.chart)).toContain("picked: tumour-0");
    await lp.execute("docmanager:save");
    await lp.reload();
    const again = lp.page.locator(".dc").first();
    await again.waitFor();
    // The picked point has a ring.
    await soon(() => points(again).count()).toBe(109);
    expect(await line(again)).toContain("picked: tumour-0");
    await soon(() => openedScore(lp.page)).toBe("0.67");
    expect(await button(again, "points").getAttribute("aria-pressed")).toBe("true");
    await again.locator(".dc-read-out button").click();
    await soon(() => points(again).count()).toBe(108);
    await soon(() => lp.page.locator(".dc-opened").isVisible()).toBe(false);
    await lp.runCell(2);
    expect(await output(lp, 2)).toBe("[]");
    await lp.page.close();
  });

  it("gives all rows of a mean or a box that is clicked on", async () => {
    const lp = await open("means");
    await soon(() => bars(lp.chart).count()).toBe(9);
    await bars(lp.chart)
      .nth(2)
      .click({ position: { x: 20, y: 5 }, force: true });
    await soon(() => line(lp.chart)).toBe("picked: MR · tumour, box: 12 rows");
    await button(lp.chart, "boxes").click();
    await soon(() => lp.chart.locator(".boxlayer path.box").count()).toBe(9);
    await clickAt(lp.page, lp.chart.locator(".boxlayer path.box").nth(0));
    await soon(() => line(lp.chart)).toBe("picked: CT · liver, box: 12 rows");
    await lp.runCell(2);
    expect(JSON.parse(await output(lp, 2))).toHaveLength(12);
    await lp.page.close();
  });

  it("draws against size, contrast and complexity, on request of a cell too", async () => {
    const lp = await open("measures");
    await lp.runCell(4);
    await soon(() => points(lp.chart).count()).toBe(108);
    expect(await lp.chart.locator(".dc-title").innerText()).toBe("Dice against object size");
    expect(await lp.chart.locator(".dc-entry").first().innerText()).toMatch(/^box\s*ρ 0\.\d\d \(n 36\)$/);
    const plot = (await lp.chart.locator(".nsewdrag").first().boundingBox())!;
    const topTick = async () => (await lp.chart.locator(".ytick text").allTextContents()).at(-1);
    const [x, y] = [plot.x + plot.width / 4, plot.y + plot.height / 4];
    await lp.page.mouse.move(x, y);
    await lp.page.mouse.down();
    await lp.page.mouse.move(x + plot.width / 2, y + plot.height / 4, { steps: 5 });
    await lp.page.mouse.up();
    await soon(topTick).not.toBe("1");
    await lp.page.mouse.dblclick(x, y);
    // All of the axis, from 0 on: not as much as the points need.
    await soon(() => lp.chart.locator(".ytick text").allTextContents()).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    const [download] = await Promise.all([lp.page.waitForEvent("download"), button(lp.chart, "SVG").click()]);
    expect(download.suggestedFilename()).toBe("dice-against-object-size.svg");
    expect(readFileSync(await download.path(), "utf8")).toMatch(/^<svg .*Dice against object size/);
    await button(lp.chart, "worst case").click();
    await soon(() => line(lp.chart)).toMatch(/^picked: .* Dice 0\.\d+ /);
    await button(lp.chart, "complexity").click();
    await soon(() => lp.chart.locator(".dc-entry").first().innerText()).toContain("ρ −0.");
    expect(await button(lp.chart, "boxes").getAttribute("aria-disabled")).toBe("true");
    await button(lp.chart, "modalities").click();
    await soon(() => bars(lp.chart).count()).toBe(9);
    await lp.chart.locator(".dc-entry").first().click();
    await soon(() => bars(lp.chart).count()).toBe(6);
    await lp.page.close();
  });

  it("is worked by keyboard, and keeps its keys from the notebook", async () => {
    const lp = await open("keyboard");
    const { page, chart } = lp;
    await soon(() => bars(chart).count()).toBe(9);
    const before = await page.locator(".jp-CodeCell").count();
    await button(chart, "bars").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await soon(() => chart.locator(".boxlayer path.box").count()).toBe(9);
    await chart.locator(".dc-plot").focus();
    for (const key of ["b", "d", "d", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await soon(() => line(chart)).toContain("CT · liver · points:1 · mean 0.56");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await soon(() => line(chart)).toBe("picked: CT · liver, points:1: 12 rows");
    expect(await page.locator(".jp-CodeCell").count()).toBe(before);
    await page.keyboard.press("Escape");
    await soon(() => line(chart)).toMatch(/^Click on/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    await soon(() => page.locator(".jp-CodeCell").count()).toBe(before + 1);
    await page.close();
  });

  it("draws Dice over the number of clicks", async () => {
    const lp = await open("clicks", [0, 3]);
    const chart = lp.page.locator(".dc").first();
    // One click, three clicks, and the box's level.
    await soon(() => points(chart).count()).toBe(3);
    expect(await chart.locator(".dc-entry").allInnerTexts()).toEqual(["box", "points"]);
    // No mark lies on the border of the plot.
    const plot = (await chart.locator(".nsewdrag").first().boundingBox())!;
    for (const point of await points(chart).all()) {
      const { x, y, width, height } = (await point.boundingBox())!;
      expect(x).toBeGreaterThan(plot.x);
      expect(x + width).toBeLessThan(plot.x + plot.width);
      expect(y).toBeGreaterThan(plot.y);
      expect(y + height).toBeLessThan(plot.y + plot.height);
    }
    await clickAt(lp.page, points(chart).nth(2));
    await soon(() => line(chart)).toBe("picked: 3 clicks, points: 36 rows");
    expect(lp.errors).toEqual([]);
    await lp.page.close();
  });

  it("says when plotly.js does not come, and tries again", async () => {
    const lp = await open("broken", []);
    let refused = 0;
    await lp.page.route(/\/static\/plotly\./, (route) => {
      refused++;
      return route.abort();
    });
    for (const cell of [0, 1]) await lp.runCell(cell);
    const message = lp.chart.locator(".dc-message");
    await soon(() => message.innerText()).toContain("plotly.js could not be loaded");
    expect(refused).toBeGreaterThan(0);
    await lp.page.unroute(/\/static\/plotly\./);
    await button(lp.chart, "try again").click();
    await soon(() => bars(lp.chart).count()).toBe(9);
    await soon(() => message.isVisible()).toBe(false);
    await lp.page.close();
  });

  it("follows the theme, and works on when the kernel is gone", async () => {
    const lp = await open("theme");
    const { page, chart } = lp;
    await soon(() => bars(chart).count()).toBe(9);
    const color = () => chart.locator(".ytick text").first().evaluate(fillOf);
    const light = await color();
    await page.evaluate(
      "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }).then(() => {})",
    );
    await soon(color).not.toBe(light);
    await page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => {})");
    await soon(() => line(chart)).toContain("disconnected");
    await button(chart, "points").click();
    await soon(() => points(chart).count()).toBe(108);
    await page.close();
  });

  it("leaves still pictures in the notebook's file", async () => {
    const lp = await open("saved");
    await lp.execute("docmanager:save");
    const notebook = JSON.parse(readFileSync(join(lab.folder, "saved.ipynb"), "utf8"));
    const { data } = notebook.cells[1].outputs[0];
    expect([data["image/svg+xml"]].flat().join("")).toMatch(/^<svg /);
    expect([data["image/png"]].flat().join("")).toMatch(/^iVBOR/);
    expect([data["text/plain"]].flat().join("")).toContain("DiceChart(3 modality rows");
    await lp.page.close();
  });
});

/** A click in the middle of a mark; plotly hears it on a layer above. */
async function clickAt(page: Page, mark: Locator): Promise<void> {
  await mark.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await mark.boundingBox())!;
  await page.mouse.move(x + width / 2 - 1, y + height / 2 - 1);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.waitForTimeout(100);
  await page.mouse.click(x + width / 2, y + height / 2);
}

/** Runs in the page. */
function fillOf(element: unknown): string {
  return (element as { style: { fill: string } }).style.fill;
}
