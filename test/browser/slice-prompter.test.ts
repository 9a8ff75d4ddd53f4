import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { phantomCell } from "./phantom.js";
import { browserTestsCanRun, tools } from "./requirements.js";
import { WidgetOnPage } from "./widget.js";

const sheet = { width: 64, height: 48, spacing: [1, 1] } as const;
const area = "w.mask?.data.reduce((sum, value) => sum + value, 0)";
/** Pixels within a radius of 6. */
const disc = 113;
/** A slice pixel is 7.5 × 7.5 pixels of the still picture. */
const discOnPicture = disc * 7.5 ** 2;

const cells = [
  phantomCell,
  `const w = promptSlices(discs, phantom, { objects: ["disc", "box"] });\nw`,
  `await w.ready; console.log(JSON.stringify([w.slice, w.prompts, ${area}, predicted]))`,
  `await w.setPrompts({ box: [2, 3, 11, 12] }, { slice: 4 }); console.log(${area})`,
  "w",
  "faults.on = true",
  `const count = (label: number, masks = w.maskVolume) => masks.slice(10, "axial", { label }).data.reduce((sum, value) => sum + value, 0);
console.log(JSON.stringify([count(1), count(2), count(1, w.maskVolumeOf("box"))]))`,
  "faults.hangs = !faults.hangs",
  `w.prompts = Array.from({ length: 30 }, (_, n) => ({ kind: "point", x: 2 * n, y: n, label: 1 as const }));
await w.ready`,
  `promptSlices(discs, new Volume({ data: values, size: phantom.size, affine: phantom.affine, source: "ct", window: { low: -160, high: 240, name: "CT abdomen" } }), { keep: false })`,
];

