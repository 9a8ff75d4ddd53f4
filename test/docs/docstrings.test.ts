import { join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "./pages.js";

const entries = ["src/index.ts", "src/core/index.ts", "src/protocol/index.ts", "kernel-ext/notebook.ts"];

/** Members that say all by their name. */
const plainNames = new Set(["width", "height", "name", "toString"]);

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
const program = ts.createProgram(
  entries.map((entry) => join(root, entry)),
  options,
);
const checker = program.getTypeChecker();

function exportedSymbols(): ts.Symbol[] {
  const all = entries.flatMap((entry) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(root, entry))!)!),
  );
  const originals = all.map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  );
  return [...new Set(originals)].filter(({ declarations = [] }) =>
    declarations.some((declaration) => !/[\\/]node_modules[\\/]/.test(declaration.getSourceFile().fileName)),
  );
}

/** The members that users of a class or an interface see. */
function publicMembers({ flags, members }: ts.Symbol): ts.Symbol[] {
  if (!(flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return [];
  return [...(members?.values() ?? [])].filter(({ name, declarations = [] }) => {
    // Constructors, index signatures and well-known symbols begin with two underscores.
    if (/^__/.test(name) || plainNames.has(name) || declarations.length === 0) return false;
    return declarations.every((declaration) => {
      const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
      const named: ts.NamedDeclaration = declaration;
      return (
        (ts.getCombinedModifierFlags(declaration) & hidden) === 0 &&
        !ts.isTypeParameterDeclaration(declaration) &&
        !(named.name && ts.isPrivateIdentifier(named.name)) &&
        !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal")
      );
    });
  });
}

const hasText = (symbol: ts.Symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== "";

function place({ declarations }: ts.Symbol): string {
  const [declaration] = declarations!;
  const source = declaration!.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration!.getStart());
  return `${relative(root, source.fileName)}:${line + 1}`;
}

const exported = exportedSymbols();

it("every public export has a docstring", () => {
  expect(exported.length).toBeGreaterThan(250);
  const missing = exported.filter((symbol) => !hasText(symbol));
  expect(missing.map((symbol) => `${symbol.name} (${place(symbol)})`)).toEqual([]);
});

it("and so has every public member", () => {
  const members = exported.flatMap((symbol) => publicMembers(symbol).map((member) => ({ of: symbol.name, member })));
  expect(members.length).toBeGreaterThan(700);
  const missing = members.filter(({ member }) => !hasText(member));
  expect(missing.map(({ of, member }) => `${of}.${member.name} (${place(member)})`)).toEqual([]);
});
