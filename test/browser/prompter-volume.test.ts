import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phantomCell } from "./cells.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";
import { WidgetOnPage } from "./widget.js";

const cells = [
  phantomCell,
  `const w = promptSlices(discs, phantom, { slice: 9, keep: false, objects: ["one", "two", "three"] });
w`,
  `const saved = await w.save("organs.nii.gz");
console.log(JSON.stringify(saved.map(({ label, name, voxels, lost }) => [label, name, voxels, lost])))`,
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describe.skipIf(!browserTestsCanRun())("a volume's objects in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: LabPage;
  let widget: WidgetOnPage;
  let root: Locator;

  beforeAll(async () => {
    lab = await startLab();
    writeNotebook(join(lab.folder, "objects.ipynb"), cells);
    lp = await lab.open("objects.ipynb", { viewport: { width: 1400, height: 1200 } });
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
  const names = () => root.locator(".sl-list").first().locator(".sl-name").allInnerTexts();

  it("are saved to one file, and are moved in the list by keys and by dragging", async () => {
    await widget.drag([10, 10], [19, 19]);
    await until(() => widget.area()).toBe(100);
    await lp.page.keyboard.press("o");
    await until(() => root.locator(".sl-row.sl-active").innerText()).toContain("two");
    await widget.drag([15, 10], [24, 19]);
    await until(() => widget.area()).toBe(150);
    expect(await output(2)).toEqual(
      [
        [1, "one", 100, 0],
        [2, "two", 100, 50],
        [3, "three", 0, 0],
      ].map(([label, name, voxels, lost]) => [label, name, Number(voxels) - Number(lost), lost]),
    );
    await root.getByRole("button", { name: /^two/ }).focus();
    await lp.page.keyboard.press("Alt+ArrowUp");
    await until(names).toEqual(["two", "one", "three"]);
    expect(await root.locator(".sl-pick:focus").innerText()).toContain("two");
    // The cell below has been run meanwhile.
    await root.locator(".sl-list").first().scrollIntoViewIfNeeded();
    const swatch = (n: number) => root.locator(".sl-list").first().locator(".sl-swatch").nth(n).boundingBox();
    const [from, to] = [(await swatch(0))!, (await swatch(2))!];
    await lp.page.mouse.move(from.x + 6, from.y + 6);
    await lp.page.mouse.down();
    await lp.page.mouse.move(to.x + 6, to.y + 6, { steps: 4 });
    await lp.page.mouse.up();
    await until(names).toEqual(["one", "three", "two"]);
    expect((await output(2)).map(([, name, voxels]: [number, string, number]) => [name, voxels])).toEqual([
      ["one", 100],
      ["three", 0],
      ["two", 50],
    ]);
    expect(lp.errors).toEqual([]);
  });
});
