import ts from "typescript";
import { expect, it } from "vitest";
import { publicEntries, publicProgram } from "./support/public-program.js";

const { checker, exportsOf, original } = publicProgram();

const isOurs = (node: ts.Node) => !/[\\/]node_modules[\\/]/.test(node.getSourceFile().fileName);

const isHidden = (member: ts.Node) =>
  ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal") ||
  (ts.isClassElement(member) &&
    ((ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0 ||
      ts.isClassStaticBlockDeclaration(member) ||
      (member.name !== undefined && ts.isPrivateIdentifier(member.name))));

/** Functions make the widgets: notebooks get their classes as types. */
const isUncalled = (member: ts.Node) =>
  ts.isConstructorDeclaration(member) && member.getSourceFile().fileName.includes("/kernel-ext/widgets/");

/**
 * The types that an entry's signatures name but that it does not export. Bases of interfaces need no export: their
 * members are inherited.
 */
function missingTypes(entry: string): string[] {
  const own = exportsOf(entry);
  // A notebook can import from all entries.
  const exported = new Set(entry === "kernel-ext/notebook.ts" ? publicEntries.flatMap(exportsOf) : own);
  const missing = new Map<ts.Symbol, string>();
  const seen = new Set<ts.Node>();

  const refer = (name: ts.Node, from: string, isBase: boolean) => {
    const symbol = checker.getSymbolAtLocation(name);
    if (!symbol) return;
    const target = original(symbol);
    const declarations = (target.declarations ?? []).filter(isOurs);
    const isType = (target.flags & (ts.SymbolFlags.Type & ~ts.SymbolFlags.TypeParameter)) !== 0;
    if (!isType || declarations.length === 0) return;
    if (!exported.has(target) && !isBase) missing.set(target, `${target.name}, named by ${from}`);
    for (const declaration of declarations) visit(declaration, target.name);
  };

  /** The types that are named anywhere in a node. */
  const walk = (node: ts.Node, from: string, isBase = false): void => {
    if (isHidden(node) || ts.isBlock(node)) return;
    // The value behind `typeof` decides the type, which stands on its own.
    if (ts.isTypeQueryNode(node)) return;
    if (ts.isTypeReferenceNode(node)) refer(node.typeName, from, isBase);
    if (ts.isExpressionWithTypeArguments(node)) refer(node.expression, from, isBase);
    ts.forEachChild(node, (child) => walk(child, from, isBase || ts.isHeritageClause(node)));
  };

  const visit = (declaration: ts.Declaration, name: string): void => {
    if (seen.has(declaration)) return;
    seen.add(declaration);
    if (ts.isClassDeclaration(declaration)) {
      for (const clause of declaration.heritageClauses ?? []) walk(clause, name, true);
      for (const member of declaration.members)
        if (!isHidden(member) && !isUncalled(member)) signature(member, `${name}.${nameOf(member)}`);
    } else signature(declaration, name);
  };

  const signature = (node: ts.Node, name: string): void => {
    if (ts.isFunctionLike(node)) {
      for (const part of [...(node.typeParameters ?? []), ...node.parameters]) if (!isHidden(part)) typed(part, name);
      typed(node, name);
    } else if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) typed(node, name);
    else walk(node, name);
  };

  /**
   * The declared type of a parameter, variable or result; otherwise the one that the compiler would write into a
   * declaration file.
   */
  const typed = (node: ts.Node & { readonly type?: ts.TypeNode | undefined }, name: string): void => {
    if (ts.isTypeParameterDeclaration(node)) walk(node, name);
    else if (node.type) walk(node.type, name);
    else {
      const call = ts.isFunctionLike(node) && checker.getSignatureFromDeclaration(node);
      const type = call ? checker.getReturnTypeOfSignature(call) : checker.getTypeAtLocation(node);
      if (!ts.isConstructorDeclaration(node)) inferred(type, name);
    }
  };

  const inferred = (type: ts.Type, name: string): void => {
    const symbol = type.aliasSymbol ?? type.symbol;
    const declarations = (symbol?.declarations ?? []).filter(isOurs);
    const isNamed = declarations.some((each) => ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each));
    if (isNamed && !exported.has(symbol)) missing.set(symbol, `${symbol.name}, inferred in ${name}`);
    if (isNamed) for (const declaration of declarations) visit(declaration, symbol.name);
    if (type.isUnionOrIntersection()) for (const part of type.types) inferred(part, name);
    for (const argument of checker.getTypeArguments(type as ts.TypeReference)) inferred(argument, name);
  };

  for (const symbol of own) for (const each of symbol.declarations ?? []) if (isOurs(each)) visit(each, symbol.name);
  return [...missing.values()].sort();
}

const nameOf = (member: ts.ClassElement) => member.name?.getText() ?? "constructor";

it.each(publicEntries)("%s exports every type that its signatures name", (entry) => {
  expect(missingTypes(entry)).toEqual([]);
});
