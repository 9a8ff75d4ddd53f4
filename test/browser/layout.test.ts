import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allWidgets, widgetSelectors } from "./all-widgets.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const soon = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

/** Widths of the window; 870 is where a tool bar's last button once stood alone. */
const widths = [1920, 1400, 1000, 870, 700, 480];
const height = 900;

describe.skipIf(!browserTestsCanRun())("all widgets in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: LabPage;
  let prompter: Locator;
  let compare: Locator;

  beforeAll(async () => {
    lab = await startLab();
    writeNotebook(`${lab.folder}/layout.ipynb`, allWidgets);
    lp = await lab.open("layout.ipynb", { viewport: { width: 1400, height }, hasTouch: true });
    await lp.execute("application:toggle-left-area");
    for (const cell of allWidgets.keys()) await lp.runCell(cell);
    [prompter, compare] = widgetSelectors.map((selector) => lp.page.locator(selector).first());
    await lp.page.locator(".dc .barlayer .point").first().waitFor();
    await lp.page.locator(".tr-phase", { hasText: "finished" }).waitFor();
  }, 240_000);
  afterAll(() => lab?.close());

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
      const faults = await lp.page.locator(selector).first().evaluate(layoutFaults);
      expect([selector, faults]).toEqual([selector, []]);
    }
  });

  it("are not taller than the page, and do not jump from one layout to the next", async () => {
    for (const width of [1000, 1400]) {
      await resize(width);
      const page = await lp.page.locator(".jp-WindowedPanel-outer").boundingBox();
      expect(await heightOf(prompter)).toBeLessThan(page!.height);
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

  it("have a slider of their own for the slices, as long as the picture is wide", async () => {
    await resize(1000);
    for (const widget of [prompter, compare]) {
      const slider = (await widget.locator(".sl-slider").boundingBox())!;
      expect(slider.width).toBeGreaterThan(0.75 * (await widget.boundingBox())!.width);
    }
    for (const width of [700, 480]) {
      await resize(width);
      const [stage, slider] = [".sl-stage", ".sl-slider"].map((selector) => prompter.locator(selector));
      const picture = (await stage.boundingBox())!;
      expect((await slider.boundingBox())!.y - picture.y - picture.height).toBeLessThan(60);
    }
    const label = compare.locator(".sl-slice-label");
    await compare.locator(".sl-slider").fill("3");
    await soon(() => label.innerText()).toBe("slice 4 / 25");
  });

  it("are made higher by the handle, and fill the screen", async () => {
    await resize(1400);
    const { page } = lp;
    const stage = prompter.locator(".sl-stage");
    const handle = prompter.locator(".sl-handle");
    await handle.scrollIntoViewIfNeeded();
    const before = await heightOf(stage);
    const { x, y, width } = (await handle.boundingBox())!;
    await page.mouse.move(x + width / 2, y + 4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y - 96, { steps: 4 });
    await page.mouse.up();
    expect(Math.round(before - (await heightOf(stage)))).toBe(100);
    await handle.focus();
    await page.keyboard.press("ArrowDown");
    expect(Math.round(before - (await heightOf(stage)))).toBe(60);
    await handle.dblclick();
    expect(await heightOf(stage)).toBe(before);
    const full = prompter.getByRole("button", { name: "full screen" });
    await full.click();
    await soon(() => page.evaluate("document.fullscreenElement?.className ?? ''")).toContain("sl");
    await soon(() => heightOf(stage)).toBeGreaterThan(0.75 * height);
    await full.click();
    await soon(() => heightOf(stage)).toBe(before);
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

  it("show what was trained where the pointer is", async () => {
    const area = lp.page.locator(".tr-area").first();
    expect(await lp.page.locator(".tr-panel").first().locator(".tr-key").allInnerTexts()).toEqual([
      "each step",
      "mean of 10",
    ]);
    await area.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await area.boundingBox())!;
    await lp.page.mouse.move(x + width / 2, y + height / 2);
    await soon(() => lp.page.locator(".tr-value").first().innerText()).toMatch(/^step 30: /);
    await lp.page.mouse.move(x + width / 2, y - 60);
    await soon(() => lp.page.locator(".tr-value").first().isVisible()).toBe(false);
  });

  it("are worked by fingers: a tap prompts, two fingers zoom", async () => {
    await resize(1400);
    const { page } = lp;
    const surface = prompter.locator(".sl-surface");
    await surface.scrollIntoViewIfNeeded();
    const prompts = prompter.locator(".sl-prompts .sl-row");
    const before = await prompts.count();
    const { x, y, width, height } = (await surface.boundingBox())!;
    const [midX, midY] = [x + width / 2, y + height / 2];
    await page.touchscreen.tap(midX, midY);
    await soon(() => prompts.count()).toBe(before + 1);
    const scale = prompter.locator(".sl-scale");
    const first = await scale.innerText();
    const touch = await page.context().newCDPSession(page);
    const fingers = (apart: number) => [
      { x: midX - apart, y: midY, id: 0 },
      { x: midX + apart, y: midY, id: 1 },
    ];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30) });
    for (const apart of [60, 90, 120, 150])
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await soon(() => scale.innerText()).not.toBe(first);
    expect(await prompts.count()).toBe(before + 1);
  });
});

