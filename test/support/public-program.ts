import { join } from "node:path";
import ts from "typescript";
import { samlabPackage } from "../../src/io/files/package.js";

const { root } = samlabPackage;

/** What users can import, in programs and notebooks, as paths from the package root. */
export const publicEntries: readonly string[] = [
  "src/index.ts",
  "src/core/index.ts",
  "src/protocol/index.ts",
  "kernel-ext/notebook.ts",
];

/** The types of what the entries export, for tests that look at all of it. */
export function publicProgram() {
  known ??= compile();
  return known;
}

/** Files of a test worker share it. */
let known: ReturnType<typeof compile> | undefined;

function compile() {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const paths = publicEntries.map((entry) => join(root, entry));
  const program = ts.createProgram(paths, options);
  const checker = program.getTypeChecker();
  /** Where a symbol that is exported again from elsewhere is declared. */
  const original = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return {
    checker,
    original,
    /** The original symbols of what one entry exports. */
    exportsOf: (entry: string): ts.Symbol[] => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, entry))!)!;
      return checker.getExportsOfModule(module).map(original);
    },
  };
}
