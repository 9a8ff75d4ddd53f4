import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WidgetModel } from "../../../kernel-ext/comm/widget-model.js";
import { type ProgressState, progressModel, progressProtocol, progressView } from "../../../src/protocol/progress.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { sharedViews, type Views } from "../page/view-page.js";

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20, timeout: 5_000 });

describe.skipIf(!viewTestsCanRun())("progress bars in a page", () => {
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  /** Bars whose kernel is busy: it hears the view, and does nothing. */
  async function open() {
    const view = await views.open();
    const heard: unknown[] = [];
    const row = {
      id: 1,
      label: "cases",
      unit: "case",
      done: 1,
      total: 4,
      elapsed: 2,
      rate: 1,
      phase: "running",
    } as const;
    const model = new WidgetModel<ProgressState>(view.comms, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName: progressModel,
      viewName: progressView,
      state: { protocol: progressProtocol, rows: [row], canceling: false, isCellRunning: true, heard: "" },
    });
    let id = "";
    model.onCustom((content) => {
      if (typeof content.view === "string") id = content.view;
      heard.push(content.kind ?? content);
    });
    await view.page.clock.install();
    await view.show(model.mimeBundle({}));
    return { ...view, model, heard, id: () => id, cancel: view.page.getByRole("button", { name: "Cancel" }) };
  }

  it("interrupt a kernel that does not react to Cancel, while their cell runs", async () => {
    const { page, heard, cancel } = await open();
    await cancel.click();
    await page.clock.runFor(2_000);
    await until(() => heard).toEqual(["seen", "cancel", "interrupt"]);
  });

  it("wait for the answer to Cancel as long as the kernel took to answer before", async () => {
    const { page, model, heard, id, cancel } = await open();
    await until(id).not.toBe("");
    await page.clock.runFor(4_000);
    model.set({ heard: id() });
    await until(() => page.evaluate("views.state().heard")).toBe(id());
    await cancel.click();
    await page.clock.runFor(4_000);
    expect(heard).toEqual(["seen", "cancel"]);
    await page.clock.runFor(4_000);
    await until(() => heard).toEqual(["seen", "cancel", "interrupt"]);
  });

  it("do not interrupt another cell once their own has ended", async () => {
    const { page, model, heard, cancel } = await open();
    await cancel.click();
    model.set({ isCellRunning: false });
    await until(() => page.evaluate("views.state().isCellRunning")).toBe(false);
    await page.clock.runFor(5_000);
    expect(heard).toEqual(["seen", "cancel"]);
    expect(await page.getByRole("button").innerText()).toBe("Canceling…");
  });
});
