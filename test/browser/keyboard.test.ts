import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareKeys } from "../../widgets/src/mask-compare/keys.js";
import { bindings } from "../../widgets/src/slice-prompter/keys.js";
import { phantomCell, rowsCell } from "./cells.js";
import { type FrontEnd, type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun, frontEnds } from "./requirements.js";

const cells = [
  phantomCell,
  "const w = promptSlices(discs, phantom);\nw",
  `import { compareMasks } from "samlab";\nconst none = { width: 64, height: 48, data: new Uint8Array(64 * 48) };
compareMasks(phantom.slice(4), { a: none, truth: none })`,
  `import { chartDice } from "samlab";\n${rowsCell}\nchartDice(rows)`,
];

/** Keys that add, delete, cut, merge, move, run, or convert cells in a notebook's command mode. */
const notebookKeys = [
  ..."abxcvzymrl1",
  ...[
    "d",
    "d",
    "Enter",
    "Shift+Enter",
    "Control+Enter",
    "Alt+Enter",
    "Control+Shift+Enter",
    "Shift+m",
    "Control+Backspace",
  ],
  ...[
    "Control+Shift+M",
    "Control+Shift+ArrowUp",
    "Control+Shift+ArrowDown",
    "Control+a",
    "Shift+v",
    "Control+x",
    "Control+v",
  ],
  ...["ArrowUp", "ArrowDown", "0", "0"],
];

/** As playwright says it; Esc, which leaves the widget in the end, comes by itself. */
const ownKeys = [...new Set([...bindings, ...compareKeys].flatMap(({ keys }) => keys))]
  .filter((key) => key !== "Escape")
  .map((key) => key.replace("Ctrl", "Control"));

const notebook = `JSON.stringify(window.jupyterapp.shell.currentWidget.content.widgets
  .map(({ model }) => [model.id, model.type, model.sharedModel.source, model.executionCount]))`;

describe.skipIf(!browserTestsCanRun())("the keyboard in widgets", { timeout: 120_000 }, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  async function open(frontEnd: FrontEnd): Promise<LabPage> {
    writeNotebook(join(lab.folder, `${frontEnd}.ipynb`), cells);
    const lp = await lab.open(`${frontEnd}.ipynb`, { viewport: { width: 1400, height: 2400 } }, frontEnd);
    for (const cell of cells.keys()) await lp.runCell(cell);
    await lp.page.locator(".mc .sl-surface").first().waitFor();
    await lp.page.locator(".dc .barlayer .point").first().waitFor();
    return lp;
  }

  it.each(frontEnds())("leaves every cell as it is in %s, until Esc gives the keys back", async (frontEnd) => {
    const { page } = await open(frontEnd);
    const before = await page.evaluate(notebook);
    await page.locator(".sl-pick .sl-name").first().dblclick();
    await page.keyboard.type("abdxm");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".sl-pick .sl-name").first().innerText()).toBe("abdxm");
    expect(await page.evaluate(notebook)).toBe(before);
    const pictures = new Set([0, 3]);
    const places = [
      page.locator(".sl-surface").first(),
      page.locator(".sl-toolbar .sl-button").first(),
      page.locator(".sl-select").first(),
      page.locator(".mc .sl-surface").first(),
      page.locator(".mc").getByRole("button", { name: "blink" }),
      page.locator(".dc-plot"),
      page.locator(".dc").getByRole("button", { name: "boxes", exact: true }),
    ];
    for (const [n, place] of places.entries()) {
      // Other front ends have other shortcuts, but the widgets are the same: one place of each widget is enough there.
      if (frontEnd !== "lab" && ![0, 3, 5].includes(n)) continue;
      await place.focus();
      for (const key of pictures.has(n) ? [...ownKeys, ...notebookKeys] : notebookKeys) await page.keyboard.press(key);
      expect(await page.evaluate(notebook)).toBe(before);
    }
    const surface = places[0];
    const dirty = () => page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty");
    await surface.focus();
    expect(await dirty()).toBe(true);
    // Once more where the picture of a mask that has just come has changed the notebook since.
    const save = async () => {
      await page.keyboard.press("Control+s");
      return dirty();
    };
    await expect.poll(save, { interval: 500 }).toBe(false);
    for (let n = 0; n < 5; n++) await page.keyboard.press("Escape");
    expect(await surface.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(false);
    await page.keyboard.press("b");
    await expect.poll(() => page.locator(".jp-CodeCell").count()).toBe(cells.length + 1);
  });
});
