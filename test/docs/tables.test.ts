import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { strategyNames } from "../../src/evaluate/prompts/parse-strategy.js";
import { columns } from "../../src/evaluate/result/columns.js";
import { volumeStrategyNames } from "../../src/evaluate/volume/volume-strategy.js";
import { windowPresets } from "../../src/io/image/window.js";
import { preprocessingTexts } from "../../src/models/preprocessing.js";
import { catalog } from "../../src/predict/catalog.js";
import { recipeNames } from "../../src/train/recipes.js";
import { propagationRules } from "../../src/volume/types.js";
import { compareKeys } from "../../widgets/src/mask-compare/keys.js";
import { bindings } from "../../widgets/src/slice-prompter/keys.js";
import { cellsOf, pages, root } from "./pages.js";

/** The cells of all tables of a page, or of one of its sections. */
function rowsOf(path: string, heading?: string): string[][] {
  const { text } = pages().find((page) => page.path === path)!;
  const part = heading === undefined ? text : text.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
  return [...part.matchAll(/^\|(.*)\|$/gm)].map(([, row]) => row!.split("|").map((cell) => cell.trim()));
}

const codeIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

const firstCodes = (rows: readonly (readonly string[])[]) => rows.flatMap(([first = ""]) => codeIn(first));

describe("tables of docs/ say what the code says", () => {
  it("in rows of as many cells as the heading", () => {
    const tables = pages().flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:\|.*\n)+/gm)].map(([table], n) => ({ path, n, rows: table.trim().split("\n") })),
    );
    expect(tables.length).toBeGreaterThan(50);
    const uneven = tables.flatMap(({ path, rows: [head = "", ...rows] }) =>
      rows.filter((row) => cellsOf(row).length !== cellsOf(head).length).map((row) => `${path}: ${row}`),
    );
    expect(uneven).toEqual([]);
  });

  it("of the folders of src/", () => {
    const listed = firstCodes(rowsOf("docs/architecture.md")).filter((code) => code !== "src/");
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(listed.filter((code) => code.startsWith("src/")).sort()).toEqual(
      folders.map(({ name }) => `src/${name}/`).sort(),
    );
  });

  it("of models", () => {
    const rows = rowsOf("docs/models.md", "By name").slice(2);
    const shown = rows.map(([name, , parameters, prompts, input]) => [codeIn(name!)[0], parameters, prompts, input]);
    const known = catalog.map(({ name, parameters, prompts, imageSize, preprocessing }) => {
      const kinds = (["points", "box", "scribbles", "mask"] as const).filter((kind) => prompts[kind]);
      return [name, parameters, kinds.join(", ") || "none", `${imageSize}${preprocessing ? "²" : "³"}`];
    });
    expect(shown).toEqual(known);
    const licenses = rows.map(([, , , , , license]) => license!.replace(" ¹", ""));
    expect(catalog.filter(({ license }, n) => !license.startsWith(licenses[n]!)).map(({ name }) => name)).toEqual([]);
    const byHand = rows.filter(([, what]) => what!.includes("by hand")).map(([name]) => codeIn(name!)[0]);
    expect(byHand).toEqual(catalog.filter(({ download }) => download?.isByHand).map(({ name }) => name));
  });

  it("of scripts that make golden values", () => {
    const shown = rowsOf("docs/numbers.md", "Golden values").flatMap((row) => codeIn(row.at(-1)!));
    const makers = readdirSync(join(root, "test/golden"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\bmake\.py$/.test(name))
      .map((name) => `test/golden/${name.replaceAll("\\", "/")}`);
    expect(makers.length).toBeGreaterThan(10);
    expect(makers.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it("of ways to prepare pictures", () => {
    const shown = rowsOf("docs/models.md", "How pictures are prepared").slice(2);
    expect(shown.map(([kind, what]) => [codeIn(kind!)[0], what])).toEqual(
      Object.entries(preprocessingTexts).map(([kind, { summary }]) => [kind, summary]),
    );
  });

  it("of prompt strategies", () => {
    const shown = rowsOf("docs/evaluation.md", "How to prompt").slice(2);
    const plain = shown.map(([name, what]) => [name!.replaceAll("`", ""), what!.replaceAll("`", "")]);
    expect(plain).toEqual(Object.entries(strategyNames));
  });

  it("of strategies for volumes", () => {
    const shown = rowsOf("docs/evaluation.md", "Volumes as a whole").slice(2);
    const plain = shown.map(([name, what]) => [name!.replaceAll("`", ""), what!.replaceAll("`", "")]);
    expect(plain).toEqual(Object.entries(volumeStrategyNames));
  });

  it("of a row's columns", () => {
    expect(firstCodes(rowsOf("docs/evaluation.md", "What is in a row"))).toEqual(Object.keys(columns));
  });

  it("of recipes", () => {
    expect(firstCodes(rowsOf("docs/fine-tuning.md", "Recipes")).sort()).toEqual([...recipeNames].sort());
  });

  it("of environment variables", () => {
    const help = readFileSync(join(root, "src", "cli", "help.ts"), "utf8");
    const setup = readFileSync(join(root, "kernel-ext", "setup", "main.ts"), "utf8");
    const known = new Set((help + setup).match(/\bSAMLAB_[A-Z_]+/g));
    expect(firstCodes(rowsOf("docs/getting-started.md", "Settings")).sort()).toEqual([...known].sort());
  });

  it("of windows", () => {
    const shown = rowsOf("docs/formats.md", "Windows").slice(2);
    const numbers = shown.map(([name, ...rest]) => [codeIn(name!)[0], ...rest.map((n) => Number(n.replace("−", "-")))]);
    expect(numbers).toEqual(Object.entries(windowPresets).map(([name, { width, level }]) => [name, width, level]));
  });

  it("of rules for volumes", () => {
    expect(firstCodes(rowsOf("docs/volumes.md", "Rules")).sort()).toEqual([...propagationRules].sort());
  });

  it.each([
    ["Slice prompter", bindings],
    ["Mask comparison", compareKeys],
  ])("of keys: %s", (heading, known) => {
    const rows = rowsOf("docs/widgets.md", heading);
    const start = rows.findIndex(([first]) => first === "Key");
    const end = rows.findIndex(([first], n) => n > start && first!.startsWith("Option of"));
    const shown = new Set(firstCodes(rows.slice(start, end)).map(keyOf));
    const keys = new Set(known.flatMap((binding) => binding.keys));
    // The text says of these that Shift makes ten of one, and that arrows move the cursor.
    const inText = /^(?:Shift\+)?Arrow|^Shift\+Page/;
    expect([...keys].filter((key) => !shown.has(key) && !inText.test(key))).toEqual([]);
    // A tap on Space is Enter.
    expect([...shown].filter((key) => !keys.has(key) && key !== "Space" && key !== "…")).toEqual([]);
  });
});

/** A key as the code calls it. */
function keyOf(shown: string): string {
  const names: Readonly<Record<string, string>> = { "↑": "ArrowUp", "↓": "ArrowDown", Esc: "Escape" };
  return names[shown] ?? shown.replace(/(?<=^|\+)[A-Z]$/, (letter) => letter.toLowerCase());
}
