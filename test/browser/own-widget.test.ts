import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, sharedLab, writeNotebook } from "./lab.js";
import { browserTestsCanRun, frontEnds } from "./requirements.js";

const code = `export default () => ({
  initialize({ model }) { model.on("msg:custom", (content) => { document.title = "heard " + content.text; }); },
  render({ model, el }) {
    const button = document.createElement("button");
    button.className = "mine";
    const update = () => { button.textContent = model.get("label") + " " + model.get("count"); };
    button.onclick = () => {
      model.set("count", model.get("count") + 1);
      model.save_changes();
      model.send({ clicked: true }, undefined, [new Uint8Array([4, 5]).buffer]);
    };
    model.on("change", update);
    update();
    el.append(button);
    return () => { document.body.dataset.cleared = "yes"; };
  },
})`;

const cells = [
  `import { widget } from "samlab";
const w = widget({ state: { count: 1, label: "clicks" }, css: ".mine { color: rgb(1, 2, 3) }", esm: ${JSON.stringify(code)} });
let heard = "";
w.onMessage((content, [bytes]) => {
  heard = JSON.stringify(content) + bytes;
  w.send({ text: "you" });
  throw new Error("in a handler");
});
w`,
  `console.log(w.get("count"), heard); w.set({ label: "now" });`,
  `widget({ esm: "export default { render() { nothing.there(); } }" })`,
  `({ data: [{ x: [1, 2, 3], y: [2, 6, 3], type: "bar", name: "bars" }], layout: { title: { text: "Three bars" } } })`,
  `({ data: [{ z: [[1, 2], [3, 4]], type: "surface" }], layout: {} })`,
];

/** Patient: other tests may be using the machine. */
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

describe.skipIf(!browserTestsCanRun())("what a user draws", { timeout: 240_000 }, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await sharedLab();
  });
  afterAll(() => lab?.clear());

  it.each(frontEnds())("widgets of one's own and Plotly's figures live in %s", async (frontEnd) => {
    writeNotebook(join(lab.folder, `own-${frontEnd}.ipynb`), cells);
    const lp = await lab.open(`own-${frontEnd}.ipynb`, { viewport: { width: 1400, height: 1800 } }, frontEnd);
    const { page } = lp;
    const output = (n: number) => page.locator(".jp-CodeCell").nth(n).locator(".jp-OutputArea-output");
    await lp.runCell(0);
    const button = page.locator("button.mine");
    await until(() => button.innerText()).toBe("clicks 1");
    const color = `getComputedStyle(document.querySelector("button.mine")).color`;
    expect(await page.evaluate(color)).toBe("rgb(1, 2, 3)");
    await button.click();
    await until(() => button.innerText()).toBe("clicks 2");
    await until(() => page.title()).toBe("heard you");
    await lp.runCell(1);
    await until(() => output(1).innerText()).toMatch(/^2 \{"clicked":true\}4,5\s*$/);
    await until(() => button.innerText()).toBe("now 2");

    if (frontEnd === "lab") {
      await lp.execute("logconsole:open");
      await until(() => page.locator(".jp-LogConsole").innerText()).toContain("in a handler");
    }

    await lp.runCell(2);
    await until(() => output(2).innerText()).toMatch(
      /^The widget's code failed\. ReferenceError: nothing is not defined\s*$/,
    );
    await lp.runCell(3);
    await until(() => output(3).locator(".barlayer .point").count()).toBe(3);
    await until(() => output(3).locator(".gtitle").textContent()).toBe("Three bars");
    await lp.runCell(4);
    await until(() => output(4).innerText()).toMatch(/For surface load all of Plotly/);

    await lp.execute("notebook:clear-all-cell-outputs");
    await until(() => page.evaluate("document.body.dataset.cleared")).toBe("yes");
    // Notebook 7 has some of its own.
    if (frontEnd === "lab") expect(lp.errors).toEqual([]);
  });
});
