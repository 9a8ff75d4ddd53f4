import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernelspec } from "../../kernel-ext/setup/jupyter-files.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { allWidgets } from "./all-widgets.js";
import { launchChromium, writeNotebook } from "./lab.js";
import { browserTestsCanRun, tools } from "./requirements.js";

const cells = [
  ...allWidgets,
  `import { progress, widget } from "samlab";
for (const n of progress([1, 2, 3], { label: "three steps" })) console.log(n);`,
  `widget({ esm: "export default { render({ el }) { el.textContent = 'drawn'; } }", state: { label: "mine" } })`,
  "await w.setPrompts({ box: [90, 90, 140, 140] }, { slice: 9 });",
];

/** Of the cells' outputs, those with a picture, and what must be seen of each: so many pixels with a color. */
const pictures = [
  { name: "prompter", colored: 400 },
  { name: "comparison", colored: 400 },
  { name: "chart", colored: 2_000 },
  { name: "training", colored: 500 },
] as const;

interface Output {
  readonly output_type: string;
  readonly data?: { readonly [mime: string]: unknown };
}
interface Notebook {
  readonly cells: readonly { readonly outputs: readonly Output[] }[];
  readonly metadata: object;
}

describe.skipIf(!browserTestsCanRun())("an executed notebook", { timeout: 120_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), "samlab-nbconvert-"));
  let notebook: Notebook;
  let browser: Browser;

  beforeAll(async () => {
    const share = join(place, "share", "jupyter");
    await installKernelspec(samlabPackage.root, share);
    await mkdir(join(place, "work"));
    writeNotebook(join(place, "work", "all.ipynb"), cells);
    const env = {
      ...process.env,
      HOME: place,
      SAMLAB_CACHE: cacheFolder(),
      JUPYTER_PATH: share,
      JUPYTER_RUNTIME_DIR: join(place, "runtime"),
      JUPYTER_CONFIG_DIR: join(place, "config"),
    };
    const nbconvert = (...args: string[]) =>
      promisify(execFile)(tools.jupyter.replace("jupyter-lab", "jupyter-nbconvert"), args, {
        cwd: join(place, "work"),
        env,
      });
    await nbconvert("--to", "notebook", "--execute", "--inplace", "all.ipynb");
    await nbconvert("--to", "html", "all.ipynb");
    notebook = JSON.parse(await readFile(join(place, "work", "all.ipynb"), "utf8"));
    browser = await launchChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(place, { recursive: true, force: true });
  });

  it("holds text and a picture of each widget, which GitHub, PDF and e-mail show, and no widget's state", () => {
    const shown = notebook.cells.flatMap(({ outputs }) => outputs.flatMap(({ data }) => (data ? [data] : [])));
    const widgets = shown.filter((data) => "application/vnd.jupyter.widget-view+json" in data);
    expect(widgets.length).toBeGreaterThanOrEqual(pictures.length);
    for (const data of widgets) expect([data["text/plain"]].flat().join("")).toMatch(/\S/);
    const drawn = widgets.filter((data) => "image/png" in data || "image/svg+xml" in data);
    expect(drawn).toHaveLength(pictures.length);
    expect(Object.keys(notebook.metadata)).not.toContain("widgets");
    // The last cell has changed it.
    expect([drawn[0]!["text/plain"]].flat().join("")).toContain("axial slice 9");
  });

  it("becomes a page that shows every widget's picture without a network", async () => {
    const context = await browser.newContext({ offline: true, viewport: { width: 1100, height: 1000 } });
    const page = await context.newPage();
    await page.goto(`file://${join(place, "work", "all.html")}`);
    const images = page.locator(".jp-OutputArea-output :is(img, svg)");
    expect(await images.count()).toBe(pictures.length);
    for (const [n, { name, colored }] of pictures.entries()) {
      expect(await coloredPixels(page, n), name).toBeGreaterThan(colored);
    }
    const text = await page.locator("body").innerText();
    expect(text).toContain("three steps");
    await context.close();
  });
});

/** Pixels of the n-th picture as it is seen that are not gray. */
async function coloredPixels(page: Page, n: number): Promise<number> {
  const shot = await page.locator(".jp-OutputArea-output :is(img, svg)").nth(n).screenshot();
  const { data, info } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let count = 0;
  for (let at = 0; at < data.length; at += info.channels) {
    const rgb = data.subarray(at, at + 3);
    if (Math.max(...rgb) - Math.min(...rgb) > 20) count++;
  }
  return count;
}
