import { join } from "node:path";
import { startLab, writeNotebook } from "../browser/lab.js";
import { addFigure, median, quantile } from "./figures.js";

const [width, height, depth] = [512, 512, 200];
/** Slices gone to one by one, and times through the whole volume. */
const [steps, rounds] = [40, 2];

/** A gray ramp with a patch whose gray tells the slice, so that a frame says which slice it shows. */
const setUp = `import { promptSlices, Volume } from "samlab";
import type { Sam } from "samlab";
const data = new Int16Array(${width * height * depth});
for (let n = 0; n < data.length; n++) {
  const [x, y, z] = [n % ${width}, Math.floor(n / ${width}) % ${height}, Math.floor(n / ${width * height})];
  data[n] = x > 200 && x < 312 && y > 200 && y < 312 ? 20 + z : (x * 7 + y * 13) % 200;
}
const volume = new Volume({ data, size: [${width}, ${height}, ${depth}], affine: [-0.7, 0, 0, 180, 0, -0.7, 0, 180, 0, 0, 1.5, 0, 0, 0, 0, 1],
  window: { low: 0, high: 255, name: "all" }, source: "large" });
const sam = { name: "none", prompts: { points: true, box: true, mask: false, note: "" }, hash: "0", provider: "CPU", lowResSize: 4 } as unknown as Sam;`;

/** In the page: waits for a frame in which the middle of the picture has another gray. */
const probe = `window.samlabProbe = (() => {
  const gray = () => {
    const canvas = document.querySelector(".sl canvas");
    if (!canvas || canvas.width < 10) return 0;
    return canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0];
  };
  const until = (done, start) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("nothing painted in 60 s")), 60000);
    const painted = new MessageChannel();
    const next = () => requestAnimationFrame(() => painted.port2.postMessage(null));
    painted.port1.onmessage = () => (done() ? resolve(performance.now() - start) : next());
    next();
  });
  let pressed = 0;
  document.addEventListener("keydown", () => { pressed = performance.now(); }, { capture: true });
  return {
    first: () => until(() => gray() > 0, performance.now()),
    changed: () => { const old = gray(); return until(() => gray() !== old, performance.now()).then(() => performance.now() - pressed); },
  };
})()`;

/**
 * A volume of 512 × 512 × 200 in JupyterLab: the first paint, the change of slice, and the page's memory while
 * scrolling.
 */
export async function benchLargeVolume(): Promise<void> {
  const lab = await startLab();
  try {
    for (const overview of [false, true]) {
      const name = `large-${overview}.ipynb`;
      writeNotebook(join(lab.folder, name), [
        setUp,
        `const w = promptSlices(sam, volume, { keep: false, lookAhead: false, overview: ${overview} });\nw`,
      ]);
      const { page, runCell } = await lab.open(name, { viewport: { width: 1400, height: 1400 } });
      await runCell(0);
      await page.evaluate(probe);
      const first = page.evaluate<number>("samlabProbe.first()");
      await Promise.all([first, runCell(1)]);
      const surface = page.locator(".sl-surface").first();
      await surface.focus();
      const changes: number[] = [];
      for (let n = 0; n < steps; n++) {
        const changed = page.evaluate<number>("samlabProbe.changed()");
        await page.keyboard.press(n % 20 < 10 ? "ArrowUp" : "ArrowDown");
        changes.push(await changed);
        await page.waitForTimeout(50);
      }
      const session = await page.context().newCDPSession(page);
      const memory = async () => {
        await session.send("HeapProfiler.collectGarbage");
        const usage: { usedSize: number; backingStorageSize?: number } = await session.send("Runtime.getHeapUsage");
        return (usage.usedSize + (usage.backingStorageSize ?? 0)) / 1e6;
      };
      const megabytes = [await memory()];
      for (let round = 0; round < rounds; round++) {
        await page.keyboard.press("Home");
        for (let slice = 1; slice < depth; slice++) {
          await page.keyboard.press("ArrowUp");
          await page.waitForTimeout(20);
        }
        megabytes.push(await memory());
      }
      await page.close();
      const what = overview ? "with the three planes" : "alone";
      console.log(`\n${width} × ${height} × ${depth} in JupyterLab, ${what}`);
      const size = `${width} × ${height} × ${depth} ${what}`;
      addFigure({ what: `cell → first paint, ${size}`, value: await first, unit: "ms", goal: 1000 });
      addFigure({ what: `key → slice painted, ${size}`, value: median(changes), unit: "ms", goal: 60 });
      const [before, after] = [megabytes[0]!, megabytes.at(-1)!];
      const peer = { name: "before", value: before };
      addFigure({ what: `page's memory after scrolling, ${size}`, value: after, unit: "MB", peer });
      console.log(`  cell → first paint: ${(await first).toFixed(0)} ms (goal 1000)`);
      const [middle, late] = [median(changes).toFixed(0), quantile(changes, 0.95).toFixed(0)];
      console.log(`  key → slice painted: ${middle} ms, p95 ${late} ms, n ${changes.length} (goal 60)`);
      console.log(
        `  page's memory before, and after each time through the volume: ${megabytes.map((mb) => mb.toFixed(1)).join(", ")} MB`,
      );
    }
  } finally {
    await lab.close();
  }
}
