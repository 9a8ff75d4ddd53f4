import { relative } from "node:path";
import ts from "typescript";
import { publicEntries, publicProgram } from "../support/public-program.js";
import { root } from "./pages.js";

const { checker, exportsOf } = publicProgram();

/** Members that say all by their name. */
const plainNames = new Set(["width", "height", "name", "toString"]);

/** What the package's entries and notebooks export, each symbol once. */
export function exportedSymbols(): ts.Symbol[] {
  return [...new Set(publicEntries.flatMap(exportsOf))].filter(({ declarations = [] }) =>
    declarations.some((declaration) => !/[\\/]node_modules[\\/]/.test(declaration.getSourceFile().fileName)),
  );
}

/** The members that users of a class or an interface see, without those that it inherits. */
export function publicMembers({ flags, members }: ts.Symbol): ts.Symbol[] {
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

export const hasDocstring = (symbol: ts.Symbol) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== "";

/** The type of a property as it is written, but for `readonly`. */
export function typeOf({ declarations }: ts.Symbol): string {
  const { type } = declarations![0] as ts.PropertySignature;
  return type!.getText().replace(/\breadonly /g, "");
}

/** File and line of a symbol. */
export function placeOf({ declarations }: ts.Symbol): string {
  const [declaration] = declarations!;
  const source = declaration!.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration!.getStart());
  return `${relative(root, source.fileName)}:${line + 1}`;
}
