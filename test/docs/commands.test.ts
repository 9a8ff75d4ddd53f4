import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allCommands } from "../../kernel-ext/cli/commands.js";
import { readArguments } from "../../src/cli/arguments.js";
import { pages, root, snippetsOf } from "./pages.js";

interface Line {
  readonly page: string;
  readonly text: string;
}

/** Lines of shell code, and commands in the text: without comments, continued lines joined. */
function shellLines(): Line[] {
  return pages().flatMap((page) => {
    const blocks = snippetsOf(page).filter(({ language }) => ["sh", "yaml"].includes(language));
    const inBlocks = blocks.flatMap(({ code }) => code.replace(/\\\n\s*/g, " ").split("\n"));
    const inText = [...page.text.matchAll(/`((?:samlab|npx samlab|npm) [^`\n]+)`/g)].map(([, text]) => text!);
    return [...inBlocks, ...inText].map((text) => ({ page: page.path, text: text.replace(/\s#\s.*$/, "") }));
  });
}

/** The words of each call of a program in a line of shell. */
function callsOf(program: string, line: string): string[][] {
  return line
    .split(/&&|\|\||[;|]/)
    .map((part) =>
      [...part.trim().matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g)].map(([word]) => word.replace(/^["']|["'\]]+$/g, "")),
    )
    .map((words) => words.slice(words.indexOf(program)))
    .filter(([first]) => first === program);
}

describe("commands of README and docs/", () => {
  const lines = shellLines();

  it("are commands of samlab, with options that they have", () => {
    const calls = lines.flatMap(({ page, text }) => callsOf("samlab", text).map(([, ...words]) => ({ page, words })));
    expect(calls.length).toBeGreaterThan(40);
    const wrong = calls.flatMap(({ page, words: [name, ...words] }) => {
      const command = allCommands.find((one) => one.name === name);
      if (!command) return /^[a-z]+$/.test(name ?? "") ? [`${page}: samlab ${name}`] : [];
      try {
        readArguments(
          words.filter((word) => word !== "--help"),
          command.options,
        );
        return [];
      } catch (error) {
        return [`${page}: samlab ${name} ${words.join(" ")}: ${(error as Error).message}`];
      }
    });
    expect(wrong).toEqual([]);
  });

  it("are scripts of package.json", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const names = lines.flatMap(({ page, text }) =>
      [...text.matchAll(/\bnpm run ([\w-]+)/g)].map(([, name]) => ({ page, name: name! })),
    );
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter(({ name }) => !(name in scripts))).toEqual([]);
  });
});
