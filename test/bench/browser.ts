import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { startLab } from "../browser/lab.js";
import { WidgetOnPage } from "../browser/widget.js";
import { printRows } from "./figures.js";

const clicks = 40;
const sheet = { width: 256, height: 256, spacing: [0.78125, 0.78125] } as const;

/**
 * In the page: measures from the pointer event to the first frame whose canvas shows another number of tinted pixels. Prompt marks are painted at
 * once, so a change must be larger than a mark.
 */
const probe = `window.samlabProbe = (() => {
  const canvas = document.querySelector(".sl canvas");
  const context = canvas.getContext("2d");
  let start = 0;
  document.addEventListener("pointerdown", () => { start = performance.now(); }, { capture: true });
  const tinted = () => {
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let n = 0; n < data.length; n += 4) {
      const [r, g, b] = [data[n], data[n + 1], data[n + 2]];
      if (Math.max(r, g, b) - Math.min(r, g, b) > 20) count++;
    }
    return count;
  };
  const until = (done) => new Promise((resolve) => {
    const look = () => (done() ? resolve(performance.now() - start) : requestAnimationFrame(look));
    requestAnimationFrame(look);
  });
  return {
    appears: () => until(() => start > 0 && tinted() > 1200),
    gone: () => until(() => tinted() < 100),
    reset: () => { start = 0; },
  };
})()`;

/** Click → painted mask in real JupyterLab and Chromium, with the embedded model; the slice is encoded once before. */
export async function benchBrowser(root: string): Promise<void> {
  const lab = await startLab();
  try {
    await copyFile(join(root, "notebooks", "00-start.ipynb"), join(lab.folder, "00-start.ipynb"));
    const { page, runCell } = await lab.open("00-start.ipynb", { viewport: { width: 1400, height: 2600 } });
    for (const cell of [0, 1, 2]) await runCell(cell);
    const widget = new WidgetOnPage(page, sheet);
    await widget.shown();
    await page.evaluate(probe);
    // As long as a user looks before the first click.
    await page.waitForTimeout(3000);
    const runs: number[] = [];
    /** The decoder's own time in the same clicks, as the foot says it. */
    const bare: number[] = [];
    for (let n = -1; n < clicks; n++) {
      await page.evaluate("samlabProbe.reset()");
      const painted = page.evaluate<number>("samlabProbe.appears()");
      await widget.click(181 + (n % 5), 151 + (n % 4));
      const milliseconds = await painted;
      // The first click encodes the slice.
      if (n >= 0) {
        runs.push(milliseconds);
        const foot = await widget.root.locator(".sl-run").innerText();
        bare.push(Number(foot.match(/(\d+) ms$/)?.[1]));
      } else
        console.log(`\nClick → painted mask, first click on a slice, after 3 s on it: ${milliseconds.toFixed(0)} ms`);
      await page.keyboard.press("c");
      await page.evaluate("samlabProbe.gone()");
    }
    printRows("Click → painted mask in JupyterLab", [
      { what: "the mask decoder alone, in the same clicks", runs: bare },
      { what: "samlab, further clicks on the slice", runs },
    ]);
  } finally {
    await lab.close();
  }
}
