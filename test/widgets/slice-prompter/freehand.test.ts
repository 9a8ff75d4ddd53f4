import { mkdirSync } from "node:fs";
import type { BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PromptSlicesOptions, promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { viewTestsCanRun } from "../../browser/requirements.js";
import { WidgetOnPage } from "../../browser/widget.js";
import { failure } from "../../io/helpers.js";
import { discModel, phantom } from "../../support/phantom.js";
import { sharedViews, type Views } from "../page/view-page.js";

const sheet = { width: 64, height: 48, spacing: [1, 1] } as const;
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { interval: 20 });

describe.skipIf(!viewTestsCanRun())("lines drawn by hand in a page", { timeout: 120_000 }, () => {
  let views: Views;
  beforeAll(async () => {
    views = await sharedViews();
  });
  afterAll(() => views?.clear());

  async function open(options: PromptSlicesOptions = {}, context: BrowserContextOptions = {}) {
    const view = await views.open(context);
    const w = promptSlices(discModel().discs, phantom, { host: view.comms, keep: false, slice: 9, ...options });
    await view.show(w);
    const widget = new WidgetOnPage(view.page, sheet);
    await widget.shown();
    const press = (key: string) => widget.surface.press(key);
    return { ...view, w, widget, press };
  }

  const labels = (w: { prompts: readonly object[] }) => w.prompts.map((prompt) => (prompt as { label?: number }).label);

  it("are points of one step: a scribble includes, and excludes with Shift or when chosen again", async () => {
    const { widget, w, press, page, errors } = await open();
    await press("s");
    await widget.drag([16, 12], [40, 12]);
    await until(() => w.prompts.length).toBe(6);
    expect(w.prompts.map((prompt) => (prompt as { x: number }).x)).toEqual([16, 21, 26, 30, 35, 40]);
    expect(new Set(labels(w))).toEqual(new Set([1]));
    await w.ready;
    await until(async () => [(await widget.masked())[12 * 64 + 20], (await widget.masked())[40 * 64 + 20]]).toEqual([
      1, 0,
    ]);
    await press("s");
    const button = widget.root.getByRole("button", { name: /scribble/ });
    await until(() => button.getAttribute("class")).toContain("sl-opposite");
    await widget.drag([28, 8], [28, 16]);
    await until(() => w.prompts.length).toBe(8);
    expect(labels(w).slice(6)).toEqual([0, 0]);
    await until(async () => (await widget.masked())[12 * 64 + 28]).toBe(0);
    await page.keyboard.down("Shift");
    await widget.drag([50, 30], [58, 30]);
    await page.keyboard.up("Shift");
    await until(() => w.prompts.length).toBe(10);
    expect(labels(w).slice(8)).toEqual([1, 1]);
    await press("Control+z");
    await press("Control+z");
    await until(() => w.prompts.length).toBe(6);
    await press("Control+z");
    await until(() => w.prompts.length).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("are lines where the model takes lines: drawn, listed, kept, and undone as one prompt", async () => {
    const { discs } = discModel();
    const sam = { ...discs, prompts: { ...discs.prompts, scribbles: true } };
    const view = await views.open({});
    const w = promptSlices(sam, phantom, { host: view.comms, keep: false, slice: 9 });
    await view.show(w);
    const widget = new WidgetOnPage(view.page, sheet);
    await widget.shown();
    await widget.surface.press("s");
    await widget.drag([16, 12], [40, 12]);
    await until(() => w.prompts.length).toBe(1);
    const [line] = w.prompts as { kind: string; path: number[]; label: number }[];
    expect(line).toMatchObject({ kind: "scribble", label: 1 });
    expect([...line!.path.slice(0, 2), ...line!.path.slice(-2)].map(Math.round)).toEqual([16, 12, 40, 12]);
    await w.ready;
    await until(async () => (await widget.masked())[12 * 64 + 16]).toBe(1);
    await view.page.keyboard.down("Shift");
    await widget.drag([40, 8], [40, 16]);
    await view.page.keyboard.up("Shift");
    await until(() => w.prompts.length).toBe(2);
    expect(labels(w)).toEqual([1, 0]);
    await until(async () => (await widget.masked())[12 * 64 + 40]).toBe(0);
    await until(() => widget.root.locator(".sl-prompts .sl-row").count()).toBe(2);
    if (process.env.SAMLAB_SHOTS) await view.page.screenshot({ path: `${process.env.SAMLAB_SHOTS}/lines.png` });
    expect(w.promptSet.scribbles).toHaveLength(2);
    await widget.surface.press("Control+z");
    await until(() => w.prompts.length).toBe(1);
    await w.setPrompts({
      scribbles: [
        {
          path: [
            [5, 5],
            [9, 9],
          ],
        },
      ],
    });
    expect(w.prompts).toEqual([{ kind: "scribble", path: [5, 5, 9, 9], label: 1 }]);
    await failure(w.scribble([[-9, -9]]), "prompt-invalid");
    expect(view.errors).toEqual([]);
    await view.page.close();
  });

  it("go around what is added to the mask or removed from it: a lasso", async () => {
    const { widget, w, press, page, errors } = await open();
    const around = async (...corners: [number, number][]) => {
      await page.mouse.move(...(await widget.at(...corners[0]!)));
      await page.mouse.down();
      for (const corner of corners.slice(1)) await page.mouse.move(...(await widget.at(...corner)), { steps: 3 });
      await page.mouse.up();
    };
    await press("a");
    await around([9.6, 9.6], [30.4, 9.6], [30.4, 25.4], [9.6, 25.4]);
    await until(() => widget.area()).toBe(21 * 16);
    expect(w.slices).toMatchObject([{ slice: 9, origin: "drawn" }]);
    await press("t");
    await around([19.6, 5], [40, 5], [40, 40], [19.6, 40]);
    await until(() => widget.area()).toBe(10 * 16);
    await press("Control+z");
    await until(() => widget.area()).toBe(21 * 16);
    // Esc ends a line that has begun.
    await page.mouse.move(...(await widget.at(2, 2)));
    await page.mouse.down();
    await page.mouse.move(...(await widget.at(20, 40)), { steps: 3 });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await widget.click(40, 40);
    await until(() => widget.root.locator(".sl-pill").innerText()).toContain("Draw around");
    expect(await widget.area()).toBe(21 * 16);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("are drawn by a finger, and are there in code", async () => {
    const { widget, w, page } = await open({}, { hasTouch: true });
    await widget.root.getByRole("button", { name: /^draw around/ }).tap();
    await widget.surface.focus();
    const session = await page.context().newCDPSession(page);
    const touch = async (type: string, at?: [number, number]) => {
      const [x, y] = at ? await widget.at(...at) : [0, 0];
      await session.send("Input.dispatchTouchEvent", { type: type as "touchStart", touchPoints: at ? [{ x, y }] : [] });
    };
    await touch("touchStart", [9.6, 9.6]);
    for (const at of [
      [20, 9.6],
      [20, 20.4],
      [9.6, 20.4],
    ] as [number, number][])
      await touch("touchMove", at);
    await touch("touchEnd");
    await until(() => widget.area()).toBe(11 * 11);
    w.lasso(
      [
        [9.5, 9.5],
        [14.5, 9.5],
        [14.5, 30],
        [9.5, 30],
      ],
      { include: false },
    );
    await until(() => widget.area()).toBe(6 * 11);
    await w.scribble(
      [
        [10, 30],
        [30, 30],
      ],
      { slice: 4 },
    );
    expect([w.slice, w.prompts.length]).toEqual([4, 5]);
    await failure(w.scribble([[-9, -9]]), "prompt-invalid");
    await failure(
      () =>
        w.lasso([
          [1, 1],
          [2, 2],
        ]),
      "prompt-invalid",
    );
    w.confirm();
    await failure(
      () =>
        w.lasso([
          [1, 1],
          [2, 2],
          [3, 1],
        ]),
      "argument-invalid",
    );
    await page.close();
  });

  it("leave the brush's ring where the pointer is, not at the middle of a pixel", async () => {
    const { widget, press, page } = await open();
    await press("d");
    const ring = async (dx: number) => {
      const [x, y] = await widget.at(30, 20);
      await page.mouse.move(x + dx, y);
      await page.waitForTimeout(60);
      return widget.surface.evaluate((canvas) => {
        const { width, height, getContext } = canvas as unknown as HTMLCanvasLike;
        const { data } = getContext.call(canvas, "2d").getImageData(0, 0, width, height);
        let [low, high] = [width, 0];
        for (let n = 0; n < data.length; n += 4) {
          if (data[n + 3]! < 128) continue;
          low = Math.min(low, (n / 4) % width);
          high = Math.max(high, (n / 4) % width);
        }
        return (low + high) / 2;
      });
    };
    const [a, b] = [await ring(0), await ring(4)];
    expect(b - a).toBeCloseTo(4, 0);
    await page.close();
  });

  it("keep the tool bar in one row, and show what they do", async () => {
    const folder = process.env.SAMLAB_LOOKS;
    if (folder) mkdirSync(folder, { recursive: true });
    const all = [
      ["light", 1240, 1],
      ["dark", 1240, 2],
      ["light", 700, 1],
    ] as const;
    for (const [theme, width, ratio] of folder ? all : all.slice(0, 1)) {
      const { widget, press, page, setTheme } = await open(
        { overview: folder !== undefined },
        { viewport: { width, height: 1250 }, deviceScaleFactor: ratio },
      );
      if (theme === "dark") await setTheme(theme);
      await press("a");
      await page.mouse.move(...(await widget.at(10, 10)));
      await page.mouse.down();
      for (const [x, y] of [
        [30, 8],
        [44, 20],
        [30, 34],
        [14, 30],
      ] as const)
        await page.mouse.move(...(await widget.at(x, y)));
      const tops = await widget.root
        .locator(".sl-toolbar > *")
        .evaluateAll((parts) => parts.map((part) => Math.round((part as unknown as { offsetTop: number }).offsetTop)));
      if (width > 1000) expect(new Set(tops).size).toBe(1);
      await page.waitForTimeout(100);
      if (folder) await widget.root.screenshot({ path: `${folder}/freehand-${theme}-${width}-${ratio}.png` });
      await page.mouse.up();
      await page.close();
    }
  });
});

/** The part of the DOM's canvas that is used in the page. */
interface HTMLCanvasLike {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
}
