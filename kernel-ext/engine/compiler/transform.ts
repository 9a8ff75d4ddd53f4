import type { ExportPlan } from "../protocol.js";
import { RUNTIME, variableIn } from "../runtime-names.js";
import { forEachBoundName, hasModifier, isInstantiated, isVarBoundary, type TopLevelName } from "./names.js";
import { isAnonymous, isReference, leftOf, skipOuter, withoutExport } from "./syntax.js";
import ts from "./typescript.cjs";

/** One import declaration of the source. */
export interface FoundImport {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly bindings: readonly { readonly name: string; readonly imported: string }[];
}

/** Information collected by the transformer. */
export interface Found {
  readonly variables: Set<string>;
  readonly imports: FoundImport[];
  readonly exports: ExportPlan[];
  hasResult: boolean;
}

export interface TransformInput {
  readonly checker: ts.TypeChecker;
  /** The names declared by the source. */
  readonly own: ReadonlyMap<string, TopLevelName>;
  /** Notebook variables from earlier cells that the source uses. */
  readonly earlier: ReadonlySet<string>;
  /** End of the user's text; statements after it were appended by the engine and are dropped. */
  readonly end: number;
  /** A module has exports and no result. */
  readonly isModule: boolean;
}

const PROMISE_METHODS = new Set(["then", "catch", "finally"]);

/**
 * Transforms a cell or module into the body of an async function. Top-level variables become properties of objects
 * shared by all cells (`thr` → `ˑthr.ˑ`), so that closures see later changes; imports are removed, to run beforehand;
 * the value of the last expression statement is stored; and code that may continue after an interrupt first checks
 * whether it may.
 */
export function notebookTransformer(input: TransformInput, found: Found): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => new Transformation(input, found, context, file).run();
}

class Transformation {
  readonly #input: TransformInput;
  readonly #found: Found;
  readonly #context: ts.TransformationContext;
  readonly #factory: ts.NodeFactory;
  readonly #file: ts.SourceFile;
  /** Declarations of names that become notebook variables. */
  readonly #declared = new Set<ts.Node>();
  /** Enclosing declarations kept as they are, inside which their own name is an ordinary one. */
  readonly #keptAround: ts.Node[] = [];
  readonly #hoisted: ts.Statement[] = [];
  readonly #grouped = new Set<ts.Node>();
  #functions = 0;
  /** True in code that may use `await`. */
  #async = true;
  #used = 0;

  constructor(input: TransformInput, found: Found, context: ts.TransformationContext, file: ts.SourceFile) {
    this.#input = input;
    this.#found = found;
    this.#context = context;
    this.#factory = context.factory;
    this.#file = file;
    for (const { kind, declarations } of input.own.values()) {
      if (kind === "type" || kind === "ambient") continue;
      for (const declaration of declarations) this.#declared.add(declaration);
    }
  }

  run(): ts.SourceFile {
    const { factory } = this;
    const statements = this.#file.statements.filter(({ end }) => end <= this.#input.end);
    const hoistedVars = [...this.#input.own.values()].filter(({ kind }) => kind === "var").map(({ name }) => name);
    const last = statements.at(-1);
    const body = statements.flatMap((statement) => this.#topLevel(statement, statement === last));
    const prelude: ts.Statement[] = [];
    if (hoistedVars.length > 0) {
      const names = hoistedVars.map((name) => factory.createStringLiteral(name));
      prelude.push(factory.createExpressionStatement(this.#cellCall("hoist", names)));
    }
    return factory.updateSourceFile(this.#file, [...prelude, ...this.#hoisted, ...body]);
  }

  get factory(): ts.NodeFactory {
    return this.#factory;
  }

  // Top-level statements

  #topLevel(statement: ts.Statement, isLast: boolean): ts.Statement[] {
    if (this.#grouped.has(statement)) return [];
    if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
    if (ts.isImportDeclaration(statement)) return this.#importDeclaration(statement);
    if (ts.isImportEqualsDeclaration(statement)) return this.#importEquals(statement);
    if (ts.isExportDeclaration(statement)) return this.#exportDeclaration(statement);
    if (ts.isExportAssignment(statement)) return this.#exportAssignment(statement, isLast);
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [];
    if (ts.isFunctionDeclaration(statement)) return this.#functionDeclaration(statement);
    if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement)) {
      return this.#keptDeclaration(statement);
    }
    if (ts.isVariableStatement(statement)) {
      this.#exportModifier(statement, (each) => {
        for (const { name } of statement.declarationList.declarations) {
          forEachBoundName(name, undefined!, ({ text }) => each(text));
        }
      });
      return this.#variableDeclarations(statement.declarationList, statement);
    }
    if (ts.isExpressionStatement(statement) && isLast && !this.#input.isModule) return [this.#result(statement)];
    return this.#statements(statement);
  }

  #statements(statement: ts.Statement): ts.Statement[] {
    const visited = this.#visit(statement);
    if (visited === undefined) return [];
    return (Array.isArray(visited) ? visited : [visited]) as ts.Statement[];
  }

  #result({ expression }: { expression: ts.Expression }): ts.Statement {
    this.#found.hasResult = true;
    const target = this.factory.createPropertyAccessExpression(this.factory.createIdentifier(RUNTIME.cell), "result");
    return this.#assignStatement(target, this.#expression(expression), expression);
  }

