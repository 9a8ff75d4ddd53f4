import { isReference, skipOuter } from "./syntax.js";
import ts from "./typescript.cjs";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: false,
};

/**
 * Compiles an expression for the debugger. `place` returns the JavaScript for a free name; undefined for one that stays
 * unchanged.
 * @throws {SyntaxError} if the text is not valid TypeScript
 */
export function compileExpression(text: string, place: (name: string) => string | undefined): string {
  const asExpression = `(${text}\n)`;
  const isExpression = syntaxError(asExpression) === undefined;
  const wrong = isExpression ? undefined : syntaxError(text);
  if (wrong !== undefined) throw new SyntaxError(wrong);
  const { outputText } = ts.transpileModule(isExpression ? asExpression : text, {
    compilerOptions: OPTIONS,
    transformers: { before: [placeNames(place)] },
  });
  return outputText.replace(/^export \{\};\n?/m, "");
}

function syntaxError(text: string): string | undefined {
  const file = ts.createSourceFile("expression.ts", text, ts.ScriptTarget.Latest);
  const [first] = (file as { parseDiagnostics?: ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
  return first && ts.flattenDiagnosticMessageText(first.messageText, "\n");
}

function placeNames(place: (name: string) => string | undefined): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const bound = boundNames(file);
    const placed = (node: ts.Identifier) => (bound.has(node.text) ? undefined : place(node.text));
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
      if (ts.isShorthandPropertyAssignment(node)) {
        const found = placed(node.name);
        return found === undefined
          ? node
          : factory.createPropertyAssignment(node.name, factory.createIdentifier(found));
      }
      if (ts.isCallExpression(node)) {
        const callee = skipOuter(node.expression);
        const found = ts.isIdentifier(callee) ? placed(callee) : undefined;
        const visited = ts.visitEachChild(node, visit, context);
        if (found === undefined) return visited;
        const unbound = factory.createIdentifier(`(0, ${found})`);
        return ts.isCallChain(visited)
          ? factory.updateCallChain(visited, unbound, visited.questionDotToken, undefined, visited.arguments)
          : factory.updateCallExpression(visited, unbound, undefined, visited.arguments);
      }
      if (ts.isIdentifier(node) && isReference(node)) {
        const found = placed(node);
        return found === undefined ? node : factory.createIdentifier(found);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

/** All names declared anywhere in the text. */
function boundNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const look = (node: ts.Node): void => {
    const { name } = node as Partial<ts.NamedDeclaration>;
    const binds =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isFunctionExpression(node) ||
      ts.isClassLike(node);
    if (binds && name && ts.isIdentifier(name)) names.add(name.text);
    ts.forEachChild(node, look);
  };
  look(file);
  return names;
}

/** True if an error thrown at this position is caught in the same function. Line and column from zero. */
export function isCaughtAt(source: string, line: number, column: number): boolean {
  const file = ts.createSourceFile("cell.tsx", source, ts.ScriptTarget.Latest);
  if (line >= file.getLineStarts().length) return false;
  const position = Math.min(file.getPositionOfLineAndCharacter(line, 0) + column, source.length);
  let caught = false;
  const look = (node: ts.Node): void => {
    if (position < node.getStart(file) || position >= node.end) return;
    if (ts.isFunctionLike(node)) caught = false;
    if (ts.isTryStatement(node) && node.catchClause && position < node.tryBlock.end) caught = true;
    ts.forEachChild(node, look);
  };
  look(file);
  return caught;
}
