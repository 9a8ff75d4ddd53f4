import { join } from "node:path";
import { seededRandom } from "../../src/core/random.js";
import { type Lab, type LabPage, startLab, writeNotebook } from "../browser/lab.js";
import { WidgetOnPage } from "../browser/widget.js";
import { addFigure, printRows, quantile } from "./figures.js";

/** Where the tumor of the sample is, in pixels of its 256 × 256 slices. */
const tumor = [181, 151] as const;
/**
 * Rounds of {@link clicksPerRound} clicks, alternating with the bare decoder, so that a busy machine affects both
 * equally.
 */
const rounds = 4;
const clicksPerRound = 12;
/** How long the button is held in a click like a person's, ms. Means of people are 87 to 137: see docs/speed.md. */
const held = 80;
/** Between clicks, and between runs of the bare decoder, as a user would pause, ms. */
const pause = 500;
/** Slices gone to, with some clicks on each. */
const slices = [11, 12, 13, 14, 15, 16, 17, 18, 19];
const clicksPerSlice = 4;

/**
 * The sample, also with every pixel as four. Each slice has unique pixels in a corner, so that no embedding is cached.
 */
const setUp = `import { loadSam, promptSlices, sampleVolume, Volume } from "samlab";
const { volume } = await sampleVolume("brain1");
const sam = await loadSam("lite-medsam-clicks");
const enlarged = (times: number) => {
  const [width, height, depth] = volume.size;
  const data = new Float32Array(width * height * depth * times * times);
  const across = width * times;
  for (let n = 0; n < data.length; n++) {
    const [x, y, z] = [n % across, Math.floor(n / across) % (height * times), Math.floor(n / across / height / times)];
    data[n] = y < 2 && x < 40 ? Math.random() * volume.window.high
      : volume.data[(z * height + Math.floor(y / times)) * width + Math.floor(x / times)];
  }
  const affine = volume.affine.map((value, n) => (n % 4 < 2 ? value / times : value)) as unknown as typeof volume.affine;
  return new Volume({ data, size: [across, height * times, depth], affine, window: volume.window, source: "brain" });
};`;

const bare = (size: number) => `{
  const image = enlarged(${size / 256}).slice(15);
  const embedding = await sam.embed(image);
  const times: number[] = [];
  for (let n = 0; n < ${clicksPerRound}; n++) {
    await new Promise((resolve) => setTimeout(resolve, ${pause}));
    const points = [{ x: ${(tumor[0] * size) / 256} + n, y: ${(tumor[1] * size) / 256} }];
    times.push((await sam.predict({ points }, { embedding, multimask: true })).info.milliseconds);
  }
  console.log(JSON.stringify(times));
}`;

/**
 * In the page: measures the time from the release of the button to the first frame whose canvas shows a mask around the
 * pointer. The prompt's mark is on another canvas. The check runs after the frame was painted, since callbacks of the
 * frame may run before the widget's.
 */
const probe = `window.samlabProbe = (() => {
  const canvas = document.querySelector(".sl canvas");
  const context = canvas.getContext("2d");
  let start = 0;
  let at = [0, 0];
  document.addEventListener("pointerup", (event) => {
    start = performance.now();
    const { left, top, width, height } = canvas.getBoundingClientRect();
    at = [(event.clientX - left) * canvas.width / width, (event.clientY - top) * canvas.height / height];
  }, { capture: true });
  const tinted = () => {
    const { data } = context.getImageData(at[0] - 70, at[1] - 70, 140, 140);
    let count = 0;
    for (let n = 0; n < data.length; n += 4) {
      const [r, g, b] = [data[n], data[n + 1], data[n + 2]];
      if (Math.max(r, g, b) - Math.min(r, g, b) > 20) count++;
    }
    return count;
  };
  const until = (done) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no mask after a minute")), 60000);
    const painted = new MessageChannel();
    const next = () => requestAnimationFrame(() => painted.port2.postMessage(null));
    painted.port1.onmessage = () => (done() ? resolve(performance.now() - start) : next());
    next();
  });
  return {
    appears: () => until(() => start > 0 && tinted() > 500),
    gone: () => until(() => tinted() < 50),
    reset: () => { start = 0; },
  };
})()`;

interface Shown extends LabPage {
  /**
   * Clicks, holding the button for this many milliseconds, and returns the milliseconds from its release until the mask
   * is painted.
   */
  click(dx: number, dy: number, held?: number): Promise<number>;
  clear(): Promise<void>;
  output(cell: number): Promise<string>;
}

/** Clicks in real JupyterLab and Chromium with the embedded model: how long until the mask is painted. */
export async function benchClicks(): Promise<void> {
  await inLab(async (lab) => {
    for (const size of [256, 512]) await clicksAt(lab, size);
  });
}

