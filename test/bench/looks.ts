import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allWidgets, widgetSelectors } from "../browser/all-widgets.js";
import { type Lab, startLab, writeNotebook } from "../browser/lab.js";

const names = ["prompter", "compare", "chart", "training"] as const;
const widths = [1920, 1400, 1000, 700, 480] as const;
const height = 1000;

/**
 * Takes pictures of all widgets in JupyterLab, light, dark, and at twice the resolution, at the widths of screens, for
 * visual review. Prints where they are.
 */
export async function makeLooks(): Promise<void> {
  const folder = process.env.SAMLAB_LOOKS ?? join(tmpdir(), "samlab-looks");
  mkdirSync(folder, { recursive: true });
  const lab = await startLab();
  try {
    await pictures(lab, folder, 1, widths, ["Light", "Dark"]);
    await pictures(lab, folder, 2, [1400], ["Light"]);
  } finally {
    await lab.close();
  }
  console.log(`\nPictures of the widgets: ${folder}`);
}

async function pictures(
  lab: Lab,
  folder: string,
  deviceScaleFactor: number,
  widths: readonly number[],
  themes: readonly string[],
): Promise<void> {
  const name = `looks-${deviceScaleFactor}.ipynb`;
  writeNotebook(join(lab.folder, name), allWidgets);
  const { page, execute, runCell } = await lab.open(name, {
    viewport: { width: widths[0], height },
    deviceScaleFactor,
  });
  await execute("application:toggle-left-area");
  for (const cell of allWidgets.keys()) await runCell(cell);
  await page.locator(".dc .barlayer .point").first().waitFor();
  for (const theme of themes) {
    await page.evaluate(
      `window.jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab ${theme}" }).then(() => {})`,
    );
    for (const width of widths) {
      await page.setViewportSize({ width, height });
      for (const [n, selector] of widgetSelectors.entries()) {
        const widget = page.locator(selector).first();
        await widget.scrollIntoViewIfNeeded();
        await page.waitForTimeout(250);
        const { height } = (await widget.boundingBox())!;
        const file = `${names[n]}-${width}-${theme.toLowerCase()}${deviceScaleFactor === 1 ? "" : "-2x"}.png`;
        await widget.screenshot({ path: join(folder, file) });
        console.log(`  ${file}: ${Math.round(height)} px high`);
      }
    }
  }
  await page.close();
}
