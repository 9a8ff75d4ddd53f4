import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakConnection } from "./break-connection.js";
import { phantomCell } from "./cells.js";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
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
  `await w.ready; console.log(JSON.stringify([w.slice, w.prompts, ${area}, counts.predicted]))`,
  `await w.setPrompts({ box: [2, 3, 11, 12] }, { slice: 4 }); console.log(${area})`,
  "w",
];

describe.skipIf(!browserTestsCanRun())("the slice prompter in JupyterLab", { timeout: 120_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  /** A new notebook in which the widget is shown. */
  async function open(name: string, shownCells = [0, 1], newPage = false): Promise<LabPage & { widget: WidgetOnPage }> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 2400 }, newPage });
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

  it("segments by box and by click; the next cell has the mask", async () => {
    const lp = await open("segment");
    const { widget } = lp;
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
    // The box, the click, and what a click in place of the drag would have made.
    expect(JSON.parse(await output(lp, 2))).toEqual([10, prompts, 400 + disc, 3]);
    expect(await widget.root.locator(".sl-run").innerText()).toMatch(/^discs · CPU · \d+ ms$/);
    expect(lp.errors).toEqual([]);
  });

  it("shows what is done in code, in every view, and on other slices", async () => {
    const lp = await open("code", [0, 1, 4]);
    const second = new WidgetOnPage(lp.page, sheet, 1);
    await second.shown();
    await lp.runCell(3);
    expect(await output(lp, 3)).toBe("100");
    for (const view of [lp.widget, second]) {
      await expect.poll(() => view.area()).toBe(100);
      expect(await view.root.locator(".sl-slice-label").innerText()).toBe("slice 4 / 19");
    }
    await second.click(40, 24);
    await expect.poll(() => lp.widget.area()).toBe(100 + disc);
    await lp.page.keyboard.press("ArrowUp");
    await expect.poll(() => lp.widget.area()).toBe(0);
    expect(await lp.widget.root.locator(".sl-slice-label").innerText()).toBe("slice 5 / 19");
  });

  it("does again what was lost with the connection to the kernel", async () => {
    const { widget, page } = await open("lost");
    await widget.click(32, 24);
    await expect.poll(() => widget.area()).toBe(disc);
    const findOut = await breakConnection(page);
    await widget.drag([2, 3], [11, 12]);
    for (const key of ["ArrowUp", "ArrowUp", "ArrowUp"]) await page.keyboard.press(key);
    const label = () => widget.root.locator(".sl-slice-label").innerText();
    await expect.poll(label).toBe("slice 13 / 19");
    expect(await widget.area()).toBe(disc);
    const pill = () => widget.root.locator(".sl-pill").innerText();
    const still = "axial slice 10 of 0 to 19 is still shown";
    await expect.poll(pill).toBe(`waiting for the kernel, which is busy; ${still}`);
    await page.context().setOffline(true);
    await findOut();
    await expect.poll(pill).toBe(`waiting for the connection to the kernel; ${still}`);
    await page.context().setOffline(false);
    // JupyterLab would try again by itself, after some seconds.
    await page.evaluate(
      "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.reconnect().then(() => {})",
    );
    await expect.poll(() => widget.area()).toBe(0);
    expect(await label()).toBe("slice 13 / 19");
    expect(await pill()).toBe("");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await expect.poll(() => widget.area()).toBe(disc + 100);
  });

  it("does not wait for a kernel that was restarted while the connection was lost", async () => {
    const { widget, page } = await open("restarted");
    await widget.click(32, 24);
    await expect.poll(() => widget.area()).toBe(disc);
    const findOut = await breakConnection(page);
    await widget.drag([2, 3], [11, 12]);
    await page.evaluate(`(async () => {
      const { shell, serviceManager } = window.jupyterapp;
      const { baseUrl, token } = serviceManager.serverSettings;
      const { id } = shell.currentWidget.sessionContext.session.kernel;
      const headers = { Authorization: "token " + token };
      await fetch(baseUrl + "api/kernels/" + id + "/restart", { method: "POST", headers });
    })()`);
    await findOut();
    const pill = () => widget.root.locator(".sl-pill").innerText();
    await expect.poll(pill, { timeout: 60_000 }).toBe("disconnected: run the cell to go on; prompts come back");
  });

  it("comes back after the page is loaded again, after its cell has run again, and after a restart of the kernel", async () => {
    const lp = await open("reload", [0, 1], true);
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
    await expect.poll(() => widget.area()).toBe(2 * disc);
    await page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => {})");
    for (const cell of [0, 1]) await lp.runCell(cell);
    await line.waitFor();
    await expect.poll(() => widget.area()).toBe(2 * disc);
    await lp.runCell(2);
    // The masks came with the prompts: nothing was predicted.
    expect(JSON.parse(await output(lp, 2)).slice(2)).toEqual([2 * disc, 0]);
    await line.getByRole("button", { name: "start over" }).click();
    await expect.poll(() => widget.area()).toBe(0);
    expect(await line.isVisible()).toBe(false);
    await widget.surface.focus();
    await page.keyboard.press("Control+z");
    await expect.poll(() => widget.area()).toBe(2 * disc);
  });

  it("stays where another cell shows it when its own runs again, and is gone when that has run again too", async () => {
    const lp = await open("rerun", [0, 1, 4]);
    const live = () =>
      lp.page.evaluate<number>(
        `window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
          .requestCommInfo({ target_name: "jupyter.widget" })
          .then(({ content }) => Object.keys(content.comms).length)`,
      );
    const other = new WidgetOnPage(lp.page, sheet, 1);
    await lp.widget.click(32, 24);
    await expect.poll(() => other.area()).toBe(disc);
    await lp.runCell(1);
    await expect.poll(() => lp.widget.area()).toBe(disc);
    expect(await live()).toBe(2);
    await other.shown();
    await other.click(20, 8);
    await expect.poll(() => other.area()).toBe(2 * disc);
    expect(await lp.widget.area()).toBe(disc);
    await lp.runCell(4);
    await expect.poll(() => other.area()).toBe(disc);
    expect(await live()).toBe(1);
    await other.shown();
    await other.click(50, 40);
    await expect.poll(() => lp.widget.area()).toBe(2 * disc);
    expect(await lp.page.locator(".sl").count()).toBe(2);
    expect(lp.errors).toEqual([]);
  });

  it("leaves its last state in the notebook as a picture, which is seen where the widget cannot live", async () => {
    const lp = await open("saved", [], true);
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
});

async function pixelsOf(base64: string): Promise<Buffer> {
  return await sharp(Buffer.from(base64, "base64")).removeAlpha().raw().toBuffer();
}

/** Number of pixels that are not gray. */
function tinted(rgb: Buffer): number {
  let count = 0;
  for (let n = 0; n < rgb.length; n += 3) {
    const [r, g, b] = [rgb[n], rgb[n + 1], rgb[n + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 20) count++;
  }
  return count;
}