interface Rect {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The part of the DOM that is used in the page. */
interface ElementLike {
  readonly className: string;
  readonly innerText: string;
  readonly textContent: string | null;
  readonly clientWidth: number;
  readonly scrollWidth: number;
  getBoundingClientRect(): Rect & { readonly width: number; readonly height: number };
  querySelectorAll(selector: string): Iterable<ElementLike>;
}

/** Runs in the page: texts over a picture that lie on each other, what sticks out of the widget, and a last button that stands alone. */
function layoutFaults(root: unknown): string[] {
  const widget = root as ElementLike;
  const seen = (from: ElementLike, selector: string) =>
    [...from.querySelectorAll(selector)].filter(
      (element) => element.getBoundingClientRect().width > 0 && (element.textContent ?? "").trim() !== "",
    );
  const meet = (a: Rect, b: Rect) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const faults: string[] = [];
  for (const stage of widget.querySelectorAll(".sl-stage")) {
    const texts = seen(stage, ".sl-letter, .sl-scale, .sl-levels, .mc-name, .mc-scores");
    for (const [n, a] of texts.entries())
      for (const b of texts.slice(n + 1))
        if (meet(a.getBoundingClientRect(), b.getBoundingClientRect()))
          faults.push(`${a.innerText} (${a.className}) lies on ${b.innerText} (${b.className})`);
  }
  const own = widget.getBoundingClientRect();
  for (const part of seen(widget, ".sl-toolbar *, .sl-foot *, .mc-table th, .mc-table td, h4, .dc-title, .sl-side *")) {
    const { left, right } = part.getBoundingClientRect();
    if (left < own.left - 1 || right > own.right + 1) faults.push(`${part.className || part.innerText} sticks out`);
  }
  for (const name of seen(widget, ".mc-name-text"))
    if (name.scrollWidth > name.clientWidth + 1) faults.push(`${name.innerText} is cut`);
  const [help] = [...widget.querySelectorAll(".sl-tools-end .sl-group .sl-button:last-child")];
  const [select] = seen(widget, ".sl-toolbar .sl-select");
  if (help && select && help.getBoundingClientRect().top > select.getBoundingClientRect().bottom)
    faults.push("the last button stands alone");
  return faults;
}

/** Runs in the page: key caps of more than a line, keys over their meanings, and a sheet that cannot be read to its end. */
function sheetFaults(root: unknown): string[] {
  const sheet = root as ElementLike & { readonly scrollHeight: number; readonly clientHeight: number };
  const caps = [...sheet.querySelectorAll(".sl-cap")].filter((cap) => cap.getBoundingClientRect().height > 24);
  const keys = [...sheet.querySelectorAll("dt")];
  const meanings = [...sheet.querySelectorAll("dd")];
  const over = keys.filter(
    (key, n) => key.getBoundingClientRect().right > meanings[n].getBoundingClientRect().left + 1,
  );
  const sticking = [...sheet.querySelectorAll("dt, dd")].filter(
    (part) => part.getBoundingClientRect().right > sheet.getBoundingClientRect().right + 1,
  );
  return [...caps, ...over, ...sticking].map(({ innerText }) => innerText);
}
