import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleVolume } from "../../src/datasets/samples.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { describeWithWeights } from "../support/weights.js";
import { type Lab, type LabPage, sharedLab } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";
import { WidgetOnPage } from "./widget.js";

const sheet = { width: 256, height: 256, spacing: [0.78125, 0.78125] } as const;

/** The whole way: the notebook that `npm start` opens, its real model, real JupyterLab, real Chromium. */
describeWithWeights("notebooks/00-start.ipynb in JupyterLab", () => {
  describe.skipIf(!browserTestsCanRun())("with the embedded model", { timeout: 180_000 }, () => {
    let lab: Lab;
    let lp: LabPage;
    let widget: WidgetOnPage;
    let truth: Uint8Array;

    beforeAll(async () => {
      truth = (await sampleVolume("brain1")).truth.slice(15).data;
      lab = await sharedLab();
      const notebook = join(samlabPackage.root, "notebooks", "00-start.ipynb");
      await copyFile(notebook, join(lab.folder, "00-start.ipynb"));
      lp = await lab.open("00-start.ipynb", { viewport: { width: 1400, height: 2600 }, newPage: true });
      await lp.runAll();
      widget = new WidgetOnPage(lp.page, sheet);
      await widget.shown();
    }, 180_000);
    afterAll(() => lab?.clear());

    const output = async (cell: number) => {
      const texts = lp.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output");
      return (await texts.allInnerTexts()).join("\n");
    };

    /** Dice of the pixels that the page shows as mask and the sample's truth. */
    const shownDice = async () => {
      const shown = await widget.masked();
      const both = shown.reduce((sum, value, n) => sum + (value & Number(truth[n] > 0)), 0);
      return (
        (2 * both) /
        (shown.reduce((sum, value) => sum + value, 0) + truth.reduce((sum, value) => sum + Number(value > 0), 0))
      );
    };

    it("runs all cells and shows the mask of the prompt set in code", async () => {
      await expect.poll(() => output(5), { timeout: 60_000 }).toContain("Dice 0.922");
      // Prompt marks stand on the mask, so a few pixels may differ.
      await expect.poll(shownDice).toBeGreaterThan(0.85);
    });

    it("makes a mask of a click and of a box, which the next cell reads", async () => {
      await lp.page.keyboard.press("Escape");
      await widget.surface.focus();
      await lp.page.keyboard.press("c");
      await expect.poll(() => widget.area()).toBe(0);
      await widget.click(183, 153);
      await expect.poll(shownDice).toBeGreaterThan(0.75);
      await lp.page.keyboard.press("c");
      await expect.poll(() => widget.area()).toBe(0);
      await widget.drag([163, 138], [207, 168]);
      await expect.poll(shownDice).toBeGreaterThan(0.85);

      const code = "JSON.stringify({ prompts: w.prompts, dice: dice(w.mask!, truth).toFixed(3) })";
      await lp.execute("notebook:move-cursor-down");
      await lp.page.locator(".jp-Notebook .jp-Cell").last().click();
      await lp.execute("notebook:insert-cell-below");
      await lp.page.keyboard.insertText(code);
      await lp.execute("notebook:run-cell");
      const last = async () => output((await lp.page.locator(".jp-CodeCell").count()) - 1);
      await expect.poll(last).toContain('"dice":"0.9');
      expect(await last()).toContain('[{"kind":"box","box":[163,138,207,168]}]');
    });

    it("comes back after the page is reloaded, with its mask", async () => {
      await lp.execute("docmanager:save");
      await lp.reload();
      await widget.shown();
      await expect.poll(shownDice, { timeout: 30_000 }).toBeGreaterThan(0.85);
      expect(await widget.root.innerText()).toContain("lite-medsam-clicks");
    });
  });
});
