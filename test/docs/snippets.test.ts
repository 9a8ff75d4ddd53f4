import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { pages, root, type Snippet, snippetsOf } from "./pages.js";

/**
 * A page is one program, read from top to bottom: a snippet may use what an earlier one on the page declares, and may
 * declare a name again, as in a notebook. `samlab` means what it means in a notebook; in snippets marked `node` what it
 * means in a project of Node. Snippets marked `fragment` are not compiled.
 */
interface Program {
  readonly page: string;
  readonly fileName: string;
  readonly text: string;
  /** For each line of `text` the page's line, or 0. */
  readonly lines: readonly number[];
}

const entries: Readonly<Record<string, string>> = {
  samlab: "kernel-ext/notebook.ts",
  "samlab/core": "src/core/index.ts",
  "samlab/protocol": "src/protocol/index.ts",
};
const nodeEntry = "src/index.ts";

const isTypeScript = ({ language, marks }: Snippet) =>
  ["ts", "tsx", "typescript"].includes(language) && !marks.includes("fragment");

/** Packages that the page installs are taken as they come. */
function installedOn(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ code }) =>
    [...code.matchAll(/^!npm (?:i|install) (.+)$/gm)].flatMap(([, names]) => names!.split(/\s+/)),
  );
}

/** The page's snippets as one module: imports first, then each snippet in a block inside that of the one before. */
function programOf(page: string, kind: "notebook" | "node", snippets: readonly Snippet[]): Program {
  const imports = new Map<string, number>();
  const bodies: { text: string; line: number }[][] = [];
  const declared: { text: string; line: number }[] = [];
  for (const { code, line, isHidden } of snippets) {
    const source = ts.createSourceFile("snippet.ts", withoutMagics(code), ts.ScriptTarget.ES2022, true);
    const lines = source.text.split("\n").map((text, n) => ({ text, line: line + n }));
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement)) continue;
      const [from, to] = [statement.getStart(source), statement.getEnd()].map(
        (at) => source.getLineAndCharacterOfPosition(at).line,
      ) as [number, number];
      for (const text of importsOf(statement, source)) if (!imports.has(text)) imports.set(text, line + from);
      for (let n = from; n <= to; n++) lines[n] = { text: "", line: line + n };
    }
    if (isHidden) declared.push(...lines);
    else bodies.push(lines);
  }
  const all = [
    ...[...imports].map(([text, line]) => ({ text, line })),
    { text: "export {};", line: 0 },
    ...declared,
    ...bodies.flatMap((lines) => [{ text: "{", line: 0 }, ...lines]),
    { text: "}".repeat(bodies.length), line: 0 },
  ];
  return {
    page,
    fileName: join(root, `docs-${kind}`, `${page.replaceAll("/", "-")}.ts`),
    text: all.map(({ text }) => text).join("\n"),
    lines: all.map(({ line }) => line),
  };
}

/** One import for each name, so that snippets may import the same name again. */
function importsOf(statement: ts.ImportDeclaration, source: ts.SourceFile): string[] {
  const { importClause, moduleSpecifier } = statement;
  const from = moduleSpecifier.getText(source);
  if (!importClause?.namedBindings || !ts.isNamedImports(importClause.namedBindings))
    return [statement.getText(source)];
  const type = importClause.isTypeOnly ? "type " : "";
  const named = importClause.namedBindings.elements.map(
    (element) => `import ${type}{ ${element.getText(source)} } from ${from};`,
  );
  return importClause.name ? [`import ${importClause.name.text} from ${from};`, ...named] : named;
}

/** Lines of the kernel's own: `!command` and `%magic`. */
function withoutMagics(code: string): string {
  return code.replace(/^[!%].*$/gm, "");
}

function compile(programs: readonly Program[], installed: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const settings: ts.CompilerOptions = {
    ...options,
    // As in a notebook: a variable of one cell is used in the next.
    noUnusedLocals: false,
    noUnusedParameters: false,
    lib: ["lib.esnext.d.ts"],
  };
  const texts = new Map(programs.map(({ fileName, text }) => [fileName, text]));
  const ambient = join(root, "docs-notebook", "installed.d.ts");
  texts.set(ambient, installed.map((name) => `declare module ${JSON.stringify(name)};`).join("\n"));
  const host = ts.createCompilerHost(settings);
  const read = host.getSourceFile;
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = texts.get(name);
    return text === undefined
      ? read(name, languageVersion, ...rest)
      : ts.createSourceFile(name, text, languageVersion, true);
  };
  const { fileExists } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.resolveModuleNameLiterals = (literals, containingFile, redirected, own, containing) =>
    literals.map((literal) => {
      const isNode = containingFile.startsWith(join(root, "docs-node"));
      const entry = literal.text === "samlab" && isNode ? nodeEntry : entries[literal.text];
      if (entry) {
        return { resolvedModule: { resolvedFileName: join(root, entry), extension: ts.Extension.Ts } };
      }
      const mode = ts.getModeForUsageLocation(containing, literal, own);
      return ts.resolveModuleName(literal.text, containingFile, own, host, undefined, redirected, mode);
    });
  const program = ts.createProgram({ rootNames: [...texts.keys()], options: settings, host });
  return programs.flatMap(({ page, fileName, lines }) => {
    const source = program.getSourceFile(fileName);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const at = source!.getLineAndCharacterOfPosition(start).line;
      return `${page}:${lines[at] || "?"} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}

describe("snippets of README and docs/", () => {
  const all = pages().map((page) => ({ page: page.path, snippets: snippetsOf(page).filter(isTypeScript) }));

  it("are found", () => {
    expect(all.flatMap(({ snippets }) => snippets).length).toBeGreaterThan(40);
  });

  it("fit the page", () => {
    const long = pages()
      .flatMap(snippetsOf)
      .flatMap(({ page, line, code }) =>
        code.split("\n").flatMap((text, n) => (text.length > 96 ? [`${page}:${line + n} ${text}`] : [])),
      );
    // One command of the embedded model's page is as it was run.
    expect(long.filter((text) => !/samlab distill ibsi/.test(text))).toEqual([]);
  });

  it("compile against the sources", () => {
    const programs = all.flatMap(({ page, snippets }) => {
      const isNode = ({ marks }: Snippet) => marks.includes("node");
      const ofKind = { notebook: snippets.filter((snippet) => !isNode(snippet)), node: snippets.filter(isNode) };
      return (["notebook", "node"] as const)
        .filter((kind) => ofKind[kind].length > 0)
        .map((kind) => programOf(page, kind, ofKind[kind]));
    });
    expect(
      compile(
        programs,
        all.flatMap(({ snippets }) => installedOn(snippets)),
      ),
    ).toEqual([]);
  }, 120_000);
});
