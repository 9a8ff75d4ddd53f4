import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { project, toStage } from "../../widgets/src/shared/slice-view/camera.js";
import { type Lab, sharedLab } from "./lab.js";
import { openPhantom, type PhantomPage, until } from "./phantom-page.js";
import { browserTestsCanRun } from "./requirements.js";

const cells = [
  `const w = promptSlices(discs, phantom, { slice: 9, keep: false, objects: ["one", "two", "three"] });
w`,
  `const saved = await w.save("organs.nii.gz");
console.log(JSON.stringify(saved.map(({ label, name, voxels, lost }) => [label, name, voxels, lost])))`,
  "console.log(JSON.stringify([w.crosshair, w.slice]))",
];

describe.skipIf(!browserTestsCanRun())("a volume's objects in JupyterLab", { timeout: 240_000 }, () => {
  let lab: Lab;
  let lp: PhantomPage["lp"];
  let widget: PhantomPage["widget"];
  let root: PhantomPage["root"];
  let output: PhantomPage["output"];

  beforeAll(async () => {
    lab = await sharedLab();
    ({ lp, widget, root, output } = await openPhantom(lab, "objects.ipynb", cells));
  }, 240_000);
  afterAll(() => lab?.clear());

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
  });

  it("are seen on three linked planes and in 3D, which a key opens and closes", async () => {
    const views = root.locator(".sl-view canvas");
    expect(await root.locator(".sl-overview").isVisible()).toBe(false);
    await widget.surface.focus();
    await lp.page.keyboard.press("v");
    await until(() => views.count()).toBe(4);
    await views.last().scrollIntoViewIfNeeded();
    const labels = () => root.locator(".sl-tile-label").allInnerTexts();
    await until(labels).toEqual(["axial 9", "coronal 23", "sagittal 31", "3D"]);
    const before = (await root.locator(".sl-stage").boundingBox())!.height;
    // A click on the coronal plane, a quarter from the left and from the top.
    const coronal = (await views.nth(1).boundingBox())!;
    const picture = project({ width: 64, height: 20, spacing: [1, 2.5] }, coronal, { zoom: 1, x: 32, y: 10 });
    const [x, y] = toStage(picture, 16, 4);
    await lp.page.mouse.click(coronal.x + x, coronal.y + y);
    await until(labels).toEqual(["axial 15", "coronal 23", "sagittal 47", "3D"]);
    expect(await output(3)).toEqual([[16, 24, 15], 15]);
    await views.last().scrollIntoViewIfNeeded();
    await views.nth(2).focus();
    await lp.page.keyboard.press("ArrowDown");
    await until(labels).toEqual(["axial 14", "coronal 23", "sagittal 47", "3D"]);
    await lp.page.keyboard.press("PageUp");
    await until(labels).toEqual(["axial 14", "coronal 23", "sagittal 48", "3D"]);
    await widget.surface.focus();
    await lp.page.keyboard.press("Home");
    await until(async () => (await labels())[0]).toBe("axial 0");
    expect((await root.locator(".sl-stage").boundingBox())!.height).toBe(before);
    // The surfaces: in the objects' colors, and turned by the keys and the mouse.
    const tinted = () => views.last().evaluate(countTinted);
    await until(tinted).toBeGreaterThan(200);
    const picture3d = () =>
      views.last().evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
    const still = await picture3d();
    await views.last().focus();
    await lp.page.keyboard.press("ArrowRight");
    await until(picture3d).not.toBe(still);
    await lp.page.keyboard.press("0");
    await until(picture3d).toBe(still);
    const solid = (await views.last().boundingBox())!;
    await lp.page.mouse.move(solid.x + 80, solid.y + 80);
    await lp.page.mouse.down();
    await lp.page.mouse.move(solid.x + 140, solid.y + 90, { steps: 4 });
    await lp.page.mouse.up();
    await until(picture3d).not.toBe(still);
    await root.getByRole("button", { name: "3D" }).click();
    await until(() => root.locator(".sl-overview").isVisible()).toBe(false);
    expect(lp.errors).toEqual([]);
  });
});

/** In the page: the pixels of a canvas that are not gray. */
function countTinted(canvas: unknown): number {
  const { width, height, getContext } = canvas as {
    width: number;
    height: number;
    getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
  };
  const { data } = getContext.call(canvas, "2d").getImageData(0, 0, width, height);
  let count = 0;
  for (let n = 0; n < data.length; n += 4) {
    const [r, g, b] = [data[n]!, data[n + 1]!, data[n + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 40) count++;
  }
  return count;
}
