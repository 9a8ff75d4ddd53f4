import type { ExportPlan } from "../protocol.js";
import { hasModifier } from "./names.js";
import type { NameScope, NotebookVariables } from "./notebook-variables.js";
import ts from "./typescript.cjs";

/** One import declaration of the source. */
export interface FoundImport {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly bindings: readonly { readonly name: string; readonly imported: string }[];
}

/** What a source imports, which runs beforehand, and what a module exports. */
export interface FoundLinks {
  readonly imports: FoundImport[];
  readonly exports: ExportPlan[];
}

/** Collects imports and exports. Those of types alone do not exist at run time. */
export class ModuleLinks {
  readonly #scope: NameScope & { readonly isModule: boolean };
  readonly #found: FoundLinks;
  readonly #variables: NotebookVariables;

  constructor(scope: NameScope & { readonly isModule: boolean }, found: FoundLinks, variables: NotebookVariables) {
    this.#scope = scope;
    this.#found = found;
    this.#variables = variables;
  }

  addImport({ importClause: clause, moduleSpecifier, attributes }: ts.ImportDeclaration): void {
    if (clause?.isTypeOnly) return;
    const bindings: { name: string; imported: string }[] = [];
    const add = (node: ts.ImportClause | ts.NamespaceImport | ts.ImportSpecifier, imported: string) => {
      if (this.#isImportedValue(node)) bindings.push({ name: node.name!.text, imported });
    };
    if (clause?.name) add(clause, "default");
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) add(named, "*");
    else if (named) {
      for (const element of named.elements) {
        if (!element.isTypeOnly) add(element, (element.propertyName ?? element.name).text);
      }
    }
    if (clause && bindings.length === 0) return;
    for (const { name } of bindings) this.#variables.use(name);
    this.#add(moduleSpecifier, attributes, bindings);
  }

  /** `import name = require("specifier")` */
  addRequire(name: string, specifier: ts.Expression): void {
    this.#variables.use(name);
    this.#add(specifier, undefined, [{ name, imported: "=" }]);
  }

  #add(
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

  addExports({ isTypeOnly, exportClause, moduleSpecifier, attributes }: ts.ExportDeclaration): void {
    if (!this.#scope.isModule || isTypeOnly) return;
    const { exports } = this.#found;
    if (!moduleSpecifier) {
      for (const element of (exportClause as ts.NamedExports).elements) {
        const variable = (element.propertyName ?? element.name).text;
        const kind = this.#scope.own.get(variable)?.kind;
        if (element.isTypeOnly || kind === "type" || kind === "ambient") continue;
        if (kind === "import" && !this.#isExportedValue(element)) continue;
        this.#addLocal(element.name.text, variable);
      }
      return;
    }
    const from = this.#add(moduleSpecifier, attributes, []);
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
  }

  /** Exports the names that a declaration declares, if it has the modifier. */
  addDeclared(declaration: ts.Node, names: readonly string[]): void {
    if (!this.#scope.isModule || !hasModifier(declaration, ts.SyntaxKind.ExportKeyword)) return;
    const isDefault = hasModifier(declaration, ts.SyntaxKind.DefaultKeyword);
    for (const variable of names) this.#addLocal(isDefault ? "default" : variable, variable);
  }

  /** The variable for a default export without a name of its own. */
  addDefault(): string {
    const variable = "ˑdefault";
    this.#addLocal("default", variable);
    return variable;
  }

  #addLocal(exported: string, variable: string): void {
    this.#variables.use(variable);
    this.#found.exports.push({ kind: "local", exported, variable });
  }

  /** False for an import that is known to be a type. */
  #isImportedValue(node: ts.ImportClause | ts.NamespaceImport | ts.ImportSpecifier): boolean {
    return this.#isValue(node.name && this.#scope.checker.getSymbolAtLocation(node.name));
  }

  #isExportedValue(element: ts.ExportSpecifier): boolean {
    return this.#isValue(this.#scope.checker.getExportSpecifierLocalTargetSymbol(element));
  }

  #isValue(symbol: ts.Symbol | undefined): boolean {
    if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return true;
    return (this.#scope.checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
  }
}
