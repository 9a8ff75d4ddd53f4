import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import type { Sam } from "../../../src/index.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { WidgetOnPage } from "../../browser/widget.js";
import { discModel, phantom } from "../../support/phantom.js";
import { sharedViews, type ViewPage, type Views } from "../page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

describe.skipIf(!viewTestsCanRun())("a volume in a page", () => {
  let views: Views;
  let view: ViewPage;
  let w: SlicePrompter;
  let widget: WidgetOnPage;

  beforeAll(async () => {
    views = await sharedViews();
    view = await views.open();
    const { discs } = discModel();
    const slow: Sam = {
      ...discs,
      predict: async (prompt, options) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return discs.predict(prompt, options);
      },
    };
    w = promptSlices(slow, phantom, { slice: 9, keep: false, host: view.comms });
    await view.show(w);
    widget = new WidgetOnPage(view.page, { width: 64, height: 48, spacing: [1, 1] });
    await widget.shown();
  });
  afterAll(() => views?.clear());

  const key = async (name: string) => {
    await widget.surface.focus();
    await view.page.keyboard.press(name);
  };
  const button = (name: string | RegExp) => widget.root.getByRole("button", { name });
  const slices = () => w.slices.map(({ slice, origin, confirmed }) => [slice, origin, confirmed] as const);

  it("is gone through by one key, with its progress, and stopped by Esc; what is there stays", async () => {
    await widget.drag([20, 14], [40, 34]);
    await until(() => widget.area()).toBeGreaterThan(300);
    await key("p");
    await until(() => widget.root.locator(".sl-pill").innerText()).toMatch(
      /^propagating, slice \d+: \d+ of 19(, \d+ s left)?\s*stop$/,
    );
    await until(() => widget.root.locator(".sl-pill").innerText()).toMatch(/[3-9] of 19/);
    await key("Escape");
    await until(() => button("propagate").isVisible()).toBe(true);
    const some = slices();
    expect(some.filter(([, origin]) => origin === "propagated").length).toBeGreaterThan(2);
    expect(some.length).toBeLessThan(20);
    expect(await widget.root.locator(".sl-marks rect").count()).toBeGreaterThanOrEqual(some.length);
    await key("Control+z");
    await until(() => widget.root.locator(".sl-marks rect").count()).toBe(1);
  });

  it("is gone through between two slices that are set by keys or dragged", async () => {
    await widget.root.locator(".sl-slider").fill("7");
    await key(",");
    await widget.root.locator(".sl-slider").fill("12");
    await key(".");
    const grip = widget.root.getByRole("slider", { name: "last slice of the propagation" });
    await until(() => grip.getAttribute("aria-valuenow")).toBe("12");
    await grip.focus();
    await view.page.keyboard.press("ArrowLeft");
    await until(() => grip.getAttribute("aria-valuenow")).toBe("11");
    const { x, y, width, height } = (await grip.boundingBox())!;
    const track = (await widget.root.locator(".sl-track").boundingBox())!;
    await view.page.mouse.move(x + width / 2, y + height / 2);
    await view.page.mouse.down();
    await view.page.mouse.move(x + width / 2 - (track.width - 14) / 20, y + height / 2, { steps: 3 });
    await view.page.mouse.up();
    await until(() => grip.getAttribute("aria-valuenow")).toBe("10");
    await button("propagate").click();
    await until(() => slices().length).toBe(4);
    expect(slices().map(([slice]) => slice)).toEqual([7, 8, 9, 10]);
  });

  it("is corrected by the brush, and a slice that is confirmed stays as it is", async () => {
    await widget.root.locator(".sl-slider").fill("8");
    await until(() => widget.surface.getAttribute("aria-label")).toContain("slice 8 of");
    await until(() => widget.area()).toBeGreaterThan(300);
    const before = await widget.area();
    await key("d");
    await widget.drag([50, 5], [60, 5]);
    await until(() => widget.area()).toBeGreaterThan(before + 20);
    await key("u");
    await widget.drag([30, 10], [30, 40]);
    await until(() => widget.area()).toBeLessThan(before + 20);
    const parts = await widget.area();
    await key("l");
    await until(() => widget.area()).toBeLessThan(parts);
    const largest = await widget.area();
    await key("y");
    await until(() => button("confirm").getAttribute("aria-pressed")).toBe("true");
    await until(() => button(/^paint/).getAttribute("aria-disabled")).toBe("true");
    await key("i");
    await widget.click(5, 40);
    await until(() => widget.root.locator(".sl-problem").innerText()).toContain("The slice is confirmed");
    await key("p");
    await until(() => slices().length).toBeGreaterThanOrEqual(4);
    expect(slices()).toContainEqual([8, "drawn", true]);
    await until(() => widget.area()).toBe(largest);
  });
});
