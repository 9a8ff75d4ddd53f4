import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MimeBundle } from "../../kernel-ext/context.js";
import { compareMasks } from "../../kernel-ext/widgets/compare-masks.js";
import { chartDice } from "../../kernel-ext/widgets/dice-chart/chart-dice.js";
import { promptSlices } from "../../kernel-ext/widgets/prompt-slices.js";
import { TrainingWidget } from "../../kernel-ext/widgets/training/training-widget.js";
import { MaskVolume, sampleVolume } from "../../src/index.js";
import { widgetSelectors } from "../browser/all-widgets.js";
import { layoutFaults, sheetFaults } from "../browser/layout-faults.js";
import { viewTestsCanRun } from "../browser/requirements.js";
import { rows } from "../support/evaluation-rows.js";
import { discModel } from "../support/phantom.js";
import { sharedViews, type ViewPage, type Views } from "./page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

const widths = [1800, 1280, 900, 750, 580, 400];
const height = 900;

describe.skipIf(!viewTestsCanRun())("all widgets in a page", () => {
  let views: Views;
  let view: ViewPage;
  let page: Page;
  let prompter: Locator;
  let compare: Locator;

  beforeAll(async () => {
    views = await sharedViews();
    view = await views.open({ viewport: { width: 1280, height }, hasTouch: true });
    page = view.page;
    [prompter, compare] = widgetSelectors.map((selector) => page.locator(selector).first());
    const host = view.comms;
    const { volume, truth } = await sampleVolume("brain1");
    const objects = ["tumor", "ventricles of the brain"];
    const w = promptSlices(discModel().discs, volume, { slice: 15, objects, keep: false, host });
    await w.setPrompts({ box: [163, 138, 207, 168], points: [{ x: 183, y: 153 }] });
    w.object = objects[1];
    await w.setPrompts({ points: [{ x: 112, y: 110 }] });
    await view.show(w);
    const shifted = new MaskVolume({ ...truth, data: truth.data.map((_, n, all) => all[n - 14] ?? 0) });
    await view.show(compareMasks(volume, { "zero-shot": shifted, "fine-tuned, 40 steps": truth, truth }, { host }));
    await view.show(chartDice(rows, { host }));
    await view.show(trained(view));
    await page.locator(".dc .barlayer .point").first().waitFor();
  });
  afterAll(() => views?.clear());

  async function resize(width: number): Promise<void> {
    await page.setViewportSize({ width, height });
    // Two frames: the pictures are painted again when they have their size.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await page.waitForTimeout(50);
  }

  const heightOf = async (widget: Locator) => (await widget.boundingBox())!.height;

  it.each(widths)("fit a page %i px wide: nothing is cut, nothing lies on anything", async (width) => {
    await resize(width);
    for (const selector of widgetSelectors) {
      const faults = await page.locator(selector).first().evaluate(layoutFaults);
      expect([selector, faults]).toEqual([selector, []]);
    }
  });

  it("fit a narrow page too: the prompter", async () => {
    await resize(250);
    expect(await prompter.evaluate(layoutFaults)).toEqual([]);
    const [slider, select] = [".sl-opacity", ".sl-toolbar .sl-select"].map((selector) => prompter.locator(selector));
    const [below, above] = [(await slider.boundingBox())!, (await select.boundingBox())!];
    expect(below.y).toBeGreaterThan(above.y + above.height);
  });

  it("say their keys in a sheet that can be read, opened and closed by keys", async () => {
    await resize(1280);
    for (const widget of [prompter, compare]) {
      const sheet = widget.locator(".sl-help");
      await widget.locator(".sl-surface").first().focus();
      await page.keyboard.press("?");
      await sheet.waitFor();
      expect(await sheet.evaluate(sheetFaults)).toEqual([]);
      expect(await sheet.locator("dt").count()).toBe(await sheet.locator("dd").count());
      await page.keyboard.press("Escape");
      await sheet.waitFor({ state: "hidden" });
    }
  });

  it("have a slider of their own for the slices, as long as the picture is wide", async () => {
    await resize(900);
    for (const widget of [prompter, compare]) {
      const slider = (await widget.locator(".sl-slider").boundingBox())!;
      expect(slider.width).toBeGreaterThan(0.75 * (await widget.boundingBox())!.width);
    }
    for (const width of [580, 400]) {
      await resize(width);
      const [stage, slider] = [".sl-stage", ".sl-slider"].map((selector) => prompter.locator(selector));
      const picture = (await stage.boundingBox())!;
      expect((await slider.boundingBox())!.y - picture.y - picture.height).toBeLessThan(60);
    }
    const label = compare.locator(".sl-slice-label");
    await compare.locator(".sl-slider").fill("3");
    await until(() => label.innerText()).toBe("slice 3 / 24");
  });

  it("are made higher by the handle, and fill the screen", async () => {
    await resize(1280);
    const stage = prompter.locator(".sl-stage");
    const handle = prompter.locator(".sl-handle");
    await handle.scrollIntoViewIfNeeded();
    const before = await heightOf(stage);
    const { x, y, width } = (await handle.boundingBox())!;
    await page.mouse.move(x + width / 2, y + 4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y - 96, { steps: 4 });
    await page.mouse.up();
    expect(Math.round(before - (await heightOf(stage)))).toBe(100);
    await handle.focus();
    await page.keyboard.press("ArrowDown");
    expect(Math.round(before - (await heightOf(stage)))).toBe(60);
    await handle.dblclick();
    expect(await heightOf(stage)).toBe(before);
    const full = prompter.getByRole("button", { name: "full screen" });
    await full.click();
    await until(() => page.evaluate("document.fullscreenElement?.className ?? ''")).toContain("sl");
    await until(() => heightOf(stage)).toBeGreaterThan(0.75 * height);
    await full.click();
    await until(() => heightOf(stage)).toBe(before);
  });

  it("are worked by fingers: a tap prompts, two fingers zoom", async () => {
    await resize(1280);
    const surface = prompter.locator(".sl-surface");
    await surface.scrollIntoViewIfNeeded();
    const prompts = prompter.locator(".sl-prompts .sl-row");
    const before = await prompts.count();
    const { x, y, width, height } = (await surface.boundingBox())!;
    const [midX, midY] = [x + width / 2, y + height / 2];
    await page.touchscreen.tap(midX, midY);
    await until(() => prompts.count()).toBe(before + 1);
    const scale = prompter.locator(".sl-scale");
    const first = await scale.innerText();
    const touch = await page.context().newCDPSession(page);
    const fingers = (apart: number) => [
      { x: midX - apart, y: midY, id: 0 },
      { x: midX + apart, y: midY, id: 1 },
    ];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30) });
    for (const apart of [60, 90, 120, 150])
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await until(() => scale.innerText()).not.toBe(first);
    expect(await prompts.count()).toBe(before + 1);
  });
});

/** The training widget at the end of a run, as it is displayed. */
function trained({ comms }: ViewPage): MimeBundle {
  let shown: MimeBundle = {};
  const show = (content: MimeBundle) => {
    shown = content;
  };
  const training = new TrainingWidget(
    { subject: "lite-medsam · maskDecoder", isValidated: true },
    { comms, show, onStop: () => {} },
  );
  for (let step = 1; step <= 60; step++) {
    const loss = 0.15 + Math.exp(-step / 15) + 0.08 * Math.sin(7 * step);
    const isValidated = step % 10 === 0;
    const validationDice = isValidated ? 0.9 - Math.exp(-step / 12) : Number.NaN;
    const phase = isValidated ? "validating" : "training";
    training.progress({ phase, step, steps: 60, loss, validationDice, secondsLeft: 60 - step, note: "" });
  }
  return shown;
}
