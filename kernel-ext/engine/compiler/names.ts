import ts from "./typescript.cjs";

/** What a top-level name of a cell refers to. */
export type NameKind =
  | "const"
  | "let"
  | "var"
  | "function"
  | "class"
  | "enum"
  | "namespace"
  | "type"
  | "import"
  /** `declare …`: the name exists elsewhere in this process. */
  | "ambient";

export interface TopLevelName {
  readonly name: string;
  readonly kind: NameKind;
  /** The declarations of the name; several for overloads and merged declarations. */
  readonly declarations: ts.Node[];
  /** True if the source itself exports the name under the same name. */
  exported: boolean;
}

/** A variable whose type depends on later assignments: `let best;`, `const rows = []`. */
export function isEvolving({ kind, declarations }: TopLevelName): boolean {
  const [declaration] = declarations;
  if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.type) return false;
  const { initializer } = declaration;
  // The type of a loop variable comes from the loop.
  if (ts.isForInStatement(declaration.parent.parent) || ts.isForOfStatement(declaration.parent.parent)) return false;
  if (!initializer) return kind === "let" || kind === "var";
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0;
  const isNothing =
    initializer.kind === ts.SyntaxKind.NullKeyword ||
    (ts.isIdentifier(initializer) && initializer.text === "undefined");
  return isNothing && (kind === "let" || kind === "var");
}

/** The top-level names declared by a cell or module, including `var` inside blocks. */
export function topLevelNames(file: ts.SourceFile): Map<string, TopLevelName> {
  const names = new Map<string, TopLevelName>();
  const add = (name: string, kind: NameKind, declaration: ts.Node, exported = false) => {
    const known = names.get(name);
    if (!known) {
      names.set(name, { name, kind, declarations: [declaration], exported });
      return;
    }
    known.declarations.push(declaration);
    known.exported ||= exported;
    // If a name is both a type and a value, the value's kind is used.
    if (known.kind === "type" && kind !== "type") names.set(name, { ...known, kind });
  };
  for (const statement of file.statements) addStatement(statement, add);
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) continue;
    forEachHoistedVar(statement, (name, declaration) => add(name.text, "var", declaration));
  }
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause) continue;
    if (!ts.isNamedExports(statement.exportClause)) continue;
    for (const element of statement.exportClause.elements) {
      const own = names.get(element.name.text);
      if (own) own.exported = true;
    }
  }
  return names;
}

type Add = (name: string, kind: NameKind, declaration: ts.Node, exported?: boolean) => void;

function addStatement(statement: ts.Statement, add: Add): void {
  const ambient = hasModifier(statement, ts.SyntaxKind.DeclareKeyword);
  const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
  const exported = hasModifier(statement, ts.SyntaxKind.ExportKeyword) && !isDefault;
  const kind = (own: NameKind): NameKind => (ambient && own !== "type" ? "ambient" : own);
  if (ts.isVariableStatement(statement)) {
    const list = statement.declarationList;
    for (const declaration of list.declarations) {
      forEachBoundName(declaration.name, declaration, (name, node) =>
        add(name.text, kind(variableKind(list)), node, exported),
      );
    }
  } else if (ts.isFunctionDeclaration(statement)) {
    if (statement.name) add(statement.name.text, kind("function"), statement, exported);
  } else if (ts.isClassDeclaration(statement)) {
    if (statement.name) add(statement.name.text, kind("class"), statement, exported);
  } else if (ts.isEnumDeclaration(statement)) {
    add(statement.name.text, kind("enum"), statement, exported);
  } else if (ts.isModuleDeclaration(statement)) {
    if (ts.isIdentifier(statement.name) && !(statement.flags & ts.NodeFlags.GlobalAugmentation)) {
      add(statement.name.text, isInstantiated(statement) ? kind("namespace") : "type", statement, exported);
    }
  } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    add(statement.name.text, "type", statement, exported);
  } else if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    if (clause?.name) add(clause.name.text, "import", clause);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name.text, "import", bindings);
    else if (bindings) for (const element of bindings.elements) add(element.name.text, "import", element);
  } else if (ts.isImportEqualsDeclaration(statement)) {
    add(statement.name.text, "import", statement, exported);
  }
}

function variableKind(list: ts.VariableDeclarationList): "const" | "let" | "var" {
  const flags = list.flags & ts.NodeFlags.BlockScoped;
  if (flags === 0) return "var";
  return flags === ts.NodeFlags.Let ? "let" : "const";
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);
}

/** False for a namespace that contains only types. */
export function isInstantiated(declaration: ts.ModuleDeclaration): boolean {
  const { body } = declaration;
  if (!body) return false;
  if (ts.isModuleDeclaration(body)) return isInstantiated(body);
  if (!ts.isModuleBlock(body)) return false;
  return body.statements.some((statement) => {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return false;
    if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return false;
    return !ts.isModuleDeclaration(statement) || isInstantiated(statement);
  });
}

/** Calls `each` for the names bound by a declaration, with the node that declares each. */
export function forEachBoundName(
  name: ts.BindingName,
  declaration: ts.VariableDeclaration | ts.BindingElement,
  each: (name: ts.Identifier, declaration: ts.Node) => void,
): void {
  if (ts.isIdentifier(name)) {
    each(name, declaration);
    return;
  }
  for (const element of name.elements) {
    if (ts.isBindingElement(element)) forEachBoundName(element.name, element, each);
  }
}

/** Calls `each` for the names declared by `var` below a statement, outside functions. */
function forEachHoistedVar(node: ts.Node, each: (name: ts.Identifier, declaration: ts.Node) => void): void {
  if (isVarBoundary(node)) return;
  if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
    for (const declaration of node.declarations) forEachBoundName(declaration.name, declaration, each);
  }
  ts.forEachChild(node, (child) => forEachHoistedVar(child, each));
}

/** True for nodes that limit the scope of `var`. */
export function isVarBoundary(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isClassStaticBlockDeclaration(node)
  );
}