describe.skipIf(!browserTestsCanRun())("the slice prompter in JupyterLab", { timeout: 120_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab?.close());

  /** A new notebook in which the widget is shown. */
  async function open(name: string, shownCells = [0, 1]): Promise<LabPage & { widget: WidgetOnPage }> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 2400 } });
    for (const cell of shownCells) await lp.runCell(cell);
    const widget = new WidgetOnPage(lp.page, sheet);
    if (shownCells.includes(1)) await widget.shown();
    return { ...lp, widget };
  }

  /** The text that a cell has put out. */
  const output = async ({ page }: LabPage, cell: number) =>
    (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").innerText()).trim();

  /** The picture beside the widget in the notebook as the page has it. */
  const png = async ({ page }: LabPage) =>
    pixelsOf(
      await page.evaluate<string>(
        "window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.getOutputs()[0].data['image/png']",
      ),
    );

  const cellCount = ({ page }: LabPage) => page.locator(".jp-CodeCell").count();

  it("segments by box and by click; the next cell has the mask", async () => {
    const lp = await open("segment");
    const { widget, page } = lp;
    await widget.drag([10, 8], [29, 27]);
    await expect.poll(() => widget.area()).toBe(400);
    const expected = Array.from({ length: 64 * 48 }, (_, n) => {
      const [x, y] = [n % 64, Math.floor(n / 64)];
      return Number(x >= 10 && x <= 29 && y >= 8 && y <= 27);
    });
    expect(await widget.masked()).toEqual(expected);
    // Column 20 is 80 of 255; orange (#e69f00) at 35 per cent over it.
    const tinted = (await widget.pixels())[20 * 64 + 20];
    [80 * 0.65 + 230 * 0.35, 80 * 0.65 + 159 * 0.35, 80 * 0.65].forEach((value, n) => {
      expect(Math.abs(tinted[n] - value)).toBeLessThanOrEqual(2);
    });
    await widget.click(50, 24);
    await expect.poll(() => widget.area()).toBe(400 + disc);
    await lp.runCell(2);
    const prompts = [
      { kind: "box", box: [10, 8, 29, 27] },
      { kind: "point", x: 50, y: 24, label: 1 },
    ];
    expect(JSON.parse(await output(lp, 2))).toEqual([10, prompts, 400 + disc, 2]);
    expect(await widget.root.locator(".sl-run").innerText()).toMatch(/^discs · CPU · \d+ ms$/);
    expect(lp.errors).toEqual([]);
    await page.close();
  });

  it("shows what is done in code, in every view, and on other slices", async () => {
    const lp = await open("code", [0, 1, 4]);
    const second = new WidgetOnPage(lp.page, sheet, 1);
    await second.shown();
    await lp.runCell(3);
    expect(await output(lp, 3)).toBe("100");
    for (const view of [lp.widget, second]) {
      await expect.poll(() => view.area()).toBe(100);
      expect(await view.root.locator(".sl-slice-label").innerText()).toBe("slice 5 / 20");
    }
    await second.click(40, 24);
    await expect.poll(() => lp.widget.area()).toBe(100 + disc);
    await lp.page.keyboard.press("ArrowUp");
    await expect.poll(() => lp.widget.area()).toBe(0);
    expect(await lp.widget.root.locator(".sl-slice-label").innerText()).toBe("slice 6 / 20");
    await lp.page.close();
  });

  it("offers three alternatives after a single click", async () => {
    const { widget, page } = await open("candidates");
    await widget.click(32, 24);
    await expect.poll(() => widget.area()).toBe(disc);
    const tiles = widget.root.locator(".sl-tile");
    expect(await tiles.allInnerTexts()).toEqual(["single\n0.90", "1\n0.50", "2\n0.90", "3\n0.70"]);
    await page.keyboard.press("1");
    await expect.poll(() => widget.area()).toBe(29);
    await tiles.nth(3).click();
    await expect.poll(() => widget.area()).toBe(253);
    await widget.surface.focus();
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await expect.poll(() => widget.area()).toBe(disc);
    await page.close();
  });

  it("looks without asking, moves a box as a whole, and leaves a finished object what it has", async () => {
    const lp = await open("finished");
    const { widget, page } = lp;
    const { root } = widget;
    await widget.drag([10, 8], [29, 27]);
    await expect.poll(() => widget.area()).toBe(400);
    await widget.drag([20, 17], [25, 17]);
    await expect.poll(async () => (await widget.masked())[8 * 64 + 34]).toBe(1);
    expect(await root.locator(".sl-prompts .sl-facts").allInnerTexts()).toEqual(["x 15–34  y 8–27"]);
    // A window is looked through: nothing is predicted. Then the model is given it, and asked.
    await root.locator(".sl-toolbar .sl-select").selectOption({ index: 1 });
    await root.getByRole("button", { name: "use what is shown" }).click();
    await expect.poll(() => root.locator(".sl-outdated").innerText()).toContain("1 mask is from another window");
    await lp.runCell(2);
    expect(JSON.parse(await output(lp, 2))[3]).toBe(2);
    await root.getByRole("button", { name: "predict anew" }).click();
    await root.locator(".sl-outdated").waitFor({ state: "hidden" });
    await lp.runCell(2);
    expect(JSON.parse(await output(lp, 2))[3]).toBe(3);
    // A second object over the first.
    await root.locator(".sl-pick", { hasText: "box" }).first().click();
    await widget.drag([30, 2], [44, 40]);
    await expect.poll(() => root.locator(".sl-rule").innerText()).toContain("overlap of 100 mm²");
    await lp.runCell(6);
    expect(await output(lp, 6)).toBe("[400,485,585]");
    await widget.drag([50, 2], [60, 40]);
    await expect.poll(() => root.locator(".sl-pill").innerText()).toContain("taken the place of the one before");
    await page.close();
  });

  it("comes back after the page is loaded again, after its cell has run again, and after a restart of the kernel", async () => {
    const lp = await open("reload");
    const { widget, page } = lp;
    await widget.click(32, 24);
    await expect.poll(() => widget.area()).toBe(disc);
    await lp.execute("docmanager:save");
    await lp.reload();
    await widget.shown();
    await expect.poll(() => widget.area()).toBe(disc);
    await widget.click(20, 8);
    await expect.poll(() => widget.area()).toBe(2 * disc);
    // Into the notebook too, although this page was not there when the widget was shown.
    await expect.poll(async () => tinted(await png(lp))).toBeGreaterThan(1.6 * discOnPicture);
    const line = widget.root.locator(".sl-restored");
    expect(await line.isVisible()).toBe(false);
    await lp.runCell(1);
    await line.waitFor();
    expect(await line.innerText()).toMatch(/^2 prompts on 1 slice came back, as left on /);
    expect(await widget.area()).toBe(2 * disc);
    await page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => {})");
    for (const cell of [0, 1]) await lp.runCell(cell);
    await line.waitFor();
    expect(await widget.area()).toBe(2 * disc);
    await lp.runCell(2);
    // The masks came with the prompts: nothing was predicted.
    expect(JSON.parse(await output(lp, 2)).slice(2)).toEqual([2 * disc, 0]);
    await line.getByRole("button", { name: "start afresh" }).click();
    await expect.poll(() => widget.area()).toBe(0);
    expect(await line.isVisible()).toBe(false);
    await widget.surface.focus();
    await page.keyboard.press("Control+z");
    await expect.poll(() => widget.area()).toBe(2 * disc);
    await page.close();
  });

  it("leaves its last state in the notebook as a picture, which is seen where the widget cannot live", async () => {
    const lp = await open("saved", []);
    const settings = JSON.stringify(JSON.stringify({ saveState: true }));
    const plugin = "@jupyter-widgets/jupyterlab-manager:plugin";
    await lp.page.evaluate(`window.jupyterapp.serviceManager.settings.save("${plugin}", ${settings})`);
    await lp.reload();
    for (const cell of [0, 1]) await lp.runCell(cell);
    await lp.widget.shown();
    await lp.widget.surface.focus();
    expect(tinted(await png(lp))).toBe(0);
    await lp.widget.drag([10, 8], [29, 27]);
    await expect.poll(async () => tinted(await png(lp))).toBeGreaterThan(400 * 40);
    // The widget itself was left alone by that.
    expect(await lp.widget.area()).toBe(400);
    expect(await lp.widget.surface.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await lp.execute("docmanager:save");
    await lp.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => {})");
    expect(await lp.widget.root.locator(".sl-pill").innerText()).toContain("disconnected");
    await lp.page.close();
    const { page } = await lab.open("saved.ipynb", { viewport: { width: 1400, height: 2400 } });
    const picture = page.locator(".sl-still img");
    await picture.waitFor();
    const source = (await picture.getAttribute("src"))!.replace("data:image/png;base64,", "");
    expect(tinted(await pixelsOf(source))).toBeGreaterThan(400 * 40);
    expect(await page.getByText("Error displaying widget").count()).toBe(0);
    await page.close();
    const file = join(lab.folder, "saved.ipynb");
    expect((await readFile(file, "utf8")).includes("widget-state")).toBe(false);
    await promisify(execFile)(tools.jupyter.replace("jupyter-lab", "jupyter-nbconvert"), ["--to", "html", file]);
    const html = file.replace(".ipynb", ".html");
    expect(await readFile(html, "utf8")).toContain(`data:image/png;base64,${source.slice(0, 400)}`);
    const offline = await lab.browser.newContext({ offline: true, viewport: { width: 1400, height: 1000 } });
    const shared = await offline.newPage();
    await shared.goto(`file://${html}`);
    const seen = await shared.locator(".jp-OutputArea-output img").screenshot();
    expect(tinted(await sharp(seen).removeAlpha().raw().toBuffer())).toBeGreaterThan(400 * 40);
    await offline.close();
  });

  it("lets an object be renamed while everything else goes on", async () => {
    const lp = await open("rename");
    const { widget, page } = lp;
    const before = await cellCount(lp);
    await widget.root.getByText("disc", { exact: true }).dblclick();
    await page.keyboard.type("bad");
    await widget.root.locator(".sl-slider").evaluate(moveSlider, 15);
    await expect.poll(() => widget.root.locator(".sl-slice-label").innerText()).toBe("slice 16 / 20");
    await page.keyboard.type("dx");
    await page.keyboard.press("Enter");
    await expect.poll(() => widget.root.locator(".sl-pick .sl-name").first().innerText()).toBe("baddx");
    expect(await cellCount(lp)).toBe(before);
    await page.close();
  });

  it("scrolls the page until it has the focus, then its slices", async () => {
    const lp = await open("wheel");
    const { widget, page } = lp;
    const label = widget.root.locator(".sl-slice-label");
    await page.setViewportSize({ width: 1400, height: 700 });
    await widget.shown();
    const top = async () => (await widget.surface.boundingBox())!.y;
    const first = await top();
    await page.mouse.move(...(await widget.at(5, 20)));
    await page.mouse.wheel(0, -100);
    await expect.poll(top).not.toBe(first);
    expect(await label.innerText()).toBe("slice 11 / 20");
    await widget.surface.focus();
    const second = await top();
    await page.mouse.wheel(0, -100);
    await expect.poll(() => label.innerText()).toBe("slice 12 / 20");
    expect(await top()).toBe(second);
    await page.close();
  });

  it("says what went wrong in its place, and when the kernel is gone", async () => {
    const lp = await open("errors");
    const { widget, page } = lp;
    await lp.runCell(5);
    await widget.click(32, 24);
    const problem = widget.root.getByRole("alert");
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/^The discs are used up\.\s+try again$/);
    await page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => {})");
    await expect
      .poll(() => widget.root.locator(".sl-pill").innerText())
      .toBe("disconnected: run the cell to go on; prompts come back");
    expect(await widget.root.locator(".sl-prompts .sl-name").allInnerTexts()).toEqual(["include"]);
    await page.close();
  });

  it("is calm about a cancel that was asked for, and goes on when asked to", async () => {
    const lp = await open("cancel", [0, 7, 1]);
    const { widget, page } = lp;
    const problem = widget.root.getByRole("alert");
    const look = () => problem.evaluate(edgeColor);
    await widget.click(32, 24);
    await expect.poll(() => widget.root.locator(".sl-pill").innerText()).toMatch(/^encoding slice 11…\s+cancel$/);
    await widget.root.getByRole("button", { name: "cancel", exact: true }).click();
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/^The prediction was cancelled\. The prompts are kept\.\s+try again$/);
    const calm = await look();
    await lp.runCell(7);
    await widget.root.getByRole("button", { name: "try again" }).click();
    await expect.poll(() => widget.area()).toBe(disc);
    await lp.runCell(5);
    await widget.click(10, 10);
    await expect.poll(() => problem.innerText()).toContain("used up");
    expect(await look()).not.toBe(calm);
    await page.close();
  });

  it("begins a box by Enter alone, and Enter places it", async () => {
    const lp = await open("keyboard-box");
    const { widget, page } = lp;
    const prompts = () => widget.root.locator(".sl-prompts .sl-name").allInnerTexts();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await widget.surface.focus();
    await press("k", "b", "ArrowRight", "ArrowDown");
    const isBox = () => widget.root.getByRole("button", { name: "box", exact: true }).getAttribute("aria-pressed");
    await expect.poll(isBox).toBe("true");
    const pill = () => widget.root.locator(".sl-pill").innerText();
    expect(await pill()).not.toContain("opposite corner");
    await press("Enter");
    await expect.poll(pill).toBe("Move to the opposite corner and press Enter.");
    await press("Shift+ArrowRight", "Shift+ArrowDown");
    expect(await prompts()).toEqual([]);
    await press("Enter");
    await expect.poll(prompts).toEqual(["box"]);
    await expect.poll(() => widget.area()).toBe(11 * 11);
    await page.close();
  });

  it("shows that there are more prompts than it has room for, and the values of a CT in HU", async () => {
    const lp = await open("many", [0, 1, 8, 9]);
    const { widget, page } = lp;
    await expect.poll(() => widget.root.locator(".sl-prompts .sl-row").count()).toBe(30);
    const list = widget.root.locator(".sl-prompts");
    await list.scrollIntoViewIfNeeded();
    expect(await list.evaluate(hiddenHeight)).toBeGreaterThan(200);
    const shadow = async (edge: "top" | "bottom") => edgeContrast(await list.screenshot(), edge);
    expect([await shadow("top"), await shadow("bottom")]).toEqual([false, true]);
    await list.evaluate(scrollToEnd);
    await expect.poll(async () => [await shadow("top"), await shadow("bottom")]).toEqual([true, false]);
    const ct = new WidgetOnPage(page, sheet, 1);
    await ct.shown();
    await page.mouse.move(...(await ct.at(20, 20)));
    await expect.poll(() => ct.root.locator(".sl-value").innerText()).toBe("value 80 HU");
    await widget.surface.scrollIntoViewIfNeeded();
    await page.mouse.move(...(await widget.at(20, 20)));
    await expect.poll(() => widget.root.locator(".sl-value").innerText()).toBe("value 80");
    await page.close();
  });
});

