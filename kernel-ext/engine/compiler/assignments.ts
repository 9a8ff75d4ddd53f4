import { RUNTIME } from "../runtime-names.js";
import { named } from "./nodes.js";
import type { NotebookVariables } from "./notebook-variables.js";
import { isAnonymous, leftOf } from "./syntax.js";
import ts from "./typescript.cjs";

/** Converts declarations of notebook variables to assignments. */
export class Assignments {
  readonly #factory: ts.NodeFactory;
  readonly #variables: NotebookVariables;
  readonly #visit: <T extends ts.Node>(node: T) => T;
  #resources = 0;

  /** @param visit transforms the expressions inside declarations */
  constructor(factory: ts.NodeFactory, variables: NotebookVariables, visit: <T extends ts.Node>(node: T) => T) {
    this.#factory = factory;
    this.#variables = variables;
    this.#visit = visit;
  }

  statements(list: ts.VariableDeclarationList, original: ts.Node): ts.Statement[] {
    const kind = list.flags & ts.NodeFlags.BlockScoped;
    if (kind === ts.NodeFlags.Using || kind === ts.NodeFlags.AwaitUsing) return [this.#using(list, original)];
    return this.#expressions(list).map((assignment) => {
      const expression = ts.isObjectLiteralExpression(leftOf(assignment))
        ? this.#factory.createParenthesizedExpression(assignment)
        : assignment;
      return ts.setTextRange(this.#factory.createExpressionStatement(expression), assignment);
    });
  }

  /** Loop initializers: `for (var i = 0; …)` → `for (ˑi.ˑ = 0; …)`, `for (var x of …)` → `for (ˑx.ˑ of …)`. */
  initializer(list: ts.VariableDeclarationList): ts.Node {
    if (ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent)) {
      return this.#target(list.declarations[0]!.name);
    }
    const [first, ...rest] = this.#expressions(list);
    if (!first) return this.#factory.createVoidZero();
    return rest.reduce((all, next) => this.#factory.createComma(all, next), first);
  }

  /** `using r = open()` → `using ˑˑ1 = (ˑr.ˑ = open())`: disposed when the cell ends, and visible until then. */
  #using(list: ts.VariableDeclarationList, original: ts.Node): ts.Statement {
    const factory = this.#factory;
    const declarations = list.declarations.map((declaration) => {
      const { text } = declaration.name as ts.Identifier;
      const value = factory.createAssignment(this.#variables.node(text), this.#visit(declaration.initializer!));
      const name = factory.createIdentifier(`${RUNTIME.value}${RUNTIME.value}${++this.#resources}`);
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

  #expressions(list: ts.VariableDeclarationList): ts.Expression[] {
    const isVar = !(list.flags & ts.NodeFlags.BlockScoped);
    return list.declarations.flatMap((declaration): ts.Expression[] => {
      const { name, initializer } = declaration;
      // `var x;` does not change an existing value of x.
      if (!initializer && isVar) return [];
      const value = initializer ? this.#value(name, initializer) : this.#factory.createVoidZero();
      return [ts.setTextRange(this.#factory.createAssignment(this.#target(name), value), declaration)];
    });
  }

  /** Converts a binding pattern to an assignment pattern. */
  #target(name: ts.BindingName): ts.Expression {
    const factory = this.#factory;
    if (ts.isIdentifier(name)) return ts.setTextRange(this.#variables.node(name.text), name);
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
      const property = ts.isComputedPropertyName(key) ? this.#visit(key) : key;
      return factory.createPropertyAssignment(property, this.#withDefault(target, element));
    });
    return ts.setTextRange(factory.createObjectLiteralExpression(properties), name);
  }

  #withDefault(target: ts.Expression, { name, initializer }: ts.BindingElement): ts.Expression {
    return initializer ? this.#factory.createAssignment(target, this.#value(name, initializer)) : target;
  }

  #value(name: ts.BindingName, initializer: ts.Expression): ts.Expression {
    const value = this.#visit(initializer);
    return ts.isIdentifier(name) && isAnonymous(initializer) ? named(this.#factory, name.text, value) : value;
  }
}
