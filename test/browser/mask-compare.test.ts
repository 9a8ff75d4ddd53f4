import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleVolume } from "../../src/datasets/samples.js";
import { MaskVolume } from "../../src/io/mask/mask-volume.js";
import { dice } from "../../src/metrics/overlap.js";
import { kindsOf, wrongOn } from "./agreement-kinds.js";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";
import { WidgetOnPage } from "./widget.js";

/** Patient: other tests may be using the machine. */
const patience = 60_000;
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: patience });

/** Moves a mask by voxels along i and j; runs here and in a cell. */
const moved = `
const moved = (mask, di, dj) => {
  const [nx, ny] = mask.size;
  const data = new Uint8Array(mask.data.length);
  for (let n = 0; n < data.length; n++) {
    const [i, j] = [(n % nx) - di, (Math.floor(n / nx) % ny) - dj];
    if (i >= 0 && j >= 0 && i < nx && j < ny) data[n] = mask.data[n - di - dj * nx] > 0 ? 1 : 0;
  }
  return data;
};`;

const cells = [
  `import { MaskVolume, compareMasks, sampleVolume } from "samlab";
${moved.replace("(mask, di, dj)", "(mask: MaskVolume, di: number, dj: number)")}
const { volume, truth } = await sampleVolume("brain1");
const mask = (di: number, dj: number) =>
  new MaskVolume({ data: moved(truth, di, dj), size: truth.size, affine: truth.affine, source: "moved" });
const w = compareMasks(volume, { "zero-shot": mask(14, 9), "fine-tuned": mask(2, 0), truth });
w`,
  "await w.ready; console.log(JSON.stringify([w.slice, w.layout, w.agreement, w.scores.map(({ name, dice }) => [name, dice])]))",
  "w.slice = 14",
];

describe.skipIf(!browserTestsCanRun())("the mask comparison in JupyterLab", { timeout: 600_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  async function open(name: string, shown: number): Promise<LabPage> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, {
      viewport: { width: 1400, height: 1700 },
      deviceScaleFactor: 2,
      newPage: true,
    });
    lp.page.setDefaultTimeout(2 * patience);
    await lp.runCell(shown);
    return lp;
  }

  const output = async ({ page }: LabPage, cell: number) =>
    (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").innerText()).trim();

  it("goes where the strip is clicked, is read and changed by cells, and comes back after a reload", async () => {
    const { volume, truth } = await sampleVolume("brain1");
    const data = new Function("mask", "di", "dj", `${moved}; return moved(mask, di, dj);`)(truth, 14, 9);
    const zeroShot = new MaskVolume({ data, size: truth.size, affine: truth.affine, source: "moved" });
    const { width, height, spacing } = volume.view();
    const lp = await open("agreement", 0);
    const { page } = lp;
    const first = new WidgetOnPage(page, { width, height, spacing });
    await first.shown();
    const kinds = (slice: number) => kindsOf(zeroShot.slice(slice).data, truth.slice(slice).data);
    const label = first.root.locator(".sl-slice-label");
    expect(await label.innerText()).toBe("slice 16 / 24");
    await first.root.getByRole("button", { name: "agreement" }).click();
    await until(() => wrongOn(first, kinds(16), width)).toBe(0);

    const chart = first.root.locator(".mc-chart");
    const box = (await chart.boundingBox())!;
    await page.mouse.click(box.x + (13.5 / 25) * box.width, box.y + box.height / 2);
    await until(() => label.innerText()).toBe("slice 13 / 24");
    await until(() => wrongOn(first, kinds(13), width)).toBe(0);
    await lp.runCell(1);
    await until(() => output(lp, 1)).toContain("[13,");
    const [, layout, agreement, scores] = JSON.parse(await output(lp, 1));
    expect([layout, agreement, scores[0]]).toEqual(["side-by-side", true, ["zero-shot", dice(zeroShot, truth)]]);

    await lp.runCell(2);
    await until(() => label.innerText()).toBe("slice 14 / 24");
    await lp.execute("docmanager:save");
    await lp.reload();
    await first.shown();
    await until(() => wrongOn(first, kinds(14), width)).toBe(0);
    expect(await label.innerText()).toBe("slice 14 / 24");
    expect(lp.errors).toEqual([]);
  });
});
