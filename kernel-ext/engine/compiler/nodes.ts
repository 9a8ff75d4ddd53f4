import { isAnonymous, skipOuter } from "./syntax.js";
import ts from "./typescript.cjs";

export function assignStatement(
  factory: ts.NodeFactory,
  target: ts.Expression,
  value: ts.Expression,
  original: ts.Node,
): ts.Statement {
  const assignment = ts.setTextRange(factory.createAssignment(target, value), original);
  return ts.setTextRange(factory.createExpressionStatement(assignment), original);
}

/** `{ f: () => 1 }.f`, which gives the function its name. */
export function named(factory: ts.NodeFactory, name: string, value: ts.Expression): ts.Expression {
  if (!isAnonymous(value)) return value;
  const key = factory.createStringLiteral(name);
  const object = factory.createObjectLiteralExpression([factory.createPropertyAssignment(key, value)]);
  return factory.createElementAccessExpression(
    factory.createParenthesizedExpression(object),
    factory.createStringLiteral(name),
  );
}

/** `(0, ˑf.ˑ)`: calls a notebook function without its variable as `this`. */
export function unbound(factory: ts.NodeFactory, callee: ts.Expression): ts.Expression {
  const comma = factory.createComma(factory.createNumericLiteral(0), skipOuter(callee));
  const node = ts.setTextRange(factory.createParenthesizedExpression(comma), callee);
  // V8 reports the position of a call at the parenthesis after it; map that to the start of the name.
  return ts.setEmitFlags(node, ts.EmitFlags.NoTrailingSourceMap | ts.EmitFlags.NoNestedSourceMaps);
}

export function located<T extends ts.Node>(node: T, original: ts.Node): T {
  return ts.setTextRange(ts.setOriginalNode(node, original), original);
}

/** A declaration without `export` and `default`; other nodes as they are. */
export function withoutExport(factory: ts.NodeFactory, node: ts.Node): ts.Node {
  if (ts.isClassDeclaration(node)) {
    const { name, typeParameters, heritageClauses, members } = node;
    const modifiers = withoutExportModifiers(node.modifiers);
    return factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
  }
  const modifiers = ts.canHaveModifiers(node) ? (withoutExportModifiers(node.modifiers) as ts.Modifier[]) : undefined;
  if (ts.isEnumDeclaration(node)) return factory.updateEnumDeclaration(node, modifiers, node.name, node.members);
  if (ts.isModuleDeclaration(node)) return factory.updateModuleDeclaration(node, modifiers, node.name, node.body);
  if (ts.isFunctionDeclaration(node)) {
    const { asteriskToken, name, typeParameters, parameters, type, body } = node;
    return factory.updateFunctionDeclaration(
      node,
      modifiers,
      asteriskToken,
      name,
      typeParameters,
      parameters,
      type,
      body,
    );
  }
  return node;
}

export function withoutExportModifiers(
  modifiers: ts.NodeArray<ts.ModifierLike> | undefined,
): ts.ModifierLike[] | undefined {
  return modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword);
}

/** The innermost node that contains a position, with the white space and comments before it. */
export function nodeAt(file: ts.SourceFile, position: number): ts.Node {
  const contains = ({ pos, end }: ts.Node) => pos <= position && position < end;
  let node: ts.Node = file;
  for (let inner: ts.Node | undefined = file; inner; ) {
    node = inner;
    inner = ts.forEachChild(inner, (child) => (contains(child) ? child : undefined));
  }
  return node;
}
