import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleVolume } from "../../src/datasets/samples.js";
import { MaskVolume } from "../../src/io/mask/mask-volume.js";
import { dice } from "../../src/metrics/overlap.js";
import { greyLevel } from "../../src/protocol/samples.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { phantomCell } from "./phantom.js";
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
  `${phantomCell}
const { compareMasks: compare, emptyMask } = await import("samlab");
const disc = emptyMask(phantom);
for (let z = 5; z < 9; z++) disc.setSlice(z, "axial", answerOf(64, 48, { points: [{ x: 30, y: 24 }] }, 6));
const prompts = (slice: number) => (slice < 5 || slice > 8 ? null : { points: [{ x: 33, y: 24 }] });
const p = compare(phantom, { discs: { sam: discs, prompts }, truth: disc });
p`,
  "await p.ready; console.log(JSON.stringify([p.slice, encoded, p.scores.length]))",
];

describe.skipIf(!browserTestsCanRun())("the mask comparison in JupyterLab", { timeout: 600_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab?.close());

  async function open(name: string, shown: number): Promise<LabPage> {
    writeNotebook(join(lab.folder, `${name}.ipynb`), cells);
    const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 1700 }, deviceScaleFactor: 2 });
    lp.page.setDefaultTimeout(2 * patience);
    await lp.runCell(shown);
    return lp;
  }

  const output = async ({ page }: LabPage, cell: number) =>
    (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").innerText()).trim();

  it("draws agreement, goes where the strip is clicked, blinks, zooms all pictures, and comes back after a reload", async () => {
    const { volume, truth } = await sampleVolume("brain1");
    const data = new Function("mask", "di", "dj", `${moved}; return moved(mask, di, dj);`)(truth, 14, 9);
    const zeroShot = new MaskVolume({ data, size: truth.size, affine: truth.affine, source: "moved" });
    const { width, height, spacing } = volume.view();
    const sheet = { width, height, spacing };
    /** How many pixels are not of the kind expected; on small pictures outlines cover the edges, so only what is inside counts. */
    const wrongOn = async (picture: WidgetOnPage, expected: readonly Kind[]) => {
      const seen = kindsSeen(await picture.pixels());
      return seen.filter((kind, n) => kind !== expected[n] && isInner(expected, n, width)).length;
    };

    const lp = await open("agreement", 0);
    const { page } = lp;
    const pictures = [0, 1, 2].map((n) => new WidgetOnPage(page, sheet, 0, n));
    const [first, , last] = pictures;
    await first.shown();
    await until(() => first.area()).toBeGreaterThan(100);
    expect(await first.root.locator(".mc-name").filter({ visible: true }).allInnerTexts()).toEqual([
      "zero-shot",
      "fine-tuned",
      "truth",
    ]);
    const label = first.root.locator(".sl-slice-label");
    expect(await label.innerText()).toBe("slice 17 / 25");
    await until(() => first.root.locator(".mc-lines path").count()).toBe(2);

    await first.root.getByRole("button", { name: "agreement" }).click();
    const expected = kindsOf(zeroShot.slice(16).data, truth.slice(16).data);
    await until(() => wrongOn(first, expected)).toBe(0);
    expect(expected).toContain("both");
    expect(expected).toContain("only predicted");
    expect(expected).toContain("only truth");
    const onTruth = kindsOf(truth.slice(16).data, truth.slice(16).data);
    expect(await wrongOn(last, onTruth)).toBe(0);
    const inner = expected.findIndex((kind, n) => kind === "both" && isInner(expected, n, width));
    const grey = greyLevel(volume.window, volume.slice(16).data[inner]);
    const seen = (await first.pixels())[inner];
    const wanted = [0, 158, 115].map((value) => grey * 0.65 + value * 0.35);
    expect(Math.max(...wanted.map((value, channel) => Math.abs(value - seen[channel])))).toBeLessThanOrEqual(2);
    expect(await first.root.locator(".mc-legend-entry").allInnerTexts()).toEqual([
      "both",
      "only predicted",
      "only truth",
    ]);

    const chart = first.root.locator(".mc-chart");
    const box = (await chart.boundingBox())!;
    await page.mouse.click(box.x + (13.5 / 25) * box.width, box.y + box.height / 2);
    await until(() => label.innerText()).toBe("slice 14 / 25");
    const on13 = kindsOf(zeroShot.slice(13).data, truth.slice(13).data);
    await until(() => wrongOn(first, on13)).toBe(0);
    await lp.runCell(1);
    await until(() => output(lp, 1)).toContain("[13,");
    const [, layout, agreement, scores] = JSON.parse(await output(lp, 1));
    expect([layout, agreement, scores[0]]).toEqual(["side-by-side", true, ["zero-shot", dice(zeroShot, truth)]]);

    // Zoom: what one picture shows moves in all.
    const before = await last.pixels();
    await page.mouse.move(...(await first.at(60, 60)));
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await until(async () => (await last.pixels()).toString() === before.toString()).toBe(false);
    // The pictures' widths differ by a fraction of a pixel, so single voxels at an edge may, too.
    await until(async () => {
      const [zoomed, linked] = [await first.pixels(), await last.pixels()];
      return meanDifference(zoomed, linked) < meanDifference(before, linked) / 4;
    }).toBe(true);
    await first.surface.focus();
    await page.keyboard.press("0");
    await page.keyboard.press("b");
    const names = first.root.locator(".mc-name").filter({ visible: true });
    await until(() => names.allInnerTexts()).toEqual(["zero-shot"]);
    await until(() => wrongOn(first, on13)).toBe(0);
    await page.keyboard.press("b");
    await until(() => names.allInnerTexts()).toEqual(["fine-tuned"]);
    await page.keyboard.press("l");
    await until(() => names.allInnerTexts()).toEqual(["fine-tuned", "truth"]);
    await page.keyboard.press("s");
    await until(() => names.count()).toBe(3);

    await lp.runCell(2);
    await until(() => label.innerText()).toBe("slice 15 / 25");
    await lp.execute("docmanager:save");
    await lp.reload();
    await first.shown();
    const on14 = kindsOf(zeroShot.slice(14).data, truth.slice(14).data);
    await until(() => wrongOn(first, on14)).toBe(0);
    expect(await label.innerText()).toBe("slice 15 / 25");
    expect(lp.errors).toEqual([]);
    await page.close();
  });

  it("predicts the slice that is shown, and all of them when asked to", async () => {
    const lp = await open("predict", 3);
    const sheet = { width: 64, height: 48, spacing: [1, 1] } as const;
    const picture = new WidgetOnPage(lp.page, sheet);
    await picture.shown();
    await until(() => picture.area()).toBe(113);
    await picture.root.getByRole("button", { name: "predict all slices" }).click();
    await until(() => picture.root.locator(".mc-table tbody td.mc-whole").innerText()).toMatch(/^0\.\d\d$/);
    expect(await picture.root.locator("thead .mc-whole").first().textContent()).toBe("4 of 20 slices");
    await lp.runCell(4);
    await until(() => output(lp, 4)).toBe("[5,4,1]");
    expect(lp.errors).toEqual([]);
    await lp.page.close();
  });
});

