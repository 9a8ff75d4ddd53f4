import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { type Page, pages, prose, root } from "./pages.js";

interface Link {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

function linksOf(page: Page): Link[] {
  const text = prose(page);
  const found = [
    ...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g),
    ...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm),
  ];
  return found.map(({ 1: target, index }) => ({
    page: page.path,
    line: text.slice(0, index).split("\n").length,
    target: target!,
  }));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const plain = heading!.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*_`]/g, "");
    const name = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    anchors.add(count === 0 ? name : `${name}-${count}`);
  }
  return anchors;
}

function problemOf({ page, target }: Link): string | null {
  if (/^[a-z]+:/i.test(target)) {
    const isGood = /^https:\/\/[\w.-]+\.[a-z]{2,}(?:\/\S*)?$/.test(target) || /^mailto:\S+@\S+$/.test(target);
    return isGood ? null : "is not an https address";
  }
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  if (anchor === undefined || !file.endsWith(".md")) return null;
  return anchorsOf(readFileSync(join(root, file), "utf8")).has(anchor) ? null : `${file} has no heading #${anchor}`;
}

/** A name in code that begins with one of the source folders is taken for a path of the repository. */
const sourcePath =
  /(?<=^|[`\s])((?:src|kernel-ext|widgets|test|data-samples|notebooks|docs)\/[\w./-]*\w\/?)(?=$|[`\s:])/gm;
const code = /^(```+)[\s\S]*?^\1|`[^`\n]+`/gm;

describe("links of README and docs/", () => {
  it("lead to files and headings that exist", () => {
    const links = pages().flatMap(linksOf);
    expect(links.length).toBeGreaterThan(60);
    const broken = links.flatMap((link) => {
      const problem = problemOf(link);
      return problem ? [`${link.page}:${link.line} ${link.target}: ${problem}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it("and so do paths of source files", () => {
    const missing = pages()
      .filter(({ path }) => path !== "CHANGELOG.md")
      .flatMap(({ path, text }) =>
        [...text.matchAll(code)]
          .flatMap(([block]) => [...block.matchAll(sourcePath)].map(([, file]) => file!))
          // Built, or fetched.
          .filter((file) => !/^widgets\/(?:labextension|lib)/.test(file))
          .filter((file) => ![root, join(root, dirname(path))].some((from) => existsSync(join(from, file))))
          .map((file) => `${path}: ${file}`),
      );
    expect(missing).toEqual([]);
  });

  it("reach every page of docs/ and every notebook from the README", () => {
    const readme = pages().find(({ path }) => path === "README.md")!;
    const reached = new Set(linksOf(readme).map(({ target }) => target.replace(/#.*/, "")));
    const guides = pages().filter(({ path }) => path.startsWith("docs/"));
    expect(guides.length).toBeGreaterThan(10);
    const notebooks = readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb"));
    const wanted = [...guides.map(({ path }) => path), ...notebooks.map((name) => `notebooks/${name}`)];
    expect(wanted.filter((path) => !reached.has(path))).toEqual([]);
  });
});
