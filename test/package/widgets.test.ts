import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Comms } from "../../kernel-ext/comm/comm-host.js";
import { WidgetModel } from "../../kernel-ext/comm/widget-model.js";
import { diceChartModel, diceChartView } from "../../src/protocol/dice-chart.js";
import { type SlicePrompterState, slicePrompterModel, slicePrompterView } from "../../src/protocol/slice-prompter.js";
import { widgetModule, widgetVersionRange } from "../../src/protocol/version.js";
import { launchChromium } from "../browser/lab.js";
import { browserTestsCanRun } from "../browser/requirements.js";
import { checkBuilt } from "../support/built.js";
import { chartState } from "../widgets/dice-chart/chart-port.js";
import { PrompterPort } from "../widgets/slice-prompter/prompter-port.js";
import { typeProblems } from "./type-problems.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "samlab-widgets-package-"));
const installed = join(place, "package");
let tarball = "";

beforeAll(() => {
  checkBuilt("labextension");
  const args = ["pack", "-w", "widgets", "--ignore-scripts", "--json", "--pack-destination", place];
  const packed = execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  tarball = join(place, (JSON.parse(packed) as [{ filename: string }])[0].filename);
  execFileSync("tar", ["-xzf", tarball, "-C", place]);
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the package of the widgets", () => {
  it("is small, and has no fault that publint knows", async () => {
    expect(statSync(tarball).size / 1e6).toBeLessThan(1.5);
    // VS Code loads it with every widget.
    expect(statSync(join(installed, "dist", "index.js")).size / 1e3).toBeLessThan(220);
    expect(readFileSync(join(installed, "dist", "plotly.js.LICENSE.txt"), "utf8")).toMatch(/plotly\.js[\s\S]*MIT/);
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const { messages } = await publint({ pkgDir: installed, pack: false, level: "warning", strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it("has types that ES modules and bundlers resolve", async () => {
    // The modules for anywidget are one pattern of the exports.
    expect(await typeProblems(tarball, [".", "./afm/slice-prompter"])).toEqual([]);
  }, 60_000);

  it("gives its modules types", () => {
    const file = (name: string) => join(installed, "lib", "widgets", "src", "afm", name);
    expect(readFileSync(file("slice-prompter.d.ts"), "utf8")).toMatch(/export default _default/);
    expect(readFileSync(file("module.d.ts"), "utf8")).toContain("render(context: {");
  });
});

/** A prompter whose slice grows brighter from left to right by 10 a pixel, in a window from 0 to 100. */
const state: SlicePrompterState = new PrompterPort({
  slice: { plane: "axial", index: 2, data: Uint8Array.from({ length: 80 }, (_, n) => (n % 10) * 10) },
}).state;

/** A widget as notebooks save it: its id, and its entry among the states. */
function savedModel<State extends object>(modelName: string, viewName: string, state: State) {
  const model = new WidgetModel<State>(new Comms({ publish: () => {} }), {
    module: widgetModule,
    moduleVersion: widgetVersionRange,
    modelName,
    viewName,
    state,
  });
  const { state: saved, bufferPaths, buffers } = model.fullState();
  const entry = {
    model_name: model.modelName,
    model_module: model.module,
    model_module_version: model.moduleVersion,
    state: saved,
    buffers: bufferPaths.map((path, n) => {
      return { path, encoding: "base64", data: Buffer.from(buffers[n]!).toString("base64") };
    }),
  };
  return [model.id, entry] as const;
}

/** Of each column of the picture, the gray in the middle of its upper part. */
const grays = `(() => {
  const canvas = document.querySelector(".sl-surface").previousElementSibling;
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const at = (x, y) => data.slice(4 * (Math.round(y) * width + Math.round(x)), 4 * (Math.round(y) * width + Math.round(x)) + 3);
  const isPicture = (x) => Math.max(...at(x, height / 2)) > 0;
  const xs = Array.from({ length: width }, (_, x) => x).filter(isPicture);
  const [left, right] = [xs[0], xs.at(-1)];
  const column = (right - left + 1) / 9;
  return Array.from({ length: 9 }, (_, n) => [...at(left + (n + 0.5) * column, height / 2)]);
})()`;
/** The first column is black. */
const expected = Array.from({ length: 9 }, (_, n) => Math.round((n + 1) * 25.5));

async function checkSlice(page: Page, errors: readonly string[]): Promise<void> {
  await expect.poll(async () => [errors, await page.locator(".sl-surface").count()]).toEqual([[], 1]);
  // Once it is loaded it draws in the next frame.
  const read = async () => {
    const columns = (await page.evaluate(grays)) as (readonly number[] | null)[];
    return columns.every((rgb, n) => rgb?.every((value) => Math.abs(value - expected[n]!) < 3)) || columns;
  };
  await expect.poll(read).toBe(true);
  expect(await page.locator(".sl-surface").isVisible()).toBe(true);
}

describe.skipIf(!browserTestsCanRun())("pages that load the widgets", { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** A page without a network, but for the files that are given by their address. */
  async function open(html: string, files: { readonly [address: string]: string }) {
    const page = await browser.newPage();
    const refused: string[] = [];
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.route("**/*", (route) => {
      const url = route.request().url();
      if (url === "http://page.test/") return route.fulfill({ contentType: "text/html", body: html });
      const found = Object.keys(files).find((address) => url.startsWith(address));
      if (found) return route.fulfill({ path: join(files[found]!, url.slice(found.length)) });
      refused.push(url);
      return route.abort();
    });
    await page.goto("http://page.test/");
    return { page, refused, errors };
  }

  it("html-manager finds the AMD module by what a saved notebook says, and draws the slice without a kernel", async () => {
    const { resolve } = createRequire(import.meta.url);
    const embed = resolve("@jupyter-widgets/html-manager/dist/embed-amd.js");
    const require = resolve("requirejs/require.js");
    const models = [
      savedModel(slicePrompterModel, slicePrompterView, state),
      savedModel(diceChartModel, diceChartView, chartState),
    ];
    const states = { version_major: 2, version_minor: 0, state: Object.fromEntries(models) };
    const views = models.map(([id]) => JSON.stringify({ version_major: 2, version_minor: 0, model_id: id }));
    const html = `<!doctype html><meta charset="utf-8"><title>saved</title><body>
<script src="http://page.test/${basename(require)}"></script>
<script src="http://page.test/${basename(embed)}"></script>
<script type="application/vnd.jupyter.widget-state+json">${JSON.stringify(states)}</script>
${views.map((view) => `<script type="application/vnd.jupyter.widget-view+json">${view}</script>`).join("\n")}`;
    const { page, refused, errors } = await open(html, {
      [`http://page.test/${basename(require)}`]: require,
      [`http://page.test/${basename(embed)}`]: embed,
      [`https://cdn.jsdelivr.net/npm/${widgetModule}@${encodeURI(widgetVersionRange)}/dist/`]: join(installed, "dist"),
    });
    await checkSlice(page, errors);
    // Style sheets are in force, and plotly.js came from beside the module.
    const display = `getComputedStyle(document.querySelector(".sl-toolbar")).display`;
    expect(await page.evaluate(display)).toBe("flex");
    await page.locator(".dc-plot .main-svg .barlayer path").first().waitFor();
    // RequireJS looks beside the page before html-manager turns to the CDN.
    const others = refused.filter((url) => !/favicon|\.(?:woff2?|ttf)$/.test(url));
    expect(others).toEqual([`http://page.test/${widgetModule}.js`]);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("anywidget's hosts draw the slice by one file, follow the model, and send it what is clicked", async () => {
    const html = `<!doctype html><meta charset="utf-8"><title>afm</title><div id="place"></div>
<script type="module">
  import prompter from "http://page.test/afm/slice-prompter.js";
  const state = ${JSON.stringify(state, (_, value) => (value instanceof Uint8Array ? { bytes: [...value] } : value))};
  state.slice.data = new DataView(Uint8Array.from(state.slice.data.bytes).buffer);
  const handlers = new Map();
  window.sent = [];
  const model = {
    get: (name) => state[name],
    on: (event, handler) => handlers.set(event, [...(handlers.get(event) ?? []), handler]),
    off: (event, handler) => handlers.set(event, handlers.get(event).filter((other) => other !== handler)),
    send: (content) => window.sent.push(content),
  };
  window.change = (name, value) => { state[name] = value; for (const handler of handlers.get("change:" + name)) handler(); };
  window.listening = () => [...handlers.values()].flat().length;
  window.remove = await prompter.render({ model, el: document.getElementById("place") });
</script>`;
    const { page, refused, errors } = await open(html, { "http://page.test/afm/": join(installed, "dist", "afm") });
    await checkSlice(page, errors);
    await page.locator(".sl-surface").click();
    await expect.poll(() => page.evaluate("window.sent.length")).toBeGreaterThan(0);
    await page.evaluate(
      `window.change("objects", [{ id: 1, name: "renamed", color: "#e69f00", locked: false, area: null, lost: 0, slices: 0 }])`,
    );
    await page.getByText("renamed").first().waitFor();
    await page.evaluate("window.remove()");
    expect(await page.evaluate(`[document.getElementById("place").childElementCount, window.listening()]`)).toEqual([
      0, 0,
    ]);
    expect(refused.filter((url) => !url.includes("favicon"))).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  });
});