type Kind = "" | "both" | "only predicted" | "only truth";

function kindsOf(mask: Uint8Array, truth: Uint8Array): Kind[] {
  return Array.from(mask, (value, n) =>
    value ? (truth[n] ? "both" : "only predicted") : truth[n] ? "only truth" : "",
  );
}

/** By the strongest channel: green is both, vermillion only predicted, sky blue only truth. */
function kindsSeen(pixels: readonly (readonly [number, number, number, number])[]): Kind[] {
  return pixels.map(([r, g, b]) => {
    const most = Math.max(r, g, b);
    if (most - Math.min(r, g, b) <= 20) return "";
    return most === r ? "only predicted" : most === b ? "only truth" : "both";
  });
}

/** Of the pixels that are grey in both. */
function meanDifference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const isGrey = ([red, green, blue]: readonly number[]) => red === green && green === blue;
  const both = a.flatMap((pixel, n) => (isGrey(pixel) && isGrey(b[n]) ? [Math.abs(pixel[0] - b[n][0])] : []));
  return both.reduce((sum, difference) => sum + difference, 0) / both.length;
}

/** True if all eight neighbours are of the pixel's kind. */
function isInner(kinds: readonly Kind[], n: number, width: number): boolean {
  const around = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  return around.every((step) => (kinds[n + step] ?? "") === kinds[n]);
}
