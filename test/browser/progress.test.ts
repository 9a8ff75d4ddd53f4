import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, type LabPage, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  `import { progress } from "samlab";
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
let reached = 0;
for (const n of progress([1, 2, 3], { label: "short" })) await sleep(20);`,
  `const bar = progress(1000, { label: "slices", unit: "slice" });
for (const n of bar) { for (const _ of progress(4, { label: "steps" })) await sleep(5); reached = n; }`,
  "console.log(reached, bar.signal.aborted)",
  `for (const n of progress(1e12, { label: "without a pause" })) reached = n;`,
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describe.skipIf(!browserTestsCanRun())("progress() in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  const output = ({ page }: LabPage, cell: number) =>
    page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output");
  const textOf = async (lp: LabPage, cell: number) => (await output(lp, cell).allInnerTexts()).join("\n");

  it("moves, is canceled by its button, also in a loop without a pause, and is saved as it ended", async () => {
    writeNotebook(join(lab.folder, "progress.ipynb"), cells);
    const lp = await lab.open("progress.ipynb");
    const { page } = lp;
    // Also so that the compiler and the page have loaded what they need.
    await lp.runCell(0);
    await until(() => textOf(lp, 0)).toMatch(/short\s+100 %\s+3\/3 · /);
    const running = lp.runCell(1);
    running.catch(() => {}); // a failure before its end is this one, and not that the page went
    const rows = page.locator(".pg-row");
    await until(() => rows.count()).toBe(2);
    await until(async () => Number.parseInt(await rows.first().locator(".pg-detail").innerText(), 10)).toBeGreaterThan(
      5,
    );
    expect(await rows.nth(1).innerText()).toMatch(/^steps\n\d+ %\n\d\/4 · /);
    // Nothing is made anew while it moves.
    await rows.first().evaluate((row) => row.setAttribute("data-kept", "yes"));
    const before = await rows.first().locator(".pg-detail").innerText();
    await until(() => rows.first().locator(".pg-detail").innerText()).not.toBe(before);
    expect(await page.locator("[data-kept]").count()).toBe(1);
    expect(await page.locator(".pg-cancel:visible").count()).toBe(1);
    await page.locator(".pg-cancel:visible").click();
    await running;
    await until(() => textOf(lp, 1)).toMatch(
      /slices\s+\d+ %\s+\d+\/1000 · .* · canceled[\s\S]*(slices|steps): canceled after \d+ of/,
    );
    await lp.runCell(2);
    await until(() => textOf(lp, 2)).toMatch(/^\d+ true\s*$/);

    const endless = lp.runCell(3);
    endless.catch(() => {}); // as above
    await until(() => page.locator(".pg-cancel:visible").count()).toBe(1);
    await until(() => page.locator(".pg-detail").first().innerText()).toMatch(/^[1-9]/);
    await page.locator(".pg-cancel:visible").click();
    await endless;
    await until(() => textOf(lp, 3)).toMatch(/without a pause[\s\S]*canceled[\s\S]*Interrupted/);

    await lp.execute("docmanager:save");
    const saved = JSON.parse(await readFile(join(lab.folder, "progress.ipynb"), "utf8"));
    const shown = [0, 1, 3].map((cell) => saved.cells[cell].outputs[0].data);
    for (const data of shown) expect(Object.keys(data).sort()).toEqual(["text/html", "text/plain"]);
    expect(shown.map((data) => [data["text/plain"]].flat().join("").split("\n")[0])).toEqual([
      expect.stringMatching(/^short: 100 %\|█+\| 3\/3 /),
      expect.stringMatching(/^slices: .* canceled$/),
      expect.stringMatching(/^without a pause: .* canceled$/),
    ]);
    expect(lp.errors).toEqual([]);
  });

  it("is saved as it ended where the page was loaded again meanwhile", async () => {
    writeNotebook(join(lab.folder, "reloaded.ipynb"), [
      `import { progress } from "samlab";
for (const n of progress(40, { label: "steps" })) await new Promise((done) => setTimeout(done, 300));`,
    ]);
    const lp = await lab.open("reloaded.ipynb", { newPage: true });
    lp.runCell(0).catch(() => {}); // its page goes
    await until(() => lp.page.locator(".pg-row").count()).toBe(1);
    await lp.execute("docmanager:save");
    await lp.reload();
    await until(() => lp.page.locator(".pg-row").count()).toBe(1);
    // HTML takes the place of the widget.
    await until(() => lp.page.locator(".pg-row").count()).toBe(0);
    await until(() => textOf(lp, 0)).toMatch(/steps\s+100 %\s+40\/40 · /);
    await lp.execute("docmanager:save");
    const [output] = JSON.parse(await readFile(join(lab.folder, "reloaded.ipynb"), "utf8")).cells[0].outputs;
    expect(Object.keys(output.data).sort()).toEqual(["text/html", "text/plain"]);
    expect([output.data["text/plain"]].flat().join("")).toMatch(/^steps: 100 %/);
  });
});
