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
const path = join(root, "notebooks", "fine-tuning.ipynb");

const printed = (outputs: readonly Output[]) =>
  outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");

/** Of the line that a cell of its own prints. */
function figures(outputs: readonly (readonly Output[])[]) {
  const lines = outputs.map(printed).filter((text) => text.startsWith("fine-tuning:"));
  expect(lines).toEqual([expect.stringMatching(/^fine-tuning: zero-shot 0\.\d{3}, fine-tuned 0\.\d{3}, \d+ steps\n$/)]);
  const [zeroShot, fineTuned, steps] = (lines[0].match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return { zeroShot, fineTuned, steps };
}

describeWithWeights("notebooks/fine-tuning.ipynb", () => {
  let runs: CellRun[];
  beforeAll(async () => {
    runs = await runNotebook(path, {
      argv: kernelSpec(process.execPath, built("kernel-ext", "main.js")).argv,
    });
  }, 900_000);

  it("runs top to bottom", () => {
    expect(runs.map(({ status }) => status)).toEqual(readCodeCells(path).map(() => "ok"));
  });

  it("teaches white matter in a few steps, on slices not trained on", () => {
    const { zeroShot, fineTuned, steps } = figures(runs.map(({ outputs }) => outputs));
    expect(zeroShot).toBeLessThanOrEqual(0.45);
    expect(fineTuned).toBeGreaterThanOrEqual(0.85);
    expect(steps).toBeLessThanOrEqual(150);
  });

  it("gives the same model from its file, and says what the next patients' slices give", () => {
    const all = runs.map(({ outputs }) => printed(outputs)).join("");
    expect(all).toMatch(/the same Dice true/);
    expect(all).toMatch(/the next patients, 10 slices: zero-shot 0\.\d{3}, fine-tuned 0\.\d{3}/);
  });

  it("was saved with such figures, and with pictures for previews that run nothing", async () => {
    const { cells } = JSON.parse(await readFile(path, "utf8")) as { cells: { outputs?: Output[] }[] };
    const saved = figures(cells.map(({ outputs = [] }) => outputs));
    expect(saved.fineTuned).toBeGreaterThanOrEqual(0.85);
    const data = cells.flatMap(({ outputs = [] }) => outputs.map((output) => ("data" in output ? output.data : {})));
    expect(data.some((bundle) => "image/png" in bundle)).toBe(true);
    expect(data.some((bundle) => "image/svg+xml" in bundle)).toBe(true);
    expect(data.every((bundle) => !("application/vnd.jupyter.widget-view+json" in bundle))).toBe(true);
  });
});
