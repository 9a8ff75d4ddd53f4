import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  "const weights: number[] = [0.25, 0.5];\nfunction weighted(x: number): number {\n  const parts = weights.map((w) => w * x);\n  return parts[0]! + parts[1]!;\n}",
  `const label: string = "sum " + weighted(8);\nconsole.log(label);`,
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describe.skipIf(!browserTestsCanRun())("JupyterLab's debugger", { timeout: 240_000 }, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  it("stops at a line that was clicked, in an earlier cell's function, shows its variables, and continues", async () => {
    writeNotebook(join(lab.folder, "debug.ipynb"), cells);
    const lp = await lab.open("debug.ipynb");
    const { page } = lp;
    const cell = (n: number) => page.locator(".jp-CodeCell").nth(n);
    await lp.runCell(0);
    await page.locator(".jp-DebuggerBugButton").click();
    const gutter = cell(0).locator(".cm-breakpoint-gutter .cm-gutterElement");
    await until(() => gutter.count()).toBeGreaterThan(4);
    await gutter.filter({ visible: true }).nth(3).click();
    await until(() => page.locator(".jp-DebuggerBreakpoint").count()).toBe(1);
    expect(await page.locator(".jp-DebuggerBreakpoint").innerText()).toMatch(/\b4\b/);

    const running = lp.runCell(1);
    running.catch(() => {}); // a failure before its end is this one, and not that the page went
    const stack = page.locator(".jp-DebuggerCallstackFrame");
    await until(async () => (await stack.allInnerTexts()).map((text) => text.replace(/\s+/g, " "))).toEqual([
      expect.stringMatching(/^weighted/),
      expect.stringMatching(/^Cell \[2\]/),
    ]);
    await until(() => cell(0).locator(".jp-DebuggerEditor-highlight").innerText()).toMatch(/return parts/);
    const variables = page.locator(".jp-DebuggerVariables");
    await until(async () => (await variables.innerText()).replace(/\s+/g, " ")).toMatch(
      /^x 8 parts Array\(2\) \[2, 4\]$/,
    );
    await lp.execute("debugger:continue");
    await running;
    await until(() => cell(1).locator(".jp-OutputArea-output").innerText()).toMatch(/^sum 6\s*$/);
    expect(await page.locator(".jp-DebuggerEditor-highlight").count()).toBe(0);
    await page.locator(".jp-DebuggerBugButton").click();
    await until(() => page.locator(".cm-breakpoint-gutter").count()).toBe(0);
    expect(lp.errors).toEqual([]);
  });
});