/** The parts of the DOM's elements that are used in the page. */
interface ElementLike {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

const edgeColor = (element: unknown): string =>
  (globalThis as unknown as { getComputedStyle(element: unknown): { borderLeftColor: string } }).getComputedStyle(
    element,
  ).borderLeftColor;

const hiddenHeight = (element: unknown): number => {
  const { scrollHeight, clientHeight } = element as ElementLike;
  return scrollHeight - clientHeight;
};

const scrollToEnd = (element: unknown): void => {
  (element as ElementLike).scrollTop = 100_000;
};

/** Whether the edge of a list is darker than the paper further in, at its left margin where nothing is written. */
async function edgeContrast(png: Buffer, edge: "top" | "bottom"): Promise<boolean> {
  const { data, info } = await sharp(png).removeAlpha().greyscale().raw().toBuffer({ resolveWithObject: true });
  const at = (row: number) => data[row * info.width * info.channels + 2 * info.channels];
  // The outermost rows may lie half outside.
  const row = edge === "top" ? 2 : info.height - 3;
  return at(row) < at(Math.floor(info.height / 2)) - 8;
}

async function pixelsOf(base64: string): Promise<Buffer> {
  return await sharp(Buffer.from(base64, "base64")).removeAlpha().raw().toBuffer();
}

/** Number of pixels that are not grey. */
function tinted(rgb: Buffer): number {
  let count = 0;
  for (let n = 0; n < rgb.length; n += 3) {
    const [r, g, b] = [rgb[n], rgb[n + 1], rgb[n + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 20) count++;
  }
  return count;
}

/** Moves a slider without taking the focus, as another view of the same widget would. */
function moveSlider(slider: unknown, to: number): void {
  const element = slider as { value: string; dispatchEvent(event: Event): boolean };
  element.value = String(to);
  element.dispatchEvent(new Event("input"));
}
