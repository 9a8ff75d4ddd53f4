import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A Markdown file of the documentation. */
export interface Page {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Snippet {
  readonly page: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language, e.g. `node` or `fragment`. */
  readonly marks: readonly string[];
  /** In a comment that readers do not see. */
  readonly isHidden: boolean;
  readonly code: string;
}

const topLevel = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
const elsewhere = [
  "widgets/README.md",
  "data-samples/README.md",
  "data-samples/sarcoma/README.md",
  "data-samples/volumes/README.md",
  "data-samples/models/lite-medsam-clicks/README.md",
];

/** Every page that is checked: those of the repository's top level, of docs/, of data-samples/ and of the widgets. */
export function pages(): Page[] {
  const guides = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  return [...topLevel, ...guides.sort(), ...elsewhere].map((path) => ({
    path,
    text: readFileSync(join(root, path), "utf8"),
  }));
}

/**
 * The fenced blocks of a page, and blocks in a comment `<!-- ts … -->`, which readers do not see: they declare what the
 * text around a snippet has explained.
 */
export function snippetsOf({ path, text }: Page): Snippet[] {
  const found: Snippet[] = [];
  const lines = text.split("\n");
  for (let n = 0; n < lines.length; n++) {
    const fence = /^(\s*)(```+)(\w*)\s*([^`]*)$/.exec(lines[n]!);
    const hidden = /^<!-- ts\s*$/.exec(lines[n]!);
    if (!fence && !hidden) continue;
    const end = (line: string) => (fence ? line.trim() === fence[2] : line.trim() === "-->");
    const from = n + 1;
    for (n = from; n < lines.length && !end(lines[n]!); ) n++;
    const indent = fence?.[1]?.length ?? 0;
    found.push({
      page: path,
      line: from + 1,
      language: fence ? fence[3]! : "ts",
      marks: fence?.[4] ? fence[4].split(/\s+/) : [],
      isHidden: hidden !== null,
      code: lines
        .slice(from, n)
        .map((line) => line.slice(indent))
        .join("\n"),
    });
  }
  return found;
}

/** The cells of a table's row, without the marks of code that stands for a bar. */
export function cellsOf(row: string): string[] {
  const inner = row.trim().replace(/^\||(?<!\\)\|$/g, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** The page without code: links and headings are only looked for in what is left. Lines stay where they are. */
export function prose({ text }: Page): string {
  const blank = (match: string) => match.replace(/[^\n]/g, " ");
  return text
    .replace(/^(\s*)(```+)[^`\n]*\n[\s\S]*?^\s*\2\s*$/gm, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/`[^`\n]+`/g, (code) => code.replaceAll(/[[\]()<]/g, " "));
}
