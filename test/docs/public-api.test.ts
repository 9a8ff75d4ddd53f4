import { describe, expect, it } from "vitest";
import { pages } from "./pages.js";
import { exportedSymbols, hasDocstring, placeOf, publicMembers } from "./public-api.js";

const exported = exportedSymbols();

describe("docstrings exist", () => {
  it("at every public export", () => {
    expect(exported.length).toBeGreaterThan(250);
    const missing = exported.filter((symbol) => !hasDocstring(symbol));
    expect(missing.map((symbol) => `${symbol.name} (${placeOf(symbol)})`)).toEqual([]);
  });

  it("at every public member", () => {
    const members = exported.flatMap((symbol) => publicMembers(symbol).map((member) => ({ of: symbol.name, member })));
    expect(members.length).toBeGreaterThan(700);
    const missing = members.filter(({ member }) => !hasDocstring(member));
    expect(missing.map(({ of, member }) => `${of}.${member.name} (${placeOf(member)})`)).toEqual([]);
  });
});

/** Sections of docs/widgets.md, and what they list. */
const sections = {
  "Slice prompter": ["SlicePrompter", "PromptSlicesOptions"],
  "Mask comparison": ["MaskCompare", "CompareMasksOptions"],
  "Dice chart": ["DiceChart", "ChartDiceOptions", "ChartPromptsOptions"],
  Progress: ["Progress"],
};

it.each(Object.entries(sections))("docs/widgets.md lists each property, method and option: %s", (heading, names) => {
  const { text } = pages().find(({ path }) => path === "docs/widgets.md")!;
  const section = text.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
  const tables = section.split(/\n\n/).filter((part) => /^\| (?:Option|Property|Method)/.test(part));
  const cells = tables.flatMap((table) => [...table.matchAll(/^\|((?:\\\||[^|])*)\|/gm)].map(([, cell]) => cell!));
  const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name!));
  const known = names.flatMap((name) =>
    publicMembers(exported.find((symbol) => symbol.name === name)!).map((member) => member.name),
  );
  // Where comms are opened is for tests.
  expect(known.filter((name) => name !== "host" && !listed.includes(name))).toEqual([]);
  const headings = new Set(["promptSlices", "compareMasks"]);
  expect(listed.filter((name) => !known.includes(name) && !headings.has(name))).toEqual([]);
});
