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
const path = join(root, "notebooks", "zero-shot-across-modalities.ipynb");

const printed = (outputs: readonly Output[]) =>
  outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");

describeWithWeights("notebooks/zero-shot-across-modalities.ipynb", () => {
  let runs: CellRun[];
  beforeAll(async () => {
    runs = await runNotebook(path, {
      argv: kernelSpec(process.execPath, built("kernel-ext", "main.js")).argv,
    });
  }, 600_000);

  it("runs top to bottom", () => {
    expect(runs.map(({ status }) => status)).toEqual(readCodeCells(path).map(() => "ok"));
  });

  it("prints the numbers that it was saved with", async () => {
    const saved = JSON.parse(await readFile(path, "utf8")).cells as { outputs: Output[] }[];
    for (const run of runs) expect(printed(run.outputs), run.source).toBe(printed(saved[run.index].outputs));
    expect(printed(runs.at(-1)?.outputs ?? [])).toMatch(
      /^evaluation: \d+ rows, \d+ modality-target pairs, mean Dice box 0\.\d{3}\n$/,
    );
  });

  it("covers at least five pairs of modality and target without a failure", () => {
    const last = printed(runs.at(-1)?.outputs ?? []);
    expect(Number(/, (\d+) modality-target pairs/.exec(last)?.[1])).toBeGreaterThanOrEqual(5);
    expect(runs.map(({ outputs }) => printed(outputs)).join("")).not.toContain("rows failed");
  });

  it("has tables, and pictures for previews that run nothing", async () => {
    const { cells } = JSON.parse(await readFile(path, "utf8")) as {
      cells: { outputs?: { data?: Record<string, unknown> }[] }[];
    };
    const data = cells.flatMap(({ outputs = [] }) => outputs.map((output) => output.data ?? {}));
    expect(data.filter((bundle) => "image/png" in bundle)).toHaveLength(4);
    expect(data.some((bundle) => "text/html" in bundle)).toBe(true);
    expect(data.every((bundle) => !("application/vnd.jupyter.widget-view+json" in bundle))).toBe(true);
  });
});
