import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MimeBundle } from "../../../kernel-ext/context.js";
import { TrainingWidget } from "../../../kernel-ext/widgets/training/training-widget.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { sharedViews, type Views } from "../page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

describe.skipIf(!viewTestsCanRun())("the training widget in a page", () => {
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  async function open() {
    const view = await views.open();
    let bundle: MimeBundle = {};
    let stops = 0;
    const training = new TrainingWidget(
      { subject: "m · maskDecoder", isValidated: true },
      {
        comms: view.comms,
        show: (content) => {
          bundle = content;
        },
        onStop: () => stops++,
      },
    );
    await view.show(bundle);
    const report = (step: number) => {
      const loss = 0.15 + Math.exp(-step / 15) + 0.08 * Math.sin(7 * step);
      const at = { step, steps: 60, loss, secondsLeft: 60 - step, note: "at work" };
      training.progress({ ...at, phase: "training", validationDice: Number.NaN });
      if (step % 10 === 0)
        training.progress({ ...at, phase: "validating", validationDice: 0.9 - Math.exp(-step / 12) });
    };
    return { ...view, training, report, stops: () => stops, root: view.page.locator(".tr") };
  }

  it("shows what was trained where the pointer is", async () => {
    const { page, report, root, errors } = await open();
    for (let step = 1; step <= 60; step++) report(step);
    await until(() => root.locator(".tr-status").innerText()).toContain("step 60 of 60");
    const panel = root.locator(".tr-panel").first();
    await until(() => panel.locator(".tr-key").allInnerTexts()).toEqual(["each step", "mean of 10"]);
    const { x, y, width, height } = (await panel.locator(".tr-area").boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await until(() => root.locator(".tr-value").first().innerText()).toMatch(/^step 30: /);
    await page.mouse.move(x + width / 2, y - 60);
    await until(() => root.locator(".tr-value").first().isVisible()).toBe(false);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("is stopped by its button and by the keyboard, once, and keeps the keyboard's place when the button goes", async () => {
    const { page, report, root, stops, training } = await open();
    report(1);
    const stop = root.locator(".sl-toolbar button");
    await stop.focus();
    await page.keyboard.press("Enter");
    await until(stops).toBe(1);
    await until(() => stop.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Enter");
    training.failed("It was canceled.");
    await until(() => root.locator(".tr-phase").innerText()).toBe("failed");
    await until(() => stop.isVisible()).toBe(false);
    expect(await root.locator(".sl-frame").evaluate((frame) => frame === frame.ownerDocument.activeElement)).toBe(true);
    expect(stops()).toBe(1);
    await page.close();
  });
});
