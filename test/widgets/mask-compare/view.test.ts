import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareMasks, type MasksToCompare } from "../../../kernel-ext/widgets/compare-masks.js";
import { emptyMask, MaskVolume, type PromptSet, sampleVolume, type Volume } from "../../../src/index.js";
import { dice } from "../../../src/metrics/overlap.js";
import { grayLevel } from "../../../src/protocol/samples.js";
import { isInner, kindsOf, wrongOn } from "../../browser/agreement-kinds.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { WidgetOnPage } from "../../browser/widget.js";
import { discMask, discModel, phantom } from "../../support/phantom.js";
import { sharedViews, type Views } from "../page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

/** A mask moved by voxels along i and j. */
function moved({ size, affine, data }: MaskVolume, di: number, dj: number): MaskVolume {
  const [nx, ny] = size;
  const shifted = new Uint8Array(data.length);
  for (let n = 0; n < shifted.length; n++) {
    const [i, j] = [(n % nx) - di, (Math.floor(n / nx) % ny) - dj];
    if (i >= 0 && j >= 0 && i < nx && j < ny) shifted[n] = data[n - di - dj * nx] > 0 ? 1 : 0;
  }
  return new MaskVolume({ data: shifted, size, affine, source: "moved" });
}

describe.skipIf(!viewTestsCanRun())("the mask comparison in a page", { timeout: 120_000 }, () => {
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  async function open(volume: Volume, masks: MasksToCompare) {
    const view = await views.open({ viewport: { width: 1100, height: 1200 }, deviceScaleFactor: 2 });
    const w = compareMasks(volume, masks, { host: view.comms });
    await view.show(w);
    const { width, height, spacing } = volume.view();
    const pictures = Object.keys(masks).map((_, n) => new WidgetOnPage(view.page, { width, height, spacing }, 0, n));
    await pictures[0].shown();
    return { ...view, w, pictures, width, root: pictures[0].root };
  }

  it("draws agreement, goes where the strip is clicked, blinks, swipes, and zooms all pictures", async () => {
    const { volume, truth } = await sampleVolume("brain1");
    const zeroShot = moved(truth, 14, 9);
    const masks = { "zero-shot": zeroShot, "fine-tuned": moved(truth, 2, 0), truth };
    const { w, page, pictures, width, root, errors } = await open(volume, masks);
    const [first, , last] = pictures;
    await until(() => first.area()).toBeGreaterThan(100);
    expect(await root.locator(".mc-name").filter({ visible: true }).allInnerTexts()).toEqual([
      "zero-shot",
      "fine-tuned",
      "truth",
    ]);
    const label = root.locator(".sl-slice-label");
    expect(await label.innerText()).toBe("slice 16 / 24");
    await until(() => root.locator(".mc-lines path").count()).toBe(2);

    await root.getByRole("button", { name: "agreement" }).click();
    const expected = kindsOf(zeroShot.slice(16).data, truth.slice(16).data);
    await until(() => wrongOn(first, expected, width)).toBe(0);
    expect(expected).toContain("both");
    expect(expected).toContain("only predicted");
    expect(expected).toContain("only truth");
    const onTruth = kindsOf(truth.slice(16).data, truth.slice(16).data);
    expect(await wrongOn(last, onTruth, width)).toBe(0);
    const inner = expected.findIndex((kind, n) => kind === "both" && isInner(expected, n, width));
    const gray = grayLevel(volume.window, volume.slice(16).data[inner]);
    const seen = (await first.pixels())[inner];
    const wanted = [0, 158, 115].map((value) => gray * 0.65 + value * 0.35);
    expect(Math.max(...wanted.map((value, channel) => Math.abs(value - seen[channel])))).toBeLessThanOrEqual(2);
    expect(await root.locator(".mc-legend-entry").allInnerTexts()).toEqual(["both", "only predicted", "only truth"]);

    const chart = root.locator(".mc-chart");
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.click(box.x + (13.5 / 25) * box.width, box.y + box.height / 2);
    await until(() => label.innerText()).toBe("slice 13 / 24");
    const on13 = kindsOf(zeroShot.slice(13).data, truth.slice(13).data);
    await until(() => wrongOn(first, on13, width)).toBe(0);
    expect([w.slice, w.layout, w.agreement]).toEqual([13, "side-by-side", true]);
    await w.ready;
    expect(w.scores[0].dice).toBe(dice(zeroShot, truth));

    await first.shown();
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
    const names = root.locator(".mc-name").filter({ visible: true });
    await until(() => names.allInnerTexts()).toEqual(["zero-shot"]);
    await until(() => wrongOn(first, on13, width)).toBe(0);
    await page.keyboard.press("b");
    await until(() => names.allInnerTexts()).toEqual(["fine-tuned"]);
    await page.keyboard.press("l");
    await until(() => names.allInnerTexts()).toEqual(["fine-tuned", "truth"]);
    await page.keyboard.press("s");
    await until(() => names.count()).toBe(3);

    expect(errors).toEqual([]);
    await page.close();
  });

  it("predicts the slice that is shown, and all of them when asked to", async () => {
    const disc = emptyMask(phantom);
    for (let z = 5; z < 9; z++) disc.setSlice(z, "axial", discMask(64, 48, { points: [{ x: 30, y: 24 }] }, 6));
    const { discs, counts } = discModel();
    const prompts = (slice: number): PromptSet | null =>
      slice < 5 || slice > 8 ? null : { points: [{ x: 33, y: 24 }] };
    const { w, page, pictures, root, errors } = await open(phantom, { discs: { sam: discs, prompts }, truth: disc });
    await until(() => pictures[0].area()).toBe(113);
    await root.getByRole("button", { name: "predict all slices" }).click();
    await until(() => root.locator(".mc-table tbody td.mc-whole").innerText()).toMatch(/^0\.\d\d$/);
    expect(await root.locator("thead .mc-whole").first().textContent()).toBe("4 of 20 slices");
    await w.ready;
    expect([w.slice, counts.encoded, w.scores.length]).toEqual([5, 4, 1]);
    expect(await root.locator(".mc-columns").innerText()).not.toContain("slices");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says how many slices each mask is scored over, where they differ", async () => {
    const disc = emptyMask(phantom);
    for (let z = 5; z < 9; z++) disc.setSlice(z, "axial", discMask(64, 48, { points: [{ x: 30, y: 24 }] }, 6));
    const { page, root, errors } = await open(phantom, {
      some: { mask: disc, slices: [5, 6] },
      whole: moved(disc, 1, 0),
      truth: disc,
    });
    const rows = () =>
      root.locator(".mc-table tbody tr").evaluateAll((all) => all.map((row) => row.lastChild?.textContent));
    await until(rows).toEqual(["2", "20"]);
    expect(await root.locator("thead .mc-whole").first().innerText()).toBe("KNOWN SLICES");
    expect(await root.locator(".mc-columns th").last().innerText()).toBe("slices");
    expect(errors).toEqual([]);
    await page.close();
  });
});

/** Of the pixels that are gray in both. */
function meanDifference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const isGray = ([red, green, blue]: readonly number[]) => red === green && green === blue;
  const both = a.flatMap((pixel, n) => (isGray(pixel) && isGray(b[n]) ? [Math.abs(pixel[0] - b[n][0])] : []));
  return both.reduce((sum, difference) => sum + difference, 0) / both.length;
}
