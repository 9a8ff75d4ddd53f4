import type { WrittenType } from "../protocol.js";
import { isEvolving, type TopLevelName } from "./names.js";
import ts from "./typescript.cjs";

const MAX_LENGTH = 400;

const LIBRARY = /[\\/]node_modules[\\/]typescript[\\/]lib[\\/]lib\.[\w.]+\.d\.ts$/;

const NOWHERE = ts.createSourceFile("type.ts", "", ts.ScriptTarget.Latest);

const WRITABLE = new Set([
  ts.SyntaxKind.AnyKeyword,
  ts.SyntaxKind.UnknownKeyword,
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.SymbolKeyword,
  ts.SyntaxKind.ObjectKeyword,
  ts.SyntaxKind.VoidKeyword,
  ts.SyntaxKind.UndefinedKeyword,
  ts.SyntaxKind.NullKeyword,
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
  ts.SyntaxKind.NeverKeyword,
  ts.SyntaxKind.LiteralType,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.BigIntLiteral,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.ArrayType,
  ts.SyntaxKind.TupleType,
  ts.SyntaxKind.NamedTupleMember,
  ts.SyntaxKind.OptionalType,
  ts.SyntaxKind.RestType,
  ts.SyntaxKind.UnionType,
  ts.SyntaxKind.IntersectionType,
  ts.SyntaxKind.ParenthesizedType,
  ts.SyntaxKind.TypeLiteral,
  ts.SyntaxKind.PropertySignature,
  ts.SyntaxKind.MethodSignature,
  ts.SyntaxKind.IndexSignature,
  ts.SyntaxKind.FunctionType,
  ts.SyntaxKind.Parameter,
  ts.SyntaxKind.DotDotDotToken,
  ts.SyntaxKind.QuestionToken,
  ts.SyntaxKind.ReadonlyKeyword,
]);

const ANYTHING: WrittenType = { text: ": any", names: [] };

const FLAGS = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.UseStructuralFallback;

const printer = ts.createPrinter({ removeComments: true });

/**
 * The type of a variable, if it can be written without names of cells and modules. Most notebook variables are numbers,
 * strings, arrays and plain objects; with their types written down, a chain of a hundred cells need not be checked
 * again and again.
 */
export function variableType(
  checker: ts.TypeChecker,
  name: TopLevelName,
  end: ts.Node | undefined,
): WrittenType | undefined {
  const { kind, declarations } = name;
  const [declaration] = declarations;
  if (kind !== "const" && kind !== "let" && kind !== "var") return undefined;
  if (!declaration || declarations.length !== 1) return undefined;
  const symbol = checker.getSymbolAtLocation((declaration as ts.VariableDeclaration).name);
  if (!symbol) return undefined;
  if (isEvolving(name)) {
    const type = end && checker.getTypeAtLocation(end);
    const written = type && writtenType(checker, type);
    // It says nothing about what later cells will assign.
    return written && /\bnever\b|^: (?:undefined|null)$/.test(written.text) ? ANYTHING : written;
  }
  // Doc comments are shown by the language service, which finds them in the cell.
  if (ts.getJSDocCommentsAndTags(declaration).length > 0 || /\/\*\*/.test(declaration.getText())) return undefined;
  const type = checker.getTypeOfSymbol(symbol);
  if (kind === "const" && type.isLiteral()) {
    // `const a = 1` makes `let b = a` a number; `const a: 1 = 1` does not.
    const isFresh = (type as ts.LiteralType & { freshType?: ts.Type }).freshType === type;
    if (typeof type.value === "object" || type.flags & ts.TypeFlags.EnumLike) return undefined;
    return { text: `${isFresh ? " = " : ": "}${JSON.stringify(type.value)}`, names: [] };
  }
  return writtenType(checker, type);
}

function writtenType(checker: ts.TypeChecker, type: ts.Type): WrittenType | undefined {
  const node = checker.typeToTypeNode(type, undefined, FLAGS);
  if (!node) return undefined;
  const names = new Set<string>();
  if (!isWritable(node, names)) return undefined;
  const text = printer.printNode(ts.EmitHint.Unspecified, node, NOWHERE).replace(/\s+/g, " ");
  return text.length > MAX_LENGTH ? undefined : { text: `: ${text}`, names: [...names] };
}

/** True for a type that means the same in every cell. Collects the built-in names it uses. */
function isWritable(node: ts.Node, names: Set<string>): boolean {
  if (ts.isTypeReferenceNode(node)) {
    if (!ts.isIdentifier(node.typeName) || !isOfLanguage(node.typeName)) return false;
    names.add(node.typeName.text);
    return (node.typeArguments ?? []).every((each) => isWritable(each, names));
  }
  if (ts.isIdentifier(node)) return true;
  if (ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isParameter(node)) {
    if (!ts.isIdentifier(node.name) && !ts.isStringLiteral(node.name) && !ts.isNumericLiteral(node.name)) return false;
  }
  const isReadonly = ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword;
  if (!isReadonly && !WRITABLE.has(node.kind)) return false;
  if ("typeParameters" in node && node.typeParameters !== undefined) return false;
  return ts.forEachChild(node, (child) => !isWritable(child, names) || undefined) === undefined;
}

function isOfLanguage(name: ts.Identifier): boolean {
  const { symbol } = name as ts.Identifier & { symbol?: ts.Symbol };
  const declarations = symbol?.declarations ?? [];
  return declarations.length > 0 && declarations.every((each) => LIBRARY.test(each.getSourceFile().fileName));
}
