import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runNotebook } from "../../kernel-ext/client/index.js";
import type { Output } from "../../kernel-ext/client/output.js";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";
import { built } from "../support/built.js";
import { describeWithWeights } from "../support/weights.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const path = join(root, "notebooks", "volumes.ipynb");

const printed = (outputs: readonly Output[]) =>
  outputs.map((output) => (output.output_type === "stream" ? [output.text].flat().join("") : "")).join("");

describeWithWeights("notebooks/volumes.ipynb", () => {
  it("prints the numbers that it was saved with, and two corrections gain", { timeout: 600_000 }, async () => {
    const runs = await runNotebook(path, {
      argv: kernelSpec(process.execPath, built("kernel-ext", "main.js")).argv,
    });
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => "ok"));
    const saved = JSON.parse(await readFile(path, "utf8")).cells as { outputs: Output[] }[];
    for (const run of runs) expect(printed(run.outputs), run.source).toBe(printed(saved[run.index]!.outputs));
    const scores = [
      ...runs
        .map(({ outputs }) => printed(outputs))
        .join("")
        .matchAll(/: Dice (0\.\d{3}), HD95/g),
    ];
    const [alone, propagated, corrected] = scores.map(([, dice]) => Number(dice));
    expect(propagated).toBeGreaterThan(alone! + 0.3);
    expect(corrected).toBeGreaterThan(propagated!);
  });
});
