import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWithWeights } from "../support/weights.js";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  `import { type FineTuned, type FinetuneOptions, loadSam, sampleVolume, showFinetune, trainingSlices } from "samlab";
const brain = await sampleVolume("mni152");
const cut = (slices: number[]) => trainingSlices(brain, { label: "white matter", slices });
const training = showFinetune(await loadSam("lite-medsam"), cut([74, 86]), {
  steps: 100, validation: cut([80]), validateEvery: 4, allowSamePatient: true, resume: false,
});`,
  "const tuned = await training.result; console.log(JSON.stringify([tuned.steps, tuned.bestStep, tuned.notes]))",
  `// Takes steps until it is stopped.
const endless = (_: unknown, { stop, onProgress }: FinetuneOptions = {}) => new Promise<FineTuned>((resolve) => {
  const loss: number[] = [];
  const timer = setInterval(() => {
    loss.push(1 + 1 / (loss.length + 1));
    const step = loss.length;
    onProgress?.({ phase: "training", step, steps: 9000, loss: loss.at(-1)!, validationDice: NaN, secondsLeft: 60, note: "" });
    if (!stop?.aborted) return;
    clearInterval(timer);
    const history = { loss, validation: [] };
    resolve({ history, steps: step, bestStep: step, notes: [\`Stopped after \${step}.\`] } as unknown as FineTuned);
  }, 40);
});
const second = showFinetune({ name: "endless", finetune: endless }, []);`,
  "console.log((await second.result).notes.join())",
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describeWithWeights("the training widget in JupyterLab", () => {
  describe.skipIf(!browserTestsCanRun())("with LiteMedSAM", { timeout: 240_000 }, () => {
    let lab: Lab;

    beforeAll(async () => {
      lab = await sharedLab();
    });
    afterAll(() => lab?.clear());

    const output = async ({ page }: LabPage, cell: number) =>
      (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").allInnerTexts()).join("\n").trim();
    const status = (widget: Locator) => widget.locator(".tr-status").innerText();
    const stepOf = async (widget: Locator) => Number((await status(widget)).match(/^step (\d+) of/)?.[1] ?? 0);
    const stop = (widget: Locator) => widget.locator(".sl-toolbar button");

    it("draws the curves while the cell is busy, stops by click and by key, and comes back after a reload", async () => {
      writeNotebook(join(lab.folder, "training.ipynb"), cells);
      const lp = await lab.open("training.ipynb", { newPage: true });
      const { page } = lp;
      const widget = page.locator(".tr").first();

      const running = lp.runCell(0);
      running.catch(() => {}); // a failure before its end is this one, and not that the page went
      await until(() => widget.locator(".tr-best").last().isVisible()).toBe(true);
      await until(() => curvePixels(widget.locator(".tr-panel").nth(0))).toBeGreaterThan(100);
      await until(() => curvePixels(widget.locator(".tr-panel").nth(1))).toBeGreaterThan(100);
      expect(await stepOf(widget)).toBeGreaterThan(4);
      expect(await widget.locator(".tr-number").allInnerTexts()).toEqual([
        expect.stringMatching(/^loss \d\.\d{3}$/),
        expect.stringMatching(/^best Dice 0\.\d{3} at step \d+$/),
      ]);
      const { height } = (await widget.boundingBox())!;
      await stop(widget).click();
      await running;
      await until(() => widget.locator(".tr-phase").innerText()).toBe("stopped");
      const [, steps] = (await status(widget)).match(/^Stopped by hand after step (\d+) of 100\./) ?? [];
      await until(() => stop(widget).isVisible()).toBe(false);
      // Nothing jumps where JupyterLab makes the view anew with the final picture, and the keyboard stays where it was.
      expect((await widget.boundingBox())!.height).toBe(height);
      const frame = widget.locator(".sl-frame");
      await until(() => frame.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
      await lp.runCell(1);
      await until(() => output(lp, 1)).not.toBe("");
      expect(JSON.parse(await output(lp, 1))).toEqual([
        Number(steps),
        expect.any(Number),
        [expect.stringMatching(/^Stopped/)],
      ]);

      void lp.runCell(2).catch(() => {}); // the page goes before its cell
      const endless = page.locator(".tr").nth(1);
      await until(() => stepOf(endless)).toBeGreaterThan(0);
      await lp.execute("docmanager:save");
      const saved = JSON.parse(await readFile(join(lab.folder, "training.ipynb"), "utf8"));
      // On a busy machine, a bar of loading the model comes before it.
      const pictures = saved.cells[0].outputs.map(
        ({ data }: { data?: Record<string, unknown> }) => data?.["image/svg+xml"],
      );
      expect(pictures.flat().join("")).toContain(`after step ${steps} of 100`);
      const before = await stepOf(endless);
      await lp.reload();
      await until(() => stepOf(endless)).toBeGreaterThan(before);
      expect(await status(widget)).toContain(`Stopped by hand after step ${steps}`);
      expect(await curvePixels(endless.locator(".tr-panel"))).toBeGreaterThan(100);

      await stop(endless).focus();
      const count = await page.locator(".jp-CodeCell").count();
      await page.keyboard.press("b");
      expect(await page.locator(".jp-CodeCell").count()).toBe(count);
      await page.keyboard.press("Enter");
      await until(() => status(endless)).toMatch(/^Stopped after \d+\./);
      await lp.runCell(3);
      await until(() => output(lp, 3)).toMatch(/^Stopped after \d+\.$/);
      expect(lp.errors).toEqual([]);
    });
  });
});

/** Pixels of the curves' orange. */
async function curvePixels(panel: Locator): Promise<number> {
  const { data, info } = await sharp(await panel.screenshot())
    .raw()
    .toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let n = 0; n < data.length; n += info.channels) {
    if (Math.abs(data[n] - 230) + Math.abs(data[n + 1] - 159) + data[n + 2] < 40) count++;
  }
  return count;
}
