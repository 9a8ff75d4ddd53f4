import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PromptSlicesOptions, promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { Volume } from "../../../src/index.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { WidgetOnPage } from "../../browser/widget.js";
import { modelFromFile, smallSamMed2d } from "../../support/light-models.js";
import { discModel, phantom } from "../../support/phantom.js";
import { temporaryFolders } from "../../support/temporary.js";
import { sharedViews, type Views } from "../page/view-page.js";

const sheet = { width: 64, height: 48, spacing: [1, 1] } as const;
/** Pixels within a radius of 6. */
const disc = 113;
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

describe.skipIf(!viewTestsCanRun())("the slice prompter in a page", () => {
  const folder = temporaryFolders();
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  async function open(options: PromptSlicesOptions = {}, volume = phantom, model = discModel()) {
    const view = await views.open();
    const w = promptSlices(model.discs, volume, {
      objects: ["disc", "box"],
      host: view.comms,
      keep: false,
      ...options,
    });
    await view.show(w);
    const widget = new WidgetOnPage(view.page, sheet);
    await widget.shown();
    return { ...view, ...model, w, widget, root: widget.root };
  }

  it("offers three alternatives after a single click", async () => {
    const { widget, page, w } = await open();
    await widget.click(32, 24);
    await until(() => widget.area()).toBe(disc);
    const tiles = widget.root.locator(".sl-tile");
    await until(() => tiles.allInnerTexts()).toEqual(["single\n0.90", "1\n0.50", "2\n0.90", "3\n0.70"]);
    await page.keyboard.press("1");
    await until(() => widget.area()).toBe(29);
    expect(w.prediction?.predictedIou).toBe(0.5);
    await tiles.nth(3).click();
    await until(() => widget.area()).toBe(253);
    await widget.surface.focus();
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await until(() => widget.area()).toBe(disc);
    await page.close();
  });

  it("names the first of them after what the model answers with", async () => {
    const discs = await modelFromFile("sam-med2d", smallSamMed2d(), await folder());
    const { widget, page } = await open({}, phantom, { ...discModel(), discs });
    await widget.click(32, 24);
    const tiles = widget.root.locator(".sl-tile");
    await until(() => tiles.locator(".sl-tile-name").allInnerTexts()).toEqual(["best", "1", "2", "3"]);
    expect(await tiles.first().getAttribute("title")).toBe("the alternative rated best");
    await page.close();
  });

  it("shows, names, and erases what an object has from slices of another plane", async () => {
    const { page, w, root } = await open({ slice: 9 });
    for (const slice of [8, 9]) await w.setPrompts({ box: [20, 10, 29, 19] }, { slice });
    // The row y = 14.
    w.goTo(33, "coronal");
    const coronal = new WidgetOnPage(page, { width: 64, height: 20, spacing: [1, 2.5] });
    await until(() => coronal.area()).toBe(20);
    const facts = root.locator(".sl-row.sl-active .sl-facts");
    expect(await facts.innerText()).toBe("50 mm²");
    expect(await facts.getAttribute("title")).toBe("masks on 2 slices; here from axial slices 8 to 9");
    expect(await root.locator(".sl-run").innerText()).toBe("from axial slices");
    expect(await coronal.surface.getAttribute("aria-label")).toContain("mask of disc from axial slices 8 to 9");
    const said = root.locator("[aria-live]");
    await until(() => said.innerText()).toContain("mask of disc from axial slices 8 to 9");
    await coronal.surface.focus();
    await page.keyboard.press("y");
    await until(() => root.locator(".sl-problem").innerText()).toContain("comes from axial slices 8 to 9");
    await page.keyboard.press("u");
    await coronal.drag([10, 10], [50, 10]);
    await until(() => coronal.area()).toBe(0);
    expect(await facts.innerText()).toBe("2 slices");
    await page.keyboard.press("Control+z");
    await until(() => coronal.area()).toBe(20);
    await page.close();
  });

  it("gives a stroke and a box to the object and the slice for which they were begun", async () => {
    const { widget, page, w } = await open({ slice: 7 });
    const masked = () => w.slices.map(({ slice, object }) => `${slice} ${object}`);
    for (const [key, slices] of [
      ["d", ["7 disc"]],
      ["b", ["7 disc", "8 disc"]],
    ] as const) {
      w.object = "disc";
      w.goTo(6 + slices.length);
      await until(() => widget.surface.getAttribute("aria-label")).toContain(`slice ${6 + slices.length} `);
      await widget.surface.focus();
      await page.keyboard.press(key);
      await page.mouse.move(...(await widget.at(20, 20)));
      await page.mouse.down();
      await page.mouse.move(...(await widget.at(25, 25)), { steps: 3 });
      w.object = "box";
      w.goTo(2);
      await until(() => widget.surface.getAttribute("aria-label")).toContain("slice 2 ");
      await page.mouse.move(...(await widget.at(30, 30)), { steps: 3 });
      await page.mouse.up();
      await until(masked).toEqual(slices);
    }
    await page.close();
  });

  it("computes the answer to a click while the button is held, and shows nothing of it before", async () => {
    const { widget, page, counts, w } = await open();
    await widget.click(32, 24);
    await until(() => widget.area()).toBe(disc);
    await w.ready;
    await page.mouse.move(...(await widget.at(36, 24)));
    await page.mouse.down();
    await until(() => counts.predicted).toBe(2);
    expect([w.prompts.length, await widget.area()]).toEqual([1, disc]);
    await page.mouse.up();
    await until(() => w.prompts.length).toBe(2);
    await w.ready;
    expect(counts.predicted).toBe(2);
    await page.close();
  });

  it("shows the mask of a held click at its release, before the kernel has heard of it", async () => {
    const { widget, page, w } = await open();
    await widget.click(32, 24);
    await until(() => widget.area()).toBe(disc);
    await w.ready;
    await page.mouse.move(...(await widget.at(36, 24)));
    await page.mouse.down();
    await until(() => page.evaluate("window.views.state().speculative?.x")).toBe(36);
    expect(await widget.area()).toBe(disc);
    // What is sent from here on waits.
    await page.evaluate(`{
      const { toKernel } = window;
      const waiting = [];
      window.toKernel = async (...message) => void waiting.push(message);
      window.goOn = async () => { for (const message of waiting) await toKernel(...message); };
    }`);
    await page.mouse.up();
    await until(() => widget.area()).toBeGreaterThan(disc);
    const shown = await widget.masked();
    expect(w.prompts).toHaveLength(1);
    await page.evaluate("window.goOn()");
    await until(() => w.prompts.length).toBe(2);
    await w.ready;
    await until(() => page.evaluate("window.views.state().speculative")).toBeNull();
    expect(await widget.masked()).toEqual(shown);
    expect([...shown].filter(Boolean)).toHaveLength(w.mask!.data.reduce((sum, value) => sum + value, 0));
    await page.close();
  });

  it("looks without asking, moves a box as a whole, and leaves a finished object what it has", async () => {
    const { widget, root, page, counts, w } = await open();
    await widget.drag([10, 8], [29, 27]);
    await until(() => widget.area()).toBe(400);
    await widget.drag([20, 17], [25, 17]);
    await until(async () => (await widget.masked())[8 * 64 + 34]).toBe(1);
    expect(await root.locator(".sl-prompts .sl-facts").allInnerTexts()).toEqual(["x 15–34  y 8–27"]);
    await w.ready;
    const before = counts.predicted;
    // A window is looked through: nothing is predicted. Then the model is given it, and asked.
    await root.locator(".sl-toolbar .sl-select").selectOption({ index: 1 });
    await root.getByRole("button", { name: "use what is shown" }).click();
    await until(() => root.locator(".sl-outdated").innerText()).toContain("1 mask is from another window");
    expect(counts.predicted).toBe(before);
    await root.getByRole("button", { name: "predict again" }).click();
    await root.locator(".sl-outdated").waitFor({ state: "hidden" });
    expect(counts.predicted).toBe(before + 1);
    // A second object over the first.
    await root.locator(".sl-pick", { hasText: "box" }).first().click();
    await widget.drag([30, 2], [44, 40]);
    await until(() => root.locator(".sl-rule").innerText()).toContain("overlap of 100 mm²");
    const count = (label: number, masks = w.maskVolume) =>
      masks.slice(10, "axial", { label }).data.reduce((sum, value) => sum + value, 0);
    expect([count(1), count(2), count(1, w.maskVolumeOf("box"))]).toEqual([400, 485, 585]);
    await widget.drag([50, 2], [60, 40]);
    await until(() => root.locator(".sl-pill").innerText()).toContain("taken the place of the one before");
    await page.close();
  });

  it("selects the object that was clicked last, also before the kernel has answered the click before", async () => {
    const { page, w, root } = await open();
    const selected: string[] = [];
    w.on("change", () => selected.push(w.object));
    await root.locator(".sl-pick").evaluateAll(([disc, box]) => {
      box.click();
      disc.click();
    });
    await until(() => selected).toEqual(["box", "disc"]);
    await page.close();
  });

  it("counts each key and press on an object, also before the kernel has answered the one before", async () => {
    const { page, w, root } = await open({ objects: ["a", "b", "c"] });
    /** All in one turn of the page. */
    const type = (nth: number, altKey: boolean, keys: readonly string[]) =>
      root
        .locator(".sl-pick")
        .nth(nth)
        .evaluate(
          (name, { altKey, keys }) => {
            for (const key of keys) {
              const options = { key, altKey, bubbles: true };
              name.dispatchEvent(Reflect.construct(Reflect.get(globalThis, "KeyboardEvent"), ["keydown", options]));
            }
          },
          { altKey, keys },
        );
    await type(2, true, ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"]);
    await until(() => w.objects.map(({ name }) => name)).toEqual(["a", "c", "b"]);
    await root.getByRole("button", { name: "lock a" }).evaluate((lock) => {
      for (let press = 0; press < 3; press += 1) lock.click();
    });
    await until(() => w.objects.map(({ locked }) => locked)).toEqual([true, false, false]);
    w.undo();
    expect(w.objects[0].locked).toBe(false);
    await type(0, false, ["n", "o", "o"]);
    await until(() => [w.objects.length, w.object]).toEqual([4, "c"]);
    await page.close();
  });

  it("lets an object be renamed while everything else goes on", async () => {
    const { root, page, w } = await open();
    await root.getByText("disc", { exact: true }).dblclick();
    await page.keyboard.type("bad");
    w.goTo(15);
    await until(() => root.locator(".sl-slice-label").innerText()).toBe("slice 15 / 19");
    await page.keyboard.type("dx");
    await page.keyboard.press("Enter");
    await until(() => root.locator(".sl-pick .sl-name").first().innerText()).toBe("baddx");
    expect(w.objects.map(({ name }) => name)).toEqual(["baddx", "box"]);
    await page.close();
  });

  it("scrolls the page until it has the focus, then its slices", async () => {
    const { widget, page, root } = await open();
    const label = root.locator(".sl-slice-label");
    await page.setViewportSize({ width: 1100, height: 500 });
    await page.evaluate("document.body.style.padding = '300px 0'");
    await widget.shown();
    const top = async () => (await widget.surface.boundingBox())!.y;
    const first = await top();
    await page.mouse.move(...(await widget.at(32, 20)));
    await page.mouse.wheel(0, -100);
    await until(top).not.toBe(first);
    expect(await label.innerText()).toBe("slice 10 / 19");
    await widget.surface.focus();
    const second = await top();
    await page.mouse.wheel(0, -100);
    await until(() => label.innerText()).toBe("slice 11 / 19");
    expect(await top()).toBe(second);
    await page.close();
  });

  it("tells a screen reader of a mask, and of its undo", async () => {
    const { widget, page, root } = await open();
    const said = () => root.locator("[aria-live=polite]").textContent();
    await widget.click(32, 24);
    await until(said).toMatch(/^mask of disc: /);
    await page.keyboard.press("Control+z");
    await until(said).toBe("no mask of disc");
    await page.close();
  });

  it("says what went wrong in its place, and when the kernel is gone", async () => {
    const { widget, page, root, faults, disconnect } = await open();
    faults.on = true;
    await widget.click(32, 24);
    const problem = root.getByRole("alert");
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/^The discs are used up\.\s+try again$/);
    await disconnect();
    await until(() => root.locator(".sl-pill").innerText()).toBe(
      "disconnected: run the cell to go on; prompts come back",
    );
    expect(await root.locator(".sl-prompts .sl-name").allInnerTexts()).toEqual(["include"]);
    await page.close();
  });

  it("is calm about a cancel that was asked for, and goes on when asked to", async () => {
    const model = discModel();
    const { faults } = model;
    faults.hangs = true;
    const { widget, page, root } = await open({}, phantom, model);
    const problem = root.getByRole("alert");
    const look = () => problem.evaluate((element) => element.computedStyleMap().get("border-left-color")?.toString());
    await widget.click(32, 24);
    await until(() => root.locator(".sl-pill").innerText()).toMatch(/^encoding slice 10…\s+cancel$/);
    await root.getByRole("button", { name: "cancel", exact: true }).click();
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/^The prediction was canceled\. The prompts are kept\.\s+try again$/);
    const calm = await look();
    faults.hangs = false;
    await root.getByRole("button", { name: "try again" }).click();
    await until(() => widget.area()).toBe(disc);
    faults.on = true;
    await widget.click(10, 10);
    await until(() => problem.innerText()).toContain("used up");
    expect(await look()).not.toBe(calm);
    await page.close();
  });

  it("begins a box by Enter alone, and Enter places it", async () => {
    const { widget, page, root, w } = await open();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await widget.surface.focus();
    await press("k", "b", "ArrowRight", "ArrowDown");
    const isBox = () => root.getByRole("button", { name: "box", exact: true }).getAttribute("aria-pressed");
    await until(isBox).toBe("true");
    const pill = () => root.locator(".sl-pill").innerText();
    expect(await pill()).not.toContain("opposite corner");
    await press("Enter");
    await until(pill).toBe("Move to the opposite corner and press Enter.");
    await press("Shift+ArrowRight", "Shift+ArrowDown");
    const prompts = () => root.locator(".sl-prompts .sl-name").allInnerTexts();
    expect([await prompts(), w.prompts]).toEqual([[], []]);
    await press("Enter");
    await until(prompts).toEqual(["box"]);
    await until(() => widget.area()).toBe(11 * 11);
    await page.close();
  });

  it("shows that there are more prompts than it has room for", async () => {
    const { w, page, root } = await open();
    w.prompts = Array.from({ length: 30 }, (_, n) => ({ kind: "point", x: 2 * n, y: n, label: 1 as const }));
    await until(() => root.locator(".sl-prompts .sl-row").count()).toBe(30);
    const list = root.locator(".sl-prompts");
    await list.scrollIntoViewIfNeeded();
    expect(await list.evaluate((element) => element.scrollHeight - element.clientHeight)).toBeGreaterThan(200);
    const shadow = async (edge: "top" | "bottom") => edgeContrast(await list.screenshot(), edge);
    expect([await shadow("top"), await shadow("bottom")]).toEqual([false, true]);
    await list.evaluate((element) => {
      element.scrollTop = 100_000;
    });
    await until(async () => [await shadow("top"), await shadow("bottom")]).toEqual([true, false]);
    await page.close();
  });

  it("says the value under the pointer, of a CT in HU", async () => {
    const { size, affine, data } = phantom;
    const window = { low: -160, high: 240, name: "CT abdomen" };
    for (const [volume, text] of [
      [phantom, "value 80"],
      [new Volume({ data, size, affine, source: "ct", window }), "value 80 HU"],
    ] as const) {
      const { widget, page, root } = await open({}, volume);
      await page.mouse.move(...(await widget.at(20, 20)));
      await until(() => root.locator(".sl-value").innerText()).toBe(text);
      await page.close();
    }
  });
});

/** Whether the edge of a list is darker than the paper further in, at its left margin where nothing is written. */
async function edgeContrast(png: Buffer, edge: "top" | "bottom"): Promise<boolean> {
  const { data, info } = await sharp(png).removeAlpha().grayscale().raw().toBuffer({ resolveWithObject: true });
  const at = (row: number) => data[row * info.width * info.channels + 2 * info.channels];
  // The outermost rows may lie half outside.
  const row = edge === "top" ? 2 : info.height - 3;
  return at(row) < at(Math.floor(info.height / 2)) - 8;
}
