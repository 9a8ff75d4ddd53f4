import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, sharedLab } from "./lab.js";
import { openPhantom, type PhantomPage, until } from "./phantom-page.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
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

describe.skipIf(!browserTestsCanRun())("a volume in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: PhantomPage["lp"];
  let widget: PhantomPage["widget"];
  let root: PhantomPage["root"];
  let output: PhantomPage["output"];

  beforeAll(async () => {
    lab = await sharedLab();
    ({ lp, widget, root, output } = await openPhantom(lab, "volume.ipynb", cells));
  }, 240_000);
  afterAll(() => lab?.clear());

  const key = async (name: string) => {
    await widget.surface.focus();
    await lp.page.keyboard.press(name);
  };
  const note = () => root.locator(".sl-pill").innerText();

  it("is there again, confirmed slices included, when the kernel was killed in the middle of a propagation", async () => {
    await widget.drag([20, 14], [40, 34]);
    await until(() => widget.area()).toBe(21 * 21);
    await root.locator(".sl-slider").fill("8");
    // The pointer marks the slice in the picture, which the kernel sends.
    await until(() => widget.surface.getAttribute("aria-label")).toContain("slice 8 of");
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
