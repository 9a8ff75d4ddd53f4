import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  `import { chartDice, compareCase, evaluate, loadSam, samples } from "samlab";
const data = (await samples()).filter(({ id }) => id === "lung2").map((entry) => ({ ...entry, slicing: { ...entry.slicing, slices: "largest" as const } }));
const sam = await loadSam("lite-medsam", { device: "cpu" });
const { rows } = await evaluate({ models: sam, data, prompts: "box" });
const [{ slice, dice }] = rows;
console.log(JSON.stringify([rows.length, slice, dice.toFixed(2)]));`,
  'chartDice(rows, { open: (row) => compareCase(row, { data, models: { "lite-medsam": sam } }) })',
];

describe.skipIf(!browserTestsCanRun())("an evaluation's chart in JupyterLab", { timeout: 120_000 }, () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  it("opens the case of a point that is clicked on, with the score that the point has", async () => {
    writeNotebook(join(lab.folder, "case.ipynb"), cells);
    const lp = await lab.open("case.ipynb", { viewport: { width: 1400, height: 1800 } });
    for (const cell of [0, 1]) await lp.runCell(cell);
    const printed = lp.page.locator(".jp-CodeCell").first().locator(".jp-OutputArea-output");
    const [count, slice, dice] = JSON.parse(await printed.innerText()) as [number, number, string];
    expect(count).toBe(1);
    const chart = lp.page.locator(".dc").first();
    await chart.getByRole("button", { name: "points", exact: true }).click();
    await chart.locator(".scatterlayer .point").first().click({ force: true });
    const opened = lp.page.locator(".dc-opened");
    await expect.poll(() => opened.locator(".sl-slice-label").innerText()).toMatch(new RegExp(`^slice ${slice} / `));
    // The model is asked anew, with the same box.
    await expect.poll(() => opened.locator(".mc-table tbody td").first().innerText()).toBe(dice);
    expect(await chart.locator(".dc-line").innerText()).toContain(`picked: lung2 · axial slice ${slice} · CT · tumor`);
    expect(lp.errors).toEqual([]);
  });
});
