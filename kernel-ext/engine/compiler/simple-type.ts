import { isEvolving } from "./cell-file.js";
import type { TopLevelName } from "./names.js";
import ts from "./typescript.cjs";

const MAX_LENGTH = 400;

const PRIMITIVE =
  ts.TypeFlags.Any |
  ts.TypeFlags.Unknown |
  ts.TypeFlags.String |
  ts.TypeFlags.Number |
  ts.TypeFlags.BigInt |
  ts.TypeFlags.Boolean |
  ts.TypeFlags.ESSymbol |
  ts.TypeFlags.Void |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null |
  ts.TypeFlags.Never;

/**
 * The rest of a declaration that gives a variable its type (`: number`, ` = 1`), if that can be said without names that may mean something else
 * elsewhere. Most variables of a notebook are numbers, texts and lists of them; written down, a chain of hundred cells is not followed again and again.
 */
export function simpleDeclaration(
  checker: ts.TypeChecker,
  name: TopLevelName,
  end: ts.Node | undefined,
): string | undefined {
  const { kind, declarations } = name;
  const [declaration] = declarations;
  if (kind !== "const" && kind !== "let" && kind !== "var") return undefined;
  if (!declaration || declarations.length !== 1) return undefined;
  const symbol = checker.getSymbolAtLocation((declaration as ts.VariableDeclaration).name);
  if (!symbol) return undefined;
  if (isEvolving(name)) {
    const type = end && checker.getTypeAtLocation(end);
    const text = type && simpleType(checker, type);
    return text === undefined || /\bnever\b|^(?:undefined|null)$/.test(text) ? undefined : `: ${text}`;
  }
  const type = checker.getTypeOfSymbol(symbol);
  if (kind === "const" && type.isLiteral()) {
    // `const a = 1` gives `let b = a` the type number; `const a: 1 = 1` does not.
    const isFresh = (type as ts.LiteralType & { freshType?: ts.Type }).freshType === type;
    if (typeof type.value === "object") return undefined;
    return `${isFresh ? " = " : ": "}${JSON.stringify(type.value)}`;
  }
  const text = simpleType(checker, type);
  return text === undefined || text.length > MAX_LENGTH ? undefined : `: ${text}`;
}

function simpleType(checker: ts.TypeChecker, type: ts.Type): string | undefined {
  if (type.flags & ts.TypeFlags.EnumLike) return undefined;
  if (type.flags & PRIMITIVE) return checker.typeToString(type);
  if (type.isStringLiteral() || type.isNumberLiteral()) return JSON.stringify(type.value);
  if (type.isUnion()) {
    if (type.aliasSymbol) return undefined;
    const parts = type.types.map((part) => simpleType(checker, part));
    return parts.every((part) => part !== undefined) ? parts.join(" | ") : undefined;
  }
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    const text = element && simpleType(checker, element);
    if (text === undefined) return undefined;
    return type.symbol.name === "ReadonlyArray" ? `readonly (${text})[]` : `(${text})[]`;
  }
  return undefined;
}
