import { topLevelNames } from "./names.js";
import ts from "./typescript.cjs";

/** TypeScript's error for a name that is not there. */
const MISSING_NAME = 2304;
/** TypeScript's error for an import or export in a CommonJS file. */
const IN_COMMON_JS = 1286;

/** What to do about a file that exports in a way that its ending does not allow, by the code of the error. */
export function moduleKindRemedy({ code, messageText }: ts.Diagnostic): string | undefined {
  if (code === IN_COMMON_JS) return "Name the file .mjs or .ts, or use require and module.exports.";
  if (code !== MISSING_NAME || !/'(?:exports|module)'/.test(String(messageText))) return undefined;
  return "Export with `export` or `export =`; JavaScript that assigns to exports belongs in a .cjs file.";
}

/**
 * The errors of a user's file that fail only at run time: a statement of a TypeScript file that assigns to `exports` or
 * `module.exports`, which its code does not have, and an import or export in a .cjs file, which Node loads.
 */
export function moduleKindErrors(file: ts.SourceFile): ts.Diagnostic[] {
  if (file.fileName.endsWith(".cjs")) {
    const { externalModuleIndicator: sign } = file as { externalModuleIndicator?: ts.Node };
    return sign ? [errorAt(sign, file, IN_COMMON_JS, "Imports and exports cannot be written in a .cjs file.")] : [];
  }
  if (!/\.[mc]?tsx?$/.test(file.fileName) || file.isDeclarationFile) return [];
  return file.statements.flatMap((statement) => {
    const name = assignedExports(statement);
    if (!name || topLevelNames(file).has(name.text)) return [];
    return [errorAt(name, file, MISSING_NAME, `Cannot find name '${name.text}'.`)];
  });
}

/** The first name of `exports.a = …`, `module.exports = …`, or `module.exports.a = …`. */
function assignedExports(statement: ts.Statement): ts.Identifier | undefined {
  if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return undefined;
  const { left, operatorToken } = statement.expression;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  let target: ts.Expression = left;
  let outer: ts.Expression | undefined;
  while (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
    outer = target;
    target = target.expression;
  }
  if (!outer || !ts.isIdentifier(target)) return undefined;
  const isModule = target.text === "module" && ts.isPropertyAccessExpression(outer) && outer.name.text === "exports";
  return isModule || target.text === "exports" ? target : undefined;
}

function errorAt(node: ts.Node, file: ts.SourceFile, code: number, messageText: string): ts.Diagnostic {
  const start = node.getStart(file);
  return { file, start, length: node.end - start, code, messageText, category: ts.DiagnosticCategory.Error };
}
