import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saySkipped } from "../support/skipped.js";

const folder = "widgets/labextension";
const built = existsSync(folder);
if (!built) saySkipped(`the built widgets: there is no ${folder} (npm run build makes it)`);

const files = built ? readdirSync(join(folder, "static")) : [];
const sum = (names: readonly string[]) =>
  names.reduce((bytes, name) => bytes + statSync(join(folder, "static", name)).size, 0);
const scripts = files.filter((name) => name.endsWith(".js"));

/** What is loaded only when the widget is shown that needs it, and how many bytes it may have. */
const lazy: { readonly [chunk: string]: number } = {
  "slice-prompter": 49_000,
  // The three planes and the surfaces.
  overview: 15_000,
  "mask-compare": 23_500,
  "dice-chart": 30_500,
  training: 16_500,
  progress: 8_000,
  // plotly.js, the cartesian bundle.
  plotly: 1_500_000,
};
const isChunk = (chunk: string) => (name: string) => name.startsWith(`${chunk}.`);

describe.skipIf(!built && process.env.CI !== "true")("the built labextension", () => {
  it("stays small: there is no framework in it", () => {
    const main = scripts.filter((name) => !Object.keys(lazy).some((chunk) => isChunk(chunk)(name)));
    // What the prompter and the comparison share comes with the first of them.
    expect(sum(main)).toBeLessThan(65_500);
    expect(sum(files.filter((name) => name.endsWith(".css")))).toBeLessThan(28_500);
  });

  it.each(Object.entries(lazy))("has %s in a chunk of its own, within %d bytes", (chunk, most) => {
    const own = scripts.filter(isChunk(chunk));
    expect(own).toHaveLength(1);
    expect(sum(own)).toBeLessThan(most);
  });

  it("loads little with JupyterLab: the widgets come when one is shown", () => {
    const { _build } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).jupyterlab;
    expect(statSync(join(folder, _build.load)).size).toBeLessThan(15_000);
    expect(readFileSync(join(folder, _build.load), "utf8")).not.toContain("sl-toolbar");
  });

  it("has its style sheets as files of their own", () => {
    const sheets = files.filter((name) => name.endsWith(".css"));
    expect(sheets).toHaveLength(7);
    const text = scripts.map((name) => readFileSync(join(folder, "static", name), "utf8")).join("");
    expect(sheets.filter((sheet) => !text.includes(sheet))).toEqual([]);
  });
});