  #functionDeclaration(statement: ts.FunctionDeclaration): ts.Statement[] {
    const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
    if (!statement.body) return [];
    const name = statement.name?.text;
    if (name === undefined) {
      if (!this.#input.isModule) return [];
      return this.#defaultExport(this.#functionExpression(statement), statement);
    }
    const group = this.#group(statement);
    if (group.length > 1) return this.#keptGroup(statement, name, group);
    this.#exportModifier(statement, (each) => each(name), isDefault);
    const value = this.#functionExpression(statement);
    this.#hoisted.push(this.#assignStatement(this.#variable(name), value, statement));
    return [];
  }

  #functionExpression(statement: ts.FunctionDeclaration): ts.FunctionExpression {
    const visited = this.#visitChildren(statement) as ts.FunctionDeclaration;
    const modifiers = visited.modifiers?.filter(
      (modifier): modifier is ts.Modifier => modifier.kind === ts.SyntaxKind.AsyncKeyword,
    );
    const expression = this.factory.createFunctionExpression(
      modifiers,
      visited.asteriskToken,
      visited.name,
      visited.typeParameters,
      visited.parameters,
      visited.type,
      visited.body!,
    );
    return ts.setTextRange(ts.setOriginalNode(expression, statement), statement);
  }

  /** Classes, enums and namespaces stay declarations, in a block that assigns them to the variable. */
  #keptDeclaration(statement: ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration): ts.Statement[] {
    if (ts.isModuleDeclaration(statement) && (!ts.isIdentifier(statement.name) || !isInstantiated(statement)))
      return [];
    const name = statement.name?.text;
    if (name === undefined) {
      if (!this.#input.isModule) return [];
      const value = this.factory.createIdentifier(`${RUNTIME.cell}Default`);
      const named = this.#renamed(statement as ts.ClassDeclaration, value);
      return [this.factory.createBlock([named, ...this.#defaultExport(value, statement)])];
    }
    return this.#keptGroup(statement, name, this.#group(statement));
  }

  #renamed(statement: ts.ClassDeclaration, name: ts.Identifier): ts.Statement {
    const visited = this.#visitChildren(statement) as ts.ClassDeclaration;
    return this.factory.updateClassDeclaration(
      visited,
      withoutExport(visited.modifiers),
      name,
      visited.typeParameters,
      visited.heritageClauses,
      visited.members,
    );
  }

  /** All declarations that merge with the one of a statement. */
  #group(
    statement: ts.FunctionDeclaration | ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration,
  ): ts.Statement[] {
    const own = statement.name && this.#input.own.get(statement.name.text);
    const all = (own?.declarations ?? [statement]).filter(
      (node) =>
        (ts.isFunctionDeclaration(node) && node.body) ||
        ts.isClassDeclaration(node) ||
        ts.isEnumDeclaration(node) ||
        (ts.isModuleDeclaration(node) && isInstantiated(node)),
    );
    return all as ts.Statement[];
  }

  #keptGroup(statement: ts.Statement, name: string, group: readonly ts.Statement[]): ts.Statement[] {
    const { factory } = this;
    this.#keptAround.push(...group);
    const kept = group.map((each) => {
      this.#grouped.add(each);
      this.#exportModifier(each, (exported) => exported(name), hasModifier(each, ts.SyntaxKind.DefaultKeyword));
      return this.#visitChildren(each, true) as ts.Statement;
    });
    this.#keptAround.length -= group.length;
    const set = this.#assignStatement(this.#variable(name), factory.createIdentifier(name), statement);
    return [factory.createBlock([...kept, set], true)];
  }

  #variableDeclarations(list: ts.VariableDeclarationList, original: ts.Node): ts.Statement[] {
    const kind = list.flags & ts.NodeFlags.BlockScoped;
    if (kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing)
      return [this.#usingDeclarations(list, original)];
    return this.#assignments(list).map((assignment) => {
      const expression = ts.isObjectLiteralExpression(leftOf(assignment))
        ? this.factory.createParenthesizedExpression(assignment)
        : assignment;
      return ts.setTextRange(this.factory.createExpressionStatement(expression), assignment);
    });
  }

  /** `using r = open()` → `using ˑˑ1 = (ˑr.ˑ = open())`: disposed when the cell ends, and visible until then. */
  #usingDeclarations(list: ts.VariableDeclarationList, original: ts.Node): ts.Statement {
    const { factory } = this;
    const declarations = list.declarations.map((declaration) => {
      const { text } = declaration.name as ts.Identifier;
      const value = factory.createAssignment(this.#variable(text), this.#expression(declaration.initializer!));
      const name = factory.createIdentifier(`${RUNTIME.value}${RUNTIME.value}${++this.#used}`);
      return factory.createVariableDeclaration(
        name,
        undefined,
        undefined,
        factory.createParenthesizedExpression(value),
      );
    });
    const kept = factory.createVariableDeclarationList(declarations, list.flags);
    return ts.setTextRange(factory.createVariableStatement(undefined, kept), original);
  }

  /** Converts a declaration list to assignments to notebook variables. */
  #assignments(list: ts.VariableDeclarationList): ts.Expression[] {
    const isVar = !(list.flags & ts.NodeFlags.BlockScoped);
    return list.declarations.flatMap((declaration): ts.Expression[] => {
      const { name, initializer } = declaration;
      // `var x;` does not change an existing value of x.
      if (!initializer && isVar) return [];
      let value = initializer ? this.#expression(initializer) : this.factory.createVoidZero();
      if (ts.isIdentifier(name) && initializer && isAnonymous(initializer)) value = this.#named(name.text, value);
      return [ts.setTextRange(this.factory.createAssignment(this.#target(name), value), declaration)];
    });
  }

  /** Converts a binding pattern to an assignment pattern. */
  #target(name: ts.BindingName): ts.Expression {
    const { factory } = this;
    if (ts.isIdentifier(name)) return ts.setTextRange(this.#variable(name.text), name);
    if (ts.isArrayBindingPattern(name)) {
      const elements = name.elements.map((element) => {
        if (ts.isOmittedExpression(element)) return element;
        const target = this.#target(element.name);
        if (element.dotDotDotToken) return factory.createSpreadElement(target);
        return this.#withDefault(target, element);
      });
      return ts.setTextRange(factory.createArrayLiteralExpression(elements), name);
    }
    const properties = name.elements.map((element) => {
      const target = this.#target(element.name);
      if (element.dotDotDotToken) return factory.createSpreadAssignment(target);
      const key = element.propertyName ?? factory.createIdentifier((element.name as ts.Identifier).text);
      const property = (ts.isComputedPropertyName(key) ? this.#visit(key) : key) as ts.PropertyName;
      return factory.createPropertyAssignment(property, this.#withDefault(target, element));
    });
    return ts.setTextRange(factory.createObjectLiteralExpression(properties), name);
  }

  #withDefault(target: ts.Expression, { name, initializer }: ts.BindingElement): ts.Expression {
    if (!initializer) return target;
    let value = this.#expression(initializer);
    if (ts.isIdentifier(name) && isAnonymous(initializer)) value = this.#named(name.text, value);
    return this.factory.createAssignment(target, value);
  }

  // Imports and exports

  #importDeclaration(statement: ts.ImportDeclaration): ts.Statement[] {
    const clause = statement.importClause;
    if (clause?.isTypeOnly) return [];
    const bindings: { name: string; imported: string }[] = [];
    const add = (node: ts.ImportClause | ts.NamespaceImport | ts.ImportSpecifier, imported: string) => {
      if (this.#isValue(node)) bindings.push({ name: node.name!.text, imported });
    };
    if (clause?.name) add(clause, "default");
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) add(named, "*");
    else if (named) {
      for (const element of named.elements) {
        if (!element.isTypeOnly) add(element, (element.propertyName ?? element.name).text);
      }
    }
    // An import of types only is dropped at run time.
    if (clause && bindings.length === 0) return [];
    for (const { name } of bindings) this.#found.variables.add(name);
    this.#addImport(statement.moduleSpecifier, statement.attributes, bindings);
    return [];
  }

  /** False for an import that is known to be a type. */
  #isValue(node: ts.ImportClause | ts.NamespaceImport | ts.ImportSpecifier | ts.ExportSpecifier): boolean {
    const symbol = node.name && this.#input.checker.getSymbolAtLocation(node.name);
    if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return true;
    return (this.#input.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
  }

  #addImport(
    specifier: ts.Expression,
    attributes: ts.ImportAttributes | undefined,
    bindings: FoundImport["bindings"],
  ): number {
    const named = attributes?.elements.map(({ name, value }) => [
      name.text,
      ts.isStringLiteral(value) ? value.text : "",
    ]);
    this.#found.imports.push({
      specifier: (specifier as ts.StringLiteral).text,
      attributes: Object.fromEntries(named ?? []) as Record<string, string>,
      bindings,
    });
    return this.#found.imports.length - 1;
  }

  #importEquals(statement: ts.ImportEqualsDeclaration): ts.Statement[] {
    if (statement.isTypeOnly) return [];
    const { moduleReference: reference, name } = statement;
    this.#exportModifier(statement, (each) => each(name.text));
    if (ts.isExternalModuleReference(reference)) {
      this.#found.variables.add(name.text);
      this.#addImport(reference.expression, undefined, [{ name: name.text, imported: "=" }]);
      return [];
    }
    const symbol = this.#input.checker.getSymbolAtLocation(name);
    if (symbol && !(this.#input.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value)) return [];
    return [this.#assignStatement(this.#variable(name.text), this.#entity(reference), statement)];
  }

  #entity(name: ts.EntityName): ts.Expression {
    if (ts.isIdentifier(name)) return this.#isVariable(name) ? this.#variable(name.text) : name;
    return this.factory.createPropertyAccessExpression(this.#entity(name.left), name.right);
  }

  #exportDeclaration(statement: ts.ExportDeclaration): ts.Statement[] {
    if (!this.#input.isModule || statement.isTypeOnly) return [];
    const { exportClause, moduleSpecifier } = statement;
    const { exports } = this.#found;
    if (!moduleSpecifier) {
      for (const element of (exportClause as ts.NamedExports).elements) {
        const variable = (element.propertyName ?? element.name).text;
        const kind = this.#input.own.get(variable)?.kind;
        if (element.isTypeOnly || kind === "type" || kind === "ambient") continue;
        // Imports of types were not executed.
        if (kind === "import" && !this.#isExportedValue(element)) continue;
        this.#found.variables.add(variable);
        exports.push({ kind: "local", exported: element.name.text, variable });
      }
      return [];
    }
    const from = this.#addImport(moduleSpecifier, statement.attributes, []);
    if (!exportClause) exports.push({ kind: "all", from });
    else if (ts.isNamespaceExport(exportClause)) {
      exports.push({ kind: "from", exported: exportClause.name.text, imported: "*", from });
    } else {
      for (const element of exportClause.elements) {
        if (element.isTypeOnly) continue;
        const imported = (element.propertyName ?? element.name).text;
        exports.push({ kind: "from", exported: element.name.text, imported, from });
      }
    }
    return [];
  }

  #isExportedValue(element: ts.ExportSpecifier): boolean {
    const symbol = this.#input.checker.getExportSpecifierLocalTargetSymbol(element);
    if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return true;
    return (this.#input.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
  }

  #exportAssignment(statement: ts.ExportAssignment, isLast: boolean): ts.Statement[] {
    if (this.#input.isModule)
      return this.#defaultExport(this.#named("default", this.#expression(statement.expression)), statement);
    if (isLast) return [this.#result(statement)];
    return [this.factory.createExpressionStatement(this.#expression(statement.expression))];
  }

  #defaultExport(value: ts.Expression, original: ts.Node): ts.Statement[] {
    const variable = "ˑdefault";
    this.#found.variables.add(variable);
    this.#found.exports.push({ kind: "local", exported: "default", variable });
    return [this.#assignStatement(this.#variable(variable), value, original)];
  }

  #exportModifier(statement: ts.Node, names: (each: (name: string) => void) => void, isDefault = false): void {
    if (!this.#input.isModule || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return;
    names((variable) => {
      this.#found.variables.add(variable);
      this.#found.exports.push({ kind: "local", exported: isDefault ? "default" : variable, variable });
    });
  }

  // Below the top level

  #expression(expression: ts.Expression): ts.Expression {
    return this.#visit(expression) as ts.Expression;
  }

  readonly #visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
    if (ts.isIdentifier(node)) return this.#reference(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isTaggedTemplateExpression(node) && this.#isVariableCallee(node.tag)) {
      const visited = this.#visitChildren(node) as ts.TaggedTemplateExpression;
      return this.factory.updateTaggedTemplateExpression(
        visited,
        this.#unbound(visited.tag),
        undefined,
        visited.template,
      );
    }
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return ts.setTextRange(this.factory.createIdentifier(RUNTIME.meta), node);
    }
    if (ts.isTryStatement(node)) return this.#try(node);
    if (ts.isForOfStatement(node) && node.awaitModifier) return this.#forAwait(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      // Constants of `const enum` are inlined by the compiler.
      if (this.#input.checker.getConstantValue(node) !== undefined && this.#isConstEnum(node.expression)) return node;
    }
    if (ts.isVariableDeclarationList(node) && this.#isHoisted(node)) return this.#hoistedList(node);
    if (ts.isVariableStatement(node) && this.#isHoisted(node.declarationList)) {
      return this.#variableDeclarations(node.declarationList, node);
    }
    return this.#visitChildren(node);
  };

  #visitChildren(node: ts.Node, withoutExports = false): ts.Node {
    const boundary = isVarBoundary(node);
    const async = this.#async;
    if (boundary) {
      this.#functions++;
      this.#async = ts.isFunctionLike(node) && hasModifier(node, ts.SyntaxKind.AsyncKeyword);
    }
    let visited = ts.visitEachChild(node, this.#visit, this.#context);
    if (boundary) {
      this.#functions--;
      this.#async = async;
    }
    if (withoutExports) visited = this.#withoutExport(visited);
    return visited;
  }

  #withoutExport(node: ts.Node): ts.Node {
    const { factory } = this;
    if (ts.isClassDeclaration(node)) {
      const { name, typeParameters, heritageClauses, members } = node;
      const modifiers = withoutExport(node.modifiers);
      return factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
    }
    if (ts.isEnumDeclaration(node)) {
      return factory.updateEnumDeclaration(
        node,
        withoutExport(node.modifiers) as ts.Modifier[],
        node.name,
        node.members,
      );
    }
    if (ts.isModuleDeclaration(node)) {
      return factory.updateModuleDeclaration(
        node,
        withoutExport(node.modifiers) as ts.Modifier[],
        node.name,
        node.body,
      );
    }
    if (ts.isFunctionDeclaration(node)) {
      const { asteriskToken, name, typeParameters, parameters, type, body } = node;
      const modifiers = withoutExport(node.modifiers) as ts.Modifier[];
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

  #reference(node: ts.Identifier): ts.Node {
    if (!isReference(node) || !this.#isVariable(node)) return node;
    return this.#located(this.#variable(node.text), node);
  }

  #isVariable(node: ts.Identifier): boolean {
    const own = this.#input.own.get(node.text);
    if (!own && !this.#input.earlier.has(node.text)) return false;
    const { checker } = this.#input;
    const symbol =
      node.parent && ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
    const declarations = symbol?.declarations ?? [];
    if (own) {
      if (!declarations.some((declaration) => this.#declared.has(declaration))) return false;
      return !this.#keptAround.some((kept) => declarations.includes(kept as ts.Declaration));
    }
    // Declared after the user's text, see cell-file.ts.
    return declarations.some(
      (declaration) => declaration.getSourceFile() === this.#file && declaration.end > this.#input.end,
    );
  }

  #isConstEnum(node: ts.Node): boolean {
    const symbol = this.#input.checker.getSymbolAtLocation(node);
    const target =
      symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#input.checker.getAliasedSymbol(symbol) : symbol;
    return target !== undefined && (target.flags & ts.SymbolFlags.ConstEnum) !== 0;
  }

  #variable(name: string): ts.PropertyAccessExpression {
    this.#found.variables.add(name);
    return this.factory.createPropertyAccessExpression(this.factory.createIdentifier(variableIn(name)), RUNTIME.value);
  }

  /** `{ thr }` → `{ thr: ˑthr.ˑ }`, in a pattern with a default `{ thr: ˑthr.ˑ = 1 }`. */
  #shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const { factory } = this;
    const fallback = node.objectAssignmentInitializer && this.#expression(node.objectAssignmentInitializer);
    if (!this.#isVariable(node.name)) {
      if (!fallback) return node;
      return factory.updateShorthandPropertyAssignment(node, node.name, fallback);
    }
    const variable = this.#located(this.#variable(node.name.text), node.name);
    const value = fallback ? factory.createAssignment(variable, fallback) : variable;
    return this.#located(factory.createPropertyAssignment(node.name.text, value), node);
  }

  #call(node: ts.CallExpression): ts.Node {
    const { factory } = this;
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const args = node.arguments.map((argument) => this.#expression(argument));
      return this.#located(
        factory.createCallExpression(factory.createIdentifier(RUNTIME.import), undefined, args),
        node,
      );
    }
    const unbound = this.#isVariableCallee(node.expression);
    const callback = this.#isPromiseMethod(node.expression);
    const visited = this.#visitChildren(node) as ts.CallExpression;
    if (!unbound && !callback) return visited;
    const expression = unbound ? this.#unbound(visited.expression) : visited.expression;
    const args = callback ? visited.arguments.map((argument) => this.#callback(argument)) : visited.arguments;
    return ts.isCallChain(visited)
      ? factory.updateCallChain(visited, expression, visited.questionDotToken, undefined, args)
      : factory.updateCallExpression(visited, expression, undefined, args);
  }

  #isPromiseMethod(callee: ts.Expression): boolean {
    return ts.isPropertyAccessExpression(callee) && PROMISE_METHODS.has(callee.name.text);
  }

  #callback(argument: ts.Expression): ts.Expression {
    if (ts.isSpreadElement(argument)) return argument;
    return this.factory.createCallExpression(this.factory.createIdentifier(RUNTIME.callback), undefined, [argument]);
  }

  #isVariableCallee(callee: ts.Expression): boolean {
    const inner = skipOuter(callee);
    return ts.isIdentifier(inner) && this.#isVariable(inner);
  }

  /** `(0, ˑf.ˑ)`: calls a notebook function without its variable as `this`. */
  #unbound(callee: ts.Expression): ts.Expression {
    const { factory } = this;
    const comma = factory.createComma(factory.createNumericLiteral(0), skipOuter(callee));
    const unbound = ts.setTextRange(factory.createParenthesizedExpression(comma), callee);
    // V8 reports the position of a call at the parenthesis after it; map that to the start of the name.
    return ts.setEmitFlags(unbound, ts.EmitFlags.NoTrailingSourceMap | ts.EmitFlags.NoNestedSourceMaps);
  }

  #binary(node: ts.BinaryExpression): ts.Node {
    // Chains such as a + b + c … are as deeply nested as they are long.
    const chain: ts.BinaryExpression[] = [];
    let inner: ts.Expression = node;
    while (ts.isBinaryExpression(inner)) {
      chain.push(inner);
      inner = inner.left;
    }
    let left = this.#expression(inner);
    for (const each of chain.toReversed()) {
      let right = this.#expression(each.right);
      const target = each.left;
      if (each.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(target) && isAnonymous(each.right)) {
        if (left !== target) right = this.#named(target.text, right);
      }
      left = this.factory.updateBinaryExpression(each, left, each.operatorToken, right);
    }
    return left;
  }

  #await(node: ts.AwaitExpression): ts.Node {
    const visited = this.#visitChildren(node) as ts.AwaitExpression;
    const first = this.factory.createIdentifier(RUNTIME.first);
    const call = this.factory.createCallExpression(first, undefined, [visited, this.#stop()]);
    return ts.setTextRange(call, node);
  }

  /** `ˑˑdead() && await ˑˑnever()` */
  #stop(): ts.Expression {
    const { factory } = this;
    const call = (name: string) => factory.createCallExpression(factory.createIdentifier(name), undefined, []);
    return factory.createLogicalAnd(call(RUNTIME.dead), factory.createAwaitExpression(call(RUNTIME.never)));
  }

  #withStop(block: ts.Block): ts.Block {
    const stop = this.factory.createExpressionStatement(this.#stop());
    return this.factory.updateBlock(block, [stop, ...block.statements]);
  }

  #try(node: ts.TryStatement): ts.Node {
    const visited = this.#visitChildren(node) as ts.TryStatement;
    if (!this.#async) return visited;
    const { tryBlock, catchClause, finallyBlock } = visited;
    const caught =
      catchClause &&
      this.factory.updateCatchClause(catchClause, catchClause.variableDeclaration, this.#withStop(catchClause.block));
    return this.factory.updateTryStatement(visited, tryBlock, caught, finallyBlock && this.#withStop(finallyBlock));
  }

  #forAwait(node: ts.ForOfStatement): ts.Node[] {
    const visited = this.#visitChildren(node) as ts.ForOfStatement;
    const { awaitModifier, initializer, expression, statement } = visited;
    const body = this.#withStop(ts.isBlock(statement) ? statement : this.factory.createBlock([statement]));
    const loop = this.factory.updateForOfStatement(visited, awaitModifier, initializer, expression, body);
    const canFollow = ts.isSourceFile(node.parent) || ts.isBlock(node.parent) || ts.isCaseOrDefaultClause(node.parent);
    return canFollow ? [loop, this.factory.createExpressionStatement(this.#stop())] : [loop];
  }

  /** True for a nested `var` that is a notebook variable. */
  #isHoisted(list: ts.VariableDeclarationList): boolean {
    return this.#functions === 0 && !(list.flags & ts.NodeFlags.BlockScoped);
  }

  /** Loop initializers: `for (var i = 0; …)` → `for (ˑi.ˑ = 0; …)`, `for (var x of …)` → `for (ˑx.ˑ of …)`. */
  #hoistedList(list: ts.VariableDeclarationList): ts.Node {
    if (ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent)) {
      return this.#target(list.declarations[0]!.name);
    }
    const [first, ...rest] = this.#assignments(list);
    if (!first) return this.factory.createVoidZero();
    return rest.reduce((all, next) => this.factory.createComma(all, next), first);
  }

  // Helpers

  #cellCall(method: string, args: readonly ts.Expression[]): ts.Expression {
    const cell = this.factory.createIdentifier(RUNTIME.cell);
    return this.factory.createCallExpression(
      this.factory.createPropertyAccessExpression(cell, method),
      undefined,
      args,
    );
  }

  #assignStatement(target: ts.Expression, value: ts.Expression, original: ts.Node): ts.Statement {
    const assignment = ts.setTextRange(this.factory.createAssignment(target, value), original);
    return ts.setTextRange(this.factory.createExpressionStatement(assignment), original);
  }

  /** `{ f: () => 1 }.f`, which gives the function its name. */
  #named(name: string, value: ts.Expression): ts.Expression {
    const { factory } = this;
    if (!isAnonymous(value)) return value;
    const key = factory.createStringLiteral(name);
    const object = factory.createObjectLiteralExpression([factory.createPropertyAssignment(key, value)]);
    return factory.createElementAccessExpression(
      factory.createParenthesizedExpression(object),
      factory.createStringLiteral(name),
    );
  }

  #located<T extends ts.Node>(node: T, original: ts.Node): T {
    return ts.setTextRange(ts.setOriginalNode(node, original), original);
  }
}
