import { describe, expect, it } from "vitest";
import { cellsOf, pages } from "./pages.js";
import { exportedSymbols, hasDocstring, placeOf, publicMembers, typeOf } from "./public-api.js";

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
  Training: ["ShownTraining"],
  Progress: ["Progress"],
};

/** A section of a page, up to the next heading of the same level. */
function sectionOf(path: string, heading: string): string {
  const { text } = pages().find((page) => page.path === path)!;
  const level = /^#+ /.exec(heading)![0];
  return text.split(`\n${heading}\n`)[1]!.split(`\n${level}`)[0]!;
}

/** The rows of a section's tables with such a heading. */
function rowsOf(section: string, heading: RegExp): string[][] {
  const tables = section.split(/\n\n/).filter((part) => heading.test(part.trim().slice(2)));
  return tables.flatMap((table) => table.trim().split("\n").map(cellsOf));
}

/** The names in code at the start of each row. */
const namesIn = (rows: readonly (readonly string[])[]) =>
  rows.flatMap(([cell]) => [...cell!.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name!));

const membersOf = (name: string) => publicMembers(exported.find((symbol) => symbol.name === name)!);

it.each(Object.entries(sections))("docs/widgets.md lists each property, method and option: %s", (heading, names) => {
  const section = sectionOf("docs/widgets.md", `## ${heading}`);
  const listed = namesIn(rowsOf(section, /^(?:Option|Property|Method)/));
  const known = names.flatMap(membersOf).map((member) => member.name);
  // Where comms are opened is for tests.
  expect(known.filter((name) => name !== "host" && !listed.includes(name))).toEqual([]);
  const headings = new Set(["promptSlices", "compareMasks"]);
  expect(listed.filter((name) => !known.includes(name) && !headings.has(name))).toEqual([]);
});

it("docs/fine-tuning.md lists each option", () => {
  const listed = namesIn(rowsOf(sectionOf("docs/fine-tuning.md", "## Options"), /^Option/));
  expect(listed.sort()).toEqual(
    membersOf("FinetuneOptions")
      .map(({ name }) => name)
      .sort(),
  );
});

it.each(["SlicePrompterState", "MaskCompareState", "DiceChartState", "TrainingState", "ProgressState"])(
  "docs/widgets.md lists each trait, with its type: %s",
  (name) => {
    const all = sectionOf("docs/widgets.md", "## State and messages");
    const section = all.split("\n### ").find((part) => part.split("\n")[0]!.includes(`\`${name}\``))!;
    const listed = rowsOf(section, /^Trait/).slice(2);
    const inText = new Set(["protocol", "handled"]);
    const known = membersOf(name).filter((member) => !inText.has(member.name));
    expect(listed.map(([trait, type]) => [trait, type])).toEqual(
      known.map((member) => [`\`${member.name}\``, `\`${typeOf(member)}\``]),
    );
  },
);
