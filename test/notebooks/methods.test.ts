import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Output } from "../../kernel-ext/client/output.js";

const path = fileURLToPath(new URL("../../notebooks/methods.ipynb", import.meta.url));

interface Cell {
  readonly cell_type: string;
  readonly outputs?: readonly Output[];
}

const printed = (outputs: readonly Output[]) =>
  outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join("");

// It trains seven models, which takes a quarter of an hour on two cores. `npm run notebooks -- methods.ipynb` runs it;
// its output is read here. test/autoprompt and test/finetune train each of them on less data.
describe("notebooks/methods.ipynb as it was saved", () => {
  let outputs: (readonly Output[])[];
  beforeAll(async () => {
    const { cells } = JSON.parse(await readFile(path, "utf8")) as { cells: Cell[] };
    outputs = cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.outputs ?? []);
  });

  it("ran every cell, split by patient", () => {
    expect(outputs.flat().filter(({ output_type }) => output_type === "error")).toEqual([]);
    const all = outputs.map(printed).join("");
    const patients = (what: string) => new RegExp(`${what} (?:on )?(STS_[STS_0-9, ]*[0-9])`).exec(all)![1]!.split(", ");
    const tested = patients("test");
    const seen = [...patients("train"), ...patients("watching")];
    expect(tested.length).toBeGreaterThanOrEqual(2);
    expect(seen.filter((patient) => tested.includes(patient))).toEqual([]);
  });

  it("has ten methods, those without prompts among them, scored on the same slices", () => {
    const all = outputs.map(printed).join("");
    const lines = [...all.matchAll(/^(.+): mean Dice (\S+) on (\d+) slices/gm)];
    expect(lines).toHaveLength(10);
    expect(new Set(lines.map(([, , , count]) => count)).size).toBe(1);
    for (const name of ["AutoSAM", "DeSAM", "SurgicalSAM", "dense prompt"]) {
      const [, , dice] = lines.find(([, method]) => method === name)!;
      expect(Number(dice)).toBeGreaterThan(0.3);
    }
  });

  it("has a chart and a table for previews that run nothing", () => {
    const data = outputs.flat().map((output) => ("data" in output ? (output.data as Record<string, unknown>) : {}));
    expect(data.some((bundle) => "image/svg+xml" in bundle)).toBe(true);
    expect(data.some((bundle) => /SurgicalSAM \|/.test([bundle["text/markdown"]].flat().join("")))).toBe(true);
  });
});
