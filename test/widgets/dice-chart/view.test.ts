import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChartDiceOptions, chartDice, chartPrompts } from "../../../kernel-ext/widgets/dice-chart/chart-dice.js";
import type { DiceChart } from "../../../kernel-ext/widgets/dice-chart/dice-chart.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { clickMark } from "../../support/click-mark.js";
import { failed, rows } from "../../support/evaluation-rows.js";
import { sharedViews, type ViewPage, type Views } from "../page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

const button = (chart: Locator, name: string) => chart.getByRole("button", { name, exact: true });
const bars = (chart: Locator) => chart.locator(".barlayer .point path");
/** The points of the single objects: all symbols of the traces. */
const points = (chart: Locator) => chart.locator(".scatterlayer .point");
const boxes = (chart: Locator) => chart.locator(".boxlayer path.box");
const line = (chart: Locator) => chart.locator(".dc-line").innerText();

describe.skipIf(!viewTestsCanRun())("the Dice chart in a page", () => {
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  async function show(view: ViewPage, w: DiceChart) {
    await view.show(w);
    return { ...view, w, chart: view.page.locator(".dc").first() };
  }

  async function open(options: ChartDiceOptions = {}) {
    const view = await views.open();
    return show(view, chartDice([...rows, failed], { ...options, host: view.comms }));
  }

  it("gives all rows of a mean or a box that is clicked on", async () => {
    const { chart, page, w } = await open();
    await until(() => bars(chart).count()).toBe(9);
    await bars(chart)
      .nth(2)
      .click({ position: { x: 20, y: 5 }, force: true });
    await until(() => line(chart)).toBe("picked: MR · tumor, box: 12 rows");
    await button(chart, "boxes").click();
    await until(() => boxes(chart).count()).toBe(9);
    await clickMark(page, boxes(chart).nth(0));
    await until(() => line(chart)).toBe("picked: CT · liver, box: 12 rows");
    expect(w.selection.map(({ label, strategy }) => [label, strategy])).toEqual(Array(12).fill(["liver", "box"]));
    await page.close();
  });

  it("draws against size, contrast and complexity, on request of a cell too", async () => {
    const { chart, page, w } = await open();
    w.show({ view: "size" });
    await until(() => points(chart).count()).toBe(108);
    expect(await chart.locator(".dc-title").innerText()).toBe("Dice against object size");
    expect(await chart.locator(".dc-entry").first().innerText()).toMatch(/^box\s*ρ 0\.\d\d \(n 36\)$/);
    const plot = (await chart.locator(".nsewdrag").first().boundingBox())!;
    const topTick = async () => (await chart.locator(".ytick text").allTextContents()).at(-1);
    const [x, y] = [plot.x + plot.width / 4, plot.y + plot.height / 4];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + plot.width / 2, y + plot.height / 4, { steps: 5 });
    await page.mouse.up();
    await until(topTick).not.toBe("1");
    await page.mouse.dblclick(x, y);
    // All of the axis, from 0 on: not as much as the points need.
    await until(() => chart.locator(".ytick text").allTextContents()).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    const [download] = await Promise.all([page.waitForEvent("download"), button(chart, "SVG").click()]);
    expect(download.suggestedFilename()).toBe("dice-against-object-size.svg");
    expect(readFileSync(await download.path(), "utf8")).toMatch(/^<svg .*Dice against object size/);
    await button(chart, "worst case").click();
    await until(() => line(chart)).toMatch(/^picked: .* Dice 0\.\d+ /);
    await button(chart, "complexity").click();
    await until(() => chart.locator(".dc-entry").first().innerText()).toContain("ρ −0.");
    expect(await button(chart, "boxes").getAttribute("aria-disabled")).toBe("true");
    await button(chart, "modalities").click();
    await until(() => bars(chart).count()).toBe(9);
    await chart.locator(".dc-entry").first().click();
    await until(() => bars(chart).count()).toBe(6);
    await page.close();
  });

  it("is worked by keyboard", async () => {
    const { chart, page, w } = await open();
    await until(() => bars(chart).count()).toBe(9);
    await button(chart, "bars").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until(() => boxes(chart).count()).toBe(9);
    const plot = chart.locator(".dc-plot");
    await plot.focus();
    for (const key of ["ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await until(() => line(chart)).toContain("CT · liver · points:1 · mean 0.56");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await until(() => line(chart)).toBe("picked: CT · liver, points:1: 12 rows");
    await page.keyboard.press("Escape");
    await until(() => line(chart)).toMatch(/^Click on/);
    expect(w.selection).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await plot.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(false);
    await page.close();
  });

  it("draws Dice by model, each modality in a color", async () => {
    const { chart, page, errors } = await open({ by: "model", color: "modality" });
    await until(() => bars(chart).count()).toBe(3);
    expect(await chart.locator(".dc-entry").allInnerTexts()).toEqual(["MR", "CT", "Endoscopy"]);
    expect(await chart.getByRole("group", { name: "view" }).getByRole("button").first().innerText()).toBe("models");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("draws Dice over the number of clicks", async () => {
    const view = await views.open();
    const { chart, page, errors } = await show(view, chartPrompts(rows, { host: view.comms }));
    // One click, three clicks, and the box's level.
    await until(() => points(chart).count()).toBe(3);
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
    await clickMark(page, points(chart).nth(2));
    await until(() => line(chart)).toBe("picked: 3 clicks, points: 36 rows");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says when plotly.js does not come, and tries again", async () => {
    const view = await views.open();
    let refused = 0;
    await view.page.route(/\/plotly\.js/, (route) => {
      refused++;
      return route.abort();
    });
    const { chart, page } = await show(view, chartDice(rows, { host: view.comms }));
    const message = chart.locator(".dc-message");
    await until(() => message.innerText()).toContain("plotly.js could not be loaded");
    expect(refused).toBeGreaterThan(0);
    await page.unroute(/\/plotly\.js/);
    await button(chart, "try again").click();
    await until(() => bars(chart).count()).toBe(9);
    await until(() => message.isVisible()).toBe(false);
    await page.close();
  });

  it("follows the theme, and works on when the kernel is gone", async () => {
    const { chart, page, setTheme, disconnect } = await open();
    await until(() => bars(chart).count()).toBe(9);
    const color = () =>
      chart
        .locator(".ytick text")
        .first()
        .evaluate((text) => text.style.fill);
    const light = await color();
    await setTheme("dark");
    await until(color).not.toBe(light);
    await disconnect();
    await until(() => line(chart)).toContain("disconnected");
    await button(chart, "points").click();
    await until(() => points(chart).count()).toBe(108);
    await page.close();
  });
});
