import { RUNTIME, variableIn } from "../runtime-names.js";
import type { TopLevelName } from "./names.js";
import { skipOuter } from "./syntax.js";
import ts from "./typescript.cjs";

/** What names of a source may mean. */
export interface NameScope {
  readonly checker: ts.TypeChecker;
  /** The names declared by the source. */
  readonly own: ReadonlyMap<string, TopLevelName>;
  /** Notebook variables from earlier cells that the source uses. */
  readonly earlier: ReadonlySet<string>;
  /** End of the user's text; statements after it were appended by the engine and are dropped. */
  readonly end: number;
}

/** Tells which identifiers of a source are notebook variables, and makes the nodes for them (`thr` → `ˑthr.ˑ`). */
export class NotebookVariables {
  readonly #scope: NameScope;
  readonly #used: Set<string>;
  readonly #file: ts.SourceFile;
  readonly #factory: ts.NodeFactory;
  /** Declarations of names that become notebook variables. */
  readonly #declared = new Set<ts.Node>();
  /** Enclosing declarations kept as they are, inside which their own name is an ordinary one. */
  readonly #keptAround: ts.Node[] = [];

  /** @param used gets the name of every variable that the source uses */
  constructor(scope: NameScope, used: Set<string>, file: ts.SourceFile, factory: ts.NodeFactory) {
    this.#scope = scope;
    this.#used = used;
    this.#file = file;
    this.#factory = factory;
    for (const { kind, declarations } of scope.own.values()) {
      if (kind === "type" || kind === "ambient") continue;
      for (const declaration of declarations) this.#declared.add(declaration);
    }
  }

  has(node: ts.Identifier): boolean {
    const own = this.#scope.own.get(node.text);
    if (!own && !this.#scope.earlier.has(node.text)) return false;
    const { checker } = this.#scope;
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
      (declaration) => declaration.getSourceFile() === this.#file && declaration.end > this.#scope.end,
    );
  }

  /** True for a variable that is called. */
  hasCallee(callee: ts.Expression): boolean {
    const inner = skipOuter(callee);
    return ts.isIdentifier(inner) && this.has(inner);
  }

  use(name: string): void {
    this.#used.add(name);
  }

  node(name: string): ts.PropertyAccessExpression {
    this.use(name);
    return this.#factory.createPropertyAccessExpression(
      this.#factory.createIdentifier(variableIn(name)),
      RUNTIME.value,
    );
  }

  entity(name: ts.EntityName): ts.Expression {
    if (ts.isIdentifier(name)) return this.has(name) ? this.node(name.text) : name;
    return this.#factory.createPropertyAccessExpression(this.entity(name.left), name.right);
  }

  /** Visits declarations that are kept as they are. */
  keeping<T>(declarations: readonly ts.Node[], visit: () => T): T {
    this.#keptAround.push(...declarations);
    const visited = visit();
    this.#keptAround.length -= declarations.length;
    return visited;
  }
}