/** What slices that are encoded ahead cost and gain in the same place. */
export async function benchLookAhead(): Promise<void> {
  await inLab(lookAhead);
}

async function inLab(measure: (lab: Lab) => Promise<void>): Promise<void> {
  // Every embedding is made here.
  process.env.SAMLAB_EMBEDDING_CACHE_MB = "0";
  const lab = await startLab();
  try {
    await measure(lab);
  } finally {
    await lab.close();
  }
}

async function show(lab: Lab, name: string, size: number, options: string, more: readonly string[]): Promise<Shown> {
  const widgetCell = `const w = promptSlices(sam, enlarged(${size / 256}), { slice: 15, keep: false, ${options} });\nw`;
  writeNotebook(join(lab.folder, `${name}.ipynb`), [setUp, widgetCell, ...more]);
  const lp = await lab.open(`${name}.ipynb`, { viewport: { width: 1400, height: 1600 } });
  for (const cell of [0, 1]) await lp.runCell(cell);
  const { page } = lp;
  const spacing = [200 / size, 200 / size] as const;
  const widget = new WidgetOnPage(page, { width: size, height: size, spacing });
  await widget.shown();
  await page.evaluate(probe);
  return {
    ...lp,
    click: async (dx, dy, held = 0) => {
      await page.evaluate("samlabProbe.reset()");
      const painted = page.evaluate<number>("samlabProbe.appears()");
      await widget.click(((tumor[0] + dx) * size) / 256, ((tumor[1] + dy) * size) / 256, { delay: held });
      return painted;
    },
    clear: async () => {
      await page.keyboard.press("c");
      await page.evaluate("samlabProbe.gone()");
    },
    output: async (cell) =>
      (await page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output").innerText()).trim(),
  };
}

/** Further clicks on a slice, beside the mask decoder alone in the same kernel. */
async function clicksAt(lab: Lab, size: number): Promise<void> {
  const shown = await show(lab, `clicks-${size}`, size, "lookAhead: true", [bare(size)]);
  const [runs, atOnce, decoder]: number[][] = [[], [], []];
  await shown.click(0, 0);
  await shown.clear();
  for (let round = 0; round < rounds; round++) {
    await shown.runCell(2);
    decoder.push(...(JSON.parse(await shown.output(2)) as number[]));
    for (let n = 0; n < clicksPerRound; n++) {
      for (const [times, hold] of [
        [runs, held],
        [atOnce, 0],
      ] as const) {
        await shown.page.waitForTimeout(pause);
        times.push(await shown.click(n % 5, n % 4, hold));
        await shown.clear();
      }
    }
  }
  await shown.page.close();
  const alone = { what: "the mask decoder alone", runs: decoder, goal: 2 };
  for (const [how, times] of [
    [`held ${held} ms`, runs],
    ["released at once", atOnce],
  ] as const) {
    const row = { what: "samlab, further clicks on the slice", runs: times };
    printRows(`Release → painted mask in JupyterLab, ${size} × ${size}, button ${how}`, [row, alone]);
  }
}

/** Going through slices, with some clicks on each at a user's pace: with slices encoded ahead, and without. */
async function lookAhead(lab: Lab): Promise<void> {
  const first: Record<"true" | "false", number[]> = { true: [], false: [] };
  const further: Record<"true" | "false", number[]> = { true: [], false: [] };
  for (const part of [slices.slice(0, 3), slices.slice(3, 6), slices.slice(6)]) {
    for (const ahead of ["false", "true"] as const) {
      // The same pauses for both.
      const random = seededRandom("pauses", part[0]);
      const shown = await show(lab, `ahead-${ahead}-${part[0]}`, 256, `lookAhead: ${ahead}`, []);
      await shown.page.locator(".sl-surface").first().focus();
      for (const slice of part) {
        await shown.page.locator(".sl-slider").first().fill(String(slice));
        for (let n = 0; n < clicksPerSlice; n++) {
          await shown.page.waitForTimeout(800 + 2000 * random());
          (n === 0 ? first : further)[ahead].push(await shown.click(n, -n));
          await shown.page.locator(".sl-surface").first().focus();
          await shown.clear();
        }
      }
      await shown.page.close();
    }
  }
  printRows("Click → painted mask, going through slices: first click on a slice", [
    { what: "encoded ahead", runs: first.true },
    { what: "not ahead", runs: first.false },
  ]);
  printRows("Click → painted mask, going through slices: further clicks", [
    { what: "encoded ahead", runs: further.true },
    { what: "not ahead", runs: further.false },
  ]);
  const p95 = (ahead: "true" | "false") => quantile([...first[ahead], ...further[ahead]], 0.95);
  const peer = { name: "not ahead", value: p95("false") };
  addFigure({ what: "p95 of all clicks, encoded ahead", value: p95("true"), unit: "ms", peer, goal: 1.2 });
}
