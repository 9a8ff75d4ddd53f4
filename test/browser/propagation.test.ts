import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phantomCell } from "./cells.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
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

  it("is there again, confirmed slices included, when the kernel was killed in the middle of a propagation", async () => {
    await widget.drag([20, 14], [40, 34]);
    await until(() => widget.area()).toBe(21 * 21);
    await root.locator(".sl-slider").fill("8");
    await until(() => root.locator(".sl-slice-label").innerText()).toBe("slice 9 / 20");
    await key("d");
    await widget.drag([30, 20], [34, 20]);
    await until(() => widget.area()).toBeGreaterThan(20);
    await key("y");
    await until(() => root.getByRole("button", { name: "confirm" }).getAttribute("aria-pressed")).toBe("true");
    await root.locator(".sl-slider").fill("9");
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
