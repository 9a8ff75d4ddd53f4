import { join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "./pages.js";

const entries = ["src/index.ts", "src/core/index.ts", "src/protocol/index.ts", "kernel-ext/notebook.ts"];

/** Members that say all by their name and type: an interface of plain sizes need not repeat them. */
const isPlain = (name: string) => /^(?:width|height|name|toString|toJSON)$/.test(name);

function programOfEntries(): ts.Program {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  return ts.createProgram({ rootNames: entries.map((entry) => join(root, entry)), options });
}

const hasText = (symbol: ts.Symbol, checker: ts.TypeChecker) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== "";

const where = (symbol: ts.Symbol) => {
  const declaration = symbol.declarations![0]!;
  const source = declaration.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
  return `${relative(root, source.fileName)}:${line + 1}`;
};

/** What is exported, and the public members of classes and interfaces, without a docstring. */
function undocumented(): { exported: string[]; members: string[]; count: number } {
  const program = programOfEntries();
  const checker = program.getTypeChecker();
  const exported = new Set<string>();
  const members = new Set<string>();
  const seen = new Set<ts.Symbol>();
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, entry))!);
    for (const alias of checker.getExportsOfModule(module!)) {
      const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      const isSource = symbol.declarations?.some(
        (declaration) => !/node_modules/.test(declaration.getSourceFile().fileName),
      );
      if (!isSource) continue;
      if (!hasText(symbol, checker)) exported.add(`${symbol.name} (${where(symbol)})`);
      for (const member of membersOf(symbol)) {
        if (!isPlain(member.name) && !hasText(member, checker))
          members.add(`${symbol.name}.${member.name} (${where(member)})`);
      }
    }
  }
  return { exported: [...exported].sort(), members: [...members].sort(), count: seen.size };
}

function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return [];
  return [...(symbol.members?.values() ?? [])].filter(({ name, declarations }) => {
    // Constructors, type parameters, index signatures, #private and well-known symbols.
    if (/^__|^#/.test(name) || !declarations) return false;
    return declarations.every((declaration) => {
      const modifiers = ts.canHaveModifiers(declaration) ? (ts.getModifiers(declaration) ?? []) : [];
      const isHidden = modifiers.some(
        ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
      );
      const named = declaration as ts.NamedDeclaration;
      return (
        !isHidden && !ts.isTypeParameterDeclaration(declaration) && !(named.name && ts.isPrivateIdentifier(named.name))
      );
    });
  });
}

it("every public export has a docstring", () => {
  const { exported, members, count } = undocumented();
  expect(count).toBeGreaterThan(200);
  console.log(exported.length, members.length);
  console.log(members.join("\n"));
  expect(exported).toEqual([]);
}, 120_000);
