import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allWidgets, widgetSelectors } from "./all-widgets.js";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { layoutFaults, sheetFaults } from "./layout-faults.js";
import { browserTestsCanRun } from "./requirements.js";

const soon = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

/**
 * Widths of the window; test/widgets/layout.test.ts has more. At 870, a toolbar's last button once was alone in its
 * row.
 */
const widths = [1400, 870];
const height = 900;

describe.skipIf(!browserTestsCanRun())("all widgets in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: LabPage;
  let prompter: Locator;
  let compare: Locator;

  beforeAll(async () => {
    lab = await sharedLab();
    writeNotebook(`${lab.folder}/layout.ipynb`, allWidgets);
    lp = await lab.open("layout.ipynb", { viewport: { width: 1400, height } });
    await lp.execute("application:toggle-left-area");
    for (const cell of allWidgets.keys()) await lp.runCell(cell);
    [prompter, compare] = widgetSelectors.map((selector) => lp.page.locator(selector).first());
    await lp.page.locator(".dc .barlayer .point").first().waitFor();
    await lp.page.locator(".tr-phase", { hasText: "finished" }).waitFor();
  }, 240_000);
  afterAll(() => lab?.clear());

  async function resize(width: number): Promise<void> {
    await lp.page.setViewportSize({ width, height });
    // Two frames: the pictures are painted again when they have their size.
    await lp.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await lp.page.waitForTimeout(100);
  }

  const heightOf = async (widget: Locator) => (await widget.boundingBox())!.height;

  it("have no fault that axe-core finds, light and dark", async () => {
    await resize(1400);
    const { page } = lp;
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
    for (const theme of ["Dark", "Light"]) {
      await page.evaluate(
        `window.jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab ${theme}" }).then(() => {})`,
      );
      await soon(() => page.evaluate("document.body.dataset.jpThemeName")).toBe(`JupyterLab ${theme}`);
      await page.waitForTimeout(500);
      for (const selector of widgetSelectors) {
        await page.locator(selector).first().scrollIntoViewIfNeeded();
        const found = await page.evaluate(`axe.run(document.querySelector(${JSON.stringify(selector)})).then(
          ({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")))`);
        expect([theme, selector, found]).toEqual([theme, selector, []]);
      }
    }
  });

  it.each(widths)("fit a window %i px wide: nothing is cut, nothing lies on anything", async (width) => {
    await resize(width);
    for (const selector of widgetSelectors) {
      const widget = lp.page.locator(selector).first();
      // JupyterLab does not lay out what is off the screen.
      await widget.scrollIntoViewIfNeeded();
      await soon(async () => [selector, await widget.evaluate(layoutFaults)]).toEqual([selector, []]);
    }
  });

  it("are not taller than the page, and do not jump from one layout to the next", async () => {
    for (const width of [1000, 1400]) {
      await resize(width);
      const page = await lp.page.locator(".jp-WindowedPanel-outer").boundingBox();
      await soon(() => heightOf(prompter)).toBeLessThan(page!.height);
    }
    for (const width of [1400, 870]) {
      await resize(width);
      const heights: number[] = [];
      for (const layout of ["side by side", "swipe", "blink", "side by side"]) {
        await compare.getByRole("button", { name: layout, exact: true }).click();
        await soon(() => compare.getByRole("button", { name: layout, exact: true }).getAttribute("aria-pressed")).toBe(
          "true",
        );
        await lp.page.waitForTimeout(100);
        heights.push(Math.round(await heightOf(compare)));
      }
      // A pixel is rounding.
      expect(Math.max(...heights) - Math.min(...heights)).toBeLessThanOrEqual(1);
    }
  });

  it("say their keys in a sheet that the page's styles leave alone", async () => {
    await resize(1400);
    const { page } = lp;
    for (const widget of [prompter, compare]) {
      await widget.getByRole("button", { name: "?", exact: true }).click();
      const sheet = widget.locator(".sl-help");
      await sheet.waitFor();
      const faults = await sheet.evaluate(sheetFaults);
      expect(faults).toEqual([]);
      await sheet.getByRole("button", { name: "close" }).click();
      await sheet.waitFor({ state: "hidden" });
    }
    await page.mouse.move(0, 0);
  });
});
