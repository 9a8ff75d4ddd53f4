import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { type CellRun, readCodeCells, runNotebook } from "../../kernel-ext/client/index.js";
import type { Output } from "../../kernel-ext/client/output.js";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";
import { built } from "../support/built.js";
import { describeWithWeights } from "../support/weights.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const path = join(root, "notebooks", "00-start.ipynb");

const printed = (outputs: readonly Output[]) =>
  outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");

describeWithWeights("notebooks/00-start.ipynb", () => {
  let runs: CellRun[];
  beforeAll(async () => {
    runs = await runNotebook(path, {
      argv: kernelSpec(process.execPath, built("kernel-ext", "main.js")).argv,
    });
  }, 120_000);

  it("runs top to bottom", () => {
    expect(runs.map(({ status }) => status)).toEqual(readCodeCells(path).map(() => "ok"));
  });

  it("prints the numbers that it was saved with", async () => {
    const saved = JSON.parse(await readFile(path, "utf8")).cells as { outputs: Output[] }[];
    for (const run of runs) expect(printed(run.outputs), run.source).toBe(printed(saved[run.index].outputs));
    expect(printed(runs.at(-1)?.outputs ?? [])).toMatch(/Dice 0\.\d{3}\n$/);
  });

  it("has at most ten cells, and pictures for previews that run nothing", async () => {
    const { cells } = JSON.parse(await readFile(path, "utf8")) as {
      cells: { outputs?: { data?: Record<string, unknown> }[] }[];
    };
    expect(cells.length).toBeLessThanOrEqual(10);
    const data = cells.flatMap(({ outputs = [] }) => outputs.map((output) => output.data ?? {}));
    expect(data.some((bundle) => "image/png" in bundle)).toBe(true);
    expect(data.every((bundle) => !("application/vnd.jupyter.widget-view+json" in bundle))).toBe(true);
  });
});
