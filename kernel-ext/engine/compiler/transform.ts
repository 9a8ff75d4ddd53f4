import { RUNTIME } from "../runtime-names.js";
import { Assignments } from "./assignments.js";
import { awaitWithStop, callbackWithStop, forAwaitWithStop, isPromiseMethod, tryWithStop } from "./interruptible.js";
import { type FoundLinks, ModuleLinks } from "./module-links.js";
import { forEachBoundName, hasModifier, isInstantiated, isVarBoundary } from "./names.js";
import { assignStatement, located, named, unbound, withoutExport, withoutExportModifiers } from "./nodes.js";
import { type NameScope, NotebookVariables } from "./notebook-variables.js";
import { isAnonymous, isReference } from "./syntax.js";
import ts from "./typescript.cjs";

/** Information collected by the transformer. */
export interface Found extends FoundLinks {
  readonly variables: Set<string>;
  hasResult: boolean;
}

export interface TransformInput extends NameScope {
  /** A module has exports and no result. */
  readonly isModule: boolean;
}

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
  readonly #variables: NotebookVariables;
  readonly #links: ModuleLinks;
  readonly #assignments: Assignments;
  readonly #hoisted: ts.Statement[] = [];
  readonly #grouped = new Set<ts.Node>();
  #functions = 0;
  /** True in code that may use `await`. */
  #async = true;

  constructor(input: TransformInput, found: Found, context: ts.TransformationContext, file: ts.SourceFile) {
    const { factory } = context;
    this.#input = input;
    this.#found = found;
    this.#context = context;
    this.#factory = factory;
    this.#file = file;
    this.#variables = new NotebookVariables(input, found.variables, file, factory);
    this.#links = new ModuleLinks(input, found, this.#variables);
    this.#assignments = new Assignments(factory, this.#variables, (node) => this.#visit(node) as typeof node);
  }

  run(): ts.SourceFile {
    const factory = this.#factory;
    const statements = this.#file.statements.filter(({ end }) => end <= this.#input.end);
    const hoistedVars = [...this.#input.own.values()].filter(({ kind }) => kind === "var").map(({ name }) => name);
    const last = statements.at(-1);
    const body = statements.flatMap((statement) => this.#topLevel(statement, statement === last));
    const prelude: ts.Statement[] = [];
    if (hoistedVars.length > 0) {
      const names = hoistedVars.map((name) => factory.createStringLiteral(name));
      const hoist = factory.createPropertyAccessExpression(factory.createIdentifier(RUNTIME.cell), "hoist");
      prelude.push(factory.createExpressionStatement(factory.createCallExpression(hoist, undefined, names)));
    }
    return factory.updateSourceFile(this.#file, [...prelude, ...this.#hoisted, ...body]);
  }

  // Top-level statements

  #topLevel(statement: ts.Statement, isLast: boolean): ts.Statement[] {
    if (this.#grouped.has(statement)) return [];
    if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
    if (ts.isImportDeclaration(statement)) {
      this.#links.addImport(statement);
      return [];
    }
    if (ts.isImportEqualsDeclaration(statement)) return this.#importEquals(statement);
    if (ts.isExportDeclaration(statement)) {
      this.#links.addExports(statement);
      return [];
    }
    if (ts.isExportAssignment(statement)) return this.#exportAssignment(statement, isLast);
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [];
    if (ts.isFunctionDeclaration(statement)) return this.#functionDeclaration(statement);
    if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement)) {
      return this.#keptDeclaration(statement);
    }
    if (ts.isVariableStatement(statement)) {
      const names: string[] = [];
      for (const { name } of statement.declarationList.declarations) {
        forEachBoundName(name, undefined!, ({ text }) => names.push(text));
      }
      this.#links.addDeclared(statement, names);
      return this.#assignments.statements(statement.declarationList, statement);
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
    const target = this.#factory.createPropertyAccessExpression(this.#factory.createIdentifier(RUNTIME.cell), "result");
    return assignStatement(this.#factory, target, this.#expression(expression), expression);
  }

  #importEquals(statement: ts.ImportEqualsDeclaration): ts.Statement[] {
    if (statement.isTypeOnly) return [];
    const { moduleReference: reference, name } = statement;
    this.#links.addDeclared(statement, [name.text]);
    if (ts.isExternalModuleReference(reference)) {
      this.#links.addRequire(name.text, reference.expression);
      return [];
    }
    const symbol = this.#input.checker.getSymbolAtLocation(name);
    if (symbol && !(this.#input.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value)) return [];
    const target = this.#variables.node(name.text);
    return [assignStatement(this.#factory, target, this.#variables.entity(reference), statement)];
  }

  #exportAssignment(statement: ts.ExportAssignment, isLast: boolean): ts.Statement[] {
    if (this.#input.isModule) {
      const value = named(this.#factory, "default", this.#expression(statement.expression));
      return this.#defaultExport(value, statement);
    }
    if (isLast) return [this.#result(statement)];
    return [this.#factory.createExpressionStatement(this.#expression(statement.expression))];
  }

  #defaultExport(value: ts.Expression, original: ts.Node): ts.Statement[] {
    const variable = this.#variables.node(this.#links.addDefault());
    return [assignStatement(this.#factory, variable, value, original)];
  }

  #functionDeclaration(statement: ts.FunctionDeclaration): ts.Statement[] {
    if (!statement.body) return [];
    const name = statement.name?.text;
    if (name === undefined) {
      if (!this.#input.isModule) return [];
      return this.#defaultExport(this.#functionExpression(statement), statement);
    }
    const group = this.#group(statement);
    if (group.length > 1) return this.#keptGroup(statement, name, group);
    this.#links.addDeclared(statement, [name]);
    const value = this.#functionExpression(statement);
    this.#hoisted.push(assignStatement(this.#factory, this.#variables.node(name), value, statement));
    return [];
  }

  #functionExpression(statement: ts.FunctionDeclaration): ts.FunctionExpression {
    const visited = this.#visitChildren(statement) as ts.FunctionDeclaration;
    const modifiers = visited.modifiers?.filter(
      (modifier): modifier is ts.Modifier => modifier.kind === ts.SyntaxKind.AsyncKeyword,
    );
    const expression = this.#factory.createFunctionExpression(
      modifiers,
      visited.asteriskToken,
      visited.name,
      visited.typeParameters,
      visited.parameters,
      visited.type,
      visited.body!,
    );
    return located(expression, statement);
  }

  /** Classes, enums and namespaces stay declarations, in a block that assigns them to the variable. */
  #keptDeclaration(statement: ts.ClassDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration): ts.Statement[] {
    if (ts.isModuleDeclaration(statement) && (!ts.isIdentifier(statement.name) || !isInstantiated(statement)))
      return [];
    const name = statement.name?.text;
    if (name === undefined) {
      if (!this.#input.isModule) return [];
      const value = this.#factory.createIdentifier(`${RUNTIME.cell}Default`);
      const withName = this.#renamed(statement as ts.ClassDeclaration, value);
      return [this.#factory.createBlock([withName, ...this.#defaultExport(value, statement)])];
    }
    return this.#keptGroup(statement, name, this.#group(statement));
  }

  #renamed(statement: ts.ClassDeclaration, name: ts.Identifier): ts.Statement {
    const visited = this.#visitChildren(statement) as ts.ClassDeclaration;
    return this.#factory.updateClassDeclaration(
      visited,
      withoutExportModifiers(visited.modifiers),
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
    const factory = this.#factory;
    const kept = this.#variables.keeping(group, () =>
      group.map((each) => {
        this.#grouped.add(each);
        this.#links.addDeclared(each, [name]);
        return withoutExport(factory, this.#visitChildren(each)) as ts.Statement;
      }),
    );
    const set = assignStatement(factory, this.#variables.node(name), factory.createIdentifier(name), statement);
    return [factory.createBlock([...kept, set], true)];
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
    if (ts.isTaggedTemplateExpression(node) && this.#variables.hasCallee(node.tag)) {
      const visited = this.#visitChildren(node) as ts.TaggedTemplateExpression;
      const tag = unbound(this.#factory, visited.tag);
      return this.#factory.updateTaggedTemplateExpression(visited, tag, undefined, visited.template);
    }
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isAwaitExpression(node)) {
      const visited = this.#visitChildren(node) as ts.AwaitExpression;
      return ts.setTextRange(awaitWithStop(this.#factory, visited), node);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return ts.setTextRange(this.#factory.createIdentifier(RUNTIME.meta), node);
    }
    if (ts.isTryStatement(node)) {
      const visited = this.#visitChildren(node) as ts.TryStatement;
      return this.#async ? tryWithStop(this.#factory, visited) : visited;
    }
    if (ts.isForOfStatement(node) && node.awaitModifier) {
      const { parent } = node;
      const canFollow = ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent);
      return forAwaitWithStop(this.#factory, this.#visitChildren(node) as ts.ForOfStatement, canFollow);
    }
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      // Constants of `const enum` are inlined by the compiler.
      if (this.#input.checker.getConstantValue(node) !== undefined && this.#isConstEnum(node.expression)) return node;
    }
    if (ts.isVariableDeclarationList(node) && this.#isHoisted(node)) return this.#assignments.initializer(node);
    if (ts.isVariableStatement(node) && this.#isHoisted(node.declarationList)) {
      return this.#assignments.statements(node.declarationList, node);
    }
    return this.#visitChildren(node);
  };

  #visitChildren(node: ts.Node): ts.Node {
    if (!isVarBoundary(node)) return ts.visitEachChild(node, this.#visit, this.#context);
    const async = this.#async;
    this.#functions++;
    this.#async = ts.isFunctionLike(node) && hasModifier(node, ts.SyntaxKind.AsyncKeyword);
    const visited = ts.visitEachChild(node, this.#visit, this.#context);
    this.#functions--;
    this.#async = async;
    return visited;
  }

  /** True for a nested `var` that is a notebook variable. */
  #isHoisted(list: ts.VariableDeclarationList): boolean {
    return this.#functions === 0 && !(list.flags & ts.NodeFlags.BlockScoped);
  }

  #isConstEnum(node: ts.Node): boolean {
    const symbol = this.#input.checker.getSymbolAtLocation(node);
    const target =
      symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#input.checker.getAliasedSymbol(symbol) : symbol;
    return target !== undefined && (target.flags & ts.SymbolFlags.ConstEnum) !== 0;
  }

  #reference(node: ts.Identifier): ts.Node {
    if (!isReference(node) || !this.#variables.has(node)) return node;
    return located(this.#variables.node(node.text), node);
  }

  /** `{ thr }` → `{ thr: ˑthr.ˑ }`, in a pattern with a default `{ thr: ˑthr.ˑ = 1 }`. */
  #shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const factory = this.#factory;
    const fallback = node.objectAssignmentInitializer && this.#expression(node.objectAssignmentInitializer);
    if (!this.#variables.has(node.name)) {
      if (!fallback) return node;
      return factory.updateShorthandPropertyAssignment(node, node.name, fallback);
    }
    const variable = located(this.#variables.node(node.name.text), node.name);
    const value = fallback ? factory.createAssignment(variable, fallback) : variable;
    return located(factory.createPropertyAssignment(node.name.text, value), node);
  }

  #call(node: ts.CallExpression): ts.Node {
    const factory = this.#factory;
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const args = node.arguments.map((argument) => this.#expression(argument));
      return located(factory.createCallExpression(factory.createIdentifier(RUNTIME.import), undefined, args), node);
    }
    const isVariable = this.#variables.hasCallee(node.expression);
    const isMethod = isPromiseMethod(node.expression);
    const visited = this.#visitChildren(node) as ts.CallExpression;
    if (!isVariable && !isMethod) return visited;
    const expression = isVariable ? unbound(factory, visited.expression) : visited.expression;
    const args = isMethod
      ? visited.arguments.map((argument) => callbackWithStop(factory, argument))
      : visited.arguments;
    return ts.isCallChain(visited)
      ? factory.updateCallChain(visited, expression, visited.questionDotToken, undefined, args)
      : factory.updateCallExpression(visited, expression, undefined, args);
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
        if (left !== target) right = named(this.#factory, target.text, right);
      }
      left = this.#factory.updateBinaryExpression(each, left, each.operatorToken, right);
    }
    return left;
  }
}
