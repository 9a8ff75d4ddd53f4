import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { phantomCell } from "./phantom.js";
import { browserTestsCanRun } from "./requirements.js";
import { WidgetOnPage } from "./widget.js";

const cells = [
  phantomCell,
  `const slow: Sam = { ...discs, predict: async (prompt, options) => {
  await new Promise((resolve) => setTimeout(resolve, 150));
  return discs.predict(prompt, options);
} };
const w = promptSlices(slow, phantom, { slice: 9, keep: true });
w`,
  "console.log(JSON.stringify(w.slices.map(({ slice, origin, confirmed }) => [slice, origin, confirmed])))",
  "console.log(w.maskVolume.voxels)",
  "console.log(process.pid)",
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describe.skipIf(!browserTestsCanRun())("a volume in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: LabPage;
  let widget: WidgetOnPage;
  let root: Locator;

  beforeAll(async () => {
    lab = await startLab();
    writeNotebook(join(lab.folder, "volume.ipynb"), cells);
    lp = await lab.open("volume.ipynb", { viewport: { width: 1400, height: 1200 } });
    for (const cell of [0, 1]) await lp.runCell(cell);
    widget = new WidgetOnPage(lp.page, { width: 64, height: 48, spacing: [1, 1] });
    await widget.shown();
    root = widget.root;
  }, 240_000);
  afterAll(() => lab?.close());

  const output = async (cell: number) => {
    await lp.runCell(cell);
    const place = lp.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output");
    await until(() => place.count()).toBe(1);
    return JSON.parse((await place.innerText()).trim());
  };
  const key = async (name: string) => {
    await widget.surface.focus();
    await lp.page.keyboard.press(name);
  };
  const note = () => root.locator(".sl-pill").innerText();
  const button = (name: string | RegExp) => root.getByRole("button", { name });

  it("is gone through by one key, with its progress, and stopped by Esc; what is there stays", async () => {
    await widget.drag([20, 14], [40, 34]);
    await until(() => widget.area()).toBeGreaterThan(300);
    await key("p");
    await until(note).toMatch(/^propagating, slice \d+: \d+ of 19(, \d+ s left)?\s*stop$/);
    await until(note).toMatch(/[3-9] of 19/);
    await key("Escape");
    await until(() => button("propagate").isVisible()).toBe(true);
    const some = (await output(2)) as [number, string, boolean][];
    expect(some.filter(([, origin]) => origin === "propagated").length).toBeGreaterThan(2);
    expect(some.length).toBeLessThan(20);
    expect(await root.locator(".sl-marks rect").count()).toBeGreaterThanOrEqual(some.length);
    await key("Control+z");
    await until(() => root.locator(".sl-marks rect").count()).toBe(1);
  });

  it("is gone through between two slices that are set by keys or dragged", async () => {
    await root.locator(".sl-slider").fill("7");
    await key(",");
    await root.locator(".sl-slider").fill("12");
    await key(".");
    const grip = root.getByRole("slider", { name: "last slice of the propagation" });
    await until(() => grip.getAttribute("aria-valuenow")).toBe("13");
    await grip.focus();
    await lp.page.keyboard.press("ArrowLeft");
    await until(() => grip.getAttribute("aria-valuenow")).toBe("12");
    const { x, y, width, height } = (await grip.boundingBox())!;
    const track = (await root.locator(".sl-track").boundingBox())!;
    await lp.page.mouse.move(x + width / 2, y + height / 2);
    await lp.page.mouse.down();
    await lp.page.mouse.move(x + width / 2 - (track.width - 14) / 20, y + height / 2, { steps: 3 });
    await lp.page.mouse.up();
    await until(() => grip.getAttribute("aria-valuenow")).toBe("11");
    await button("propagate").click();
    await until(async () => (await output(2)).length).toBe(4);
    expect(((await output(2)) as [number][]).map(([slice]) => slice)).toEqual([7, 8, 9, 10]);
  });

  it("is corrected by the brush, and a slice that is confirmed stays as it is", async () => {
    await root.locator(".sl-slider").fill("8");
    await until(() => root.locator(".sl-slice-label").innerText()).toBe("slice 9 / 20");
    await until(() => widget.area()).toBeGreaterThan(300);
    const before = await widget.area();
    await key("d");
    await widget.drag([50, 5], [60, 5]);
    await until(() => widget.area()).toBeGreaterThan(before + 20);
    await key("u");
    await widget.drag([30, 10], [30, 40]);
    await until(() => widget.area()).toBeLessThan(before + 20);
    await key("l");
    const largest = await widget.area();
    await key("y");
    await until(() => button("confirm").getAttribute("aria-pressed")).toBe("true");
    await until(() => button(/^paint/).getAttribute("aria-disabled")).toBe("true");
    await key("i");
    await widget.click(5, 40);
    await until(() => root.locator(".sl-problem").innerText()).toContain("Slice 9 is confirmed");
    await key("p");
    await until(async () => (await output(2)).length).toBeGreaterThanOrEqual(4);
    expect(await output(2)).toContainEqual([8, "drawn", true]);
    await until(() => widget.area()).toBe(largest);
  });

  it("is there again, confirmed slices and all, when the kernel was killed in the middle of a propagation", async () => {
    await root.locator(".sl-slider").fill("9");
    for (const name of ["Home", "End"]) {
      const end = root.getByRole("slider", { name: `${name === "Home" ? "first" : "last"} slice of the propagation` });
      await end.focus();
      await lp.page.keyboard.press(name);
    }
    const pid = (await output(4)) as number;
    await key("p");
    await until(note).toMatch(/[4-9] of \d+/);
    process.kill(pid, "SIGKILL");
    // JupyterLab starts another kernel, and says so.
    await lp.page.locator(".jp-Dialog .jp-mod-accept").click({ timeout: 60_000 });
    for (const cell of [0, 1]) await lp.runCell(cell);
    await widget.shown();
    await until(() => root.locator(".sl-restored").innerText()).toMatch(/came back/);
    const back = (await output(2)) as [number, string, boolean][];
    expect(back).toContainEqual([8, "drawn", true]);
    expect(back).toContainEqual([9, "prompted", false]);
    expect(await output(3)).toBeGreaterThan(1000);
    expect(lp.errors).toEqual([]);
  });
});
