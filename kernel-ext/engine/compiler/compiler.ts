import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { GLOBAL_DECLARATIONS } from "../../stdin/declarations.js";
import type { CompiledCode, CompileResult, CompilerSetup, ImportPlan, KeptCell, WrittenType } from "../protocol.js";
import {
  CELL_FILE,
  type CellFile,
  cellFile,
  cellPath,
  currentPath,
  declaresType,
  ENDS,
  type NotebookName,
} from "./cell-file.js";
import { MISSING_MODULE, toFindings } from "./findings.js";
import { jsxNames, jsxTransformer } from "./jsx.js";
import { type CellModule, cellModule } from "./module-cell.js";
import { moduleKindErrors } from "./module-kind.js";
import { isEvolving, type TopLevelName, topLevelNames } from "./names.js";
import { type PackageFiles, Project } from "./project.js";
import { type Found, notebookTransformer } from "./transform.js";
import ts from "./typescript.cjs";
import { WEB_ASSEMBLY } from "./web-assembly.js";
import { variableType } from "./written-type.js";

/** Not errors in a notebook: a module without types is any, and `import x = require("x")` works. */
const ALLOWED = new Set([7016, 1202, 1203]);

const WARM_UP = `const warm: number[] = [1]; for (const n of warm) console.log(\`\${n}\`); warm.map((n) => n + 1)`;

/** Maximum number of cached cells. */
const MAX_COMPILED = 500;

interface CompiledCell {
  readonly code: CompiledCode;
  readonly types: ReadonlyMap<string, WrittenType>;
}

/** What was before the last cell. */
interface Replaced {
  readonly cell: string;
  /** The meaning of its names. */
  readonly names: ReadonlyMap<string, NotebookName | undefined>;
  /** For a cell that defines a module: its file in memory. */
  readonly module?: { readonly path: string; readonly text: string | undefined };
}

/** Compiles the cells of one notebook, one after another, and the modules next to it. */
export class NotebookCompiler {
  readonly project: Project;
  readonly #globals: string;
  /** The meaning of each name for the next cell. */
  readonly #names = new Map<string, NotebookName>();
  #replaced: Replaced | undefined;
  /** Cells that need not be compiled again when they are rerun, by their text. */
  readonly #compiled = new Map<string, CompiledCell>();
  /** Files included in every program: cells that add to the global scope. */
  readonly #always: string[];

  constructor(data: CompilerSetup, files?: PackageFiles) {
    this.project = new Project(data, files);
    this.#globals = join(data.cwd, "__notebook__.d.ts");
    const hasBrowser = this.project.options.lib?.some((name) => /\b(?:dom|webworker)\b/.test(name));
    this.project.setVirtual(this.#globals, hasBrowser ? GLOBAL_DECLARATIONS : GLOBAL_DECLARATIONS + WEB_ASSEMBLY);
    this.#always = [this.#globals];
  }

  get names(): ReadonlyMap<string, NotebookName> {
    return this.#names;
  }

  /** Does in advance what the first cell would have to wait for. */
  warmUp(): void {
    this.#compile(WARM_UP, "warm", false);
  }

  /** Checks and compiles a cell; without errors, its names become available to later cells. */
  compileCell(code: string, id: string): CompileResult {
    if (this.project.refreshOptions()) this.#compiled.clear();
    const module = cellModule(code);
    if (module) return this.#moduleCell(code, module, id);
    return this.#compile(withoutHashbang(code), id, true);
  }

  /** The text of a cell as a file for the language service, with its imports. */
  cellText(code: string): { path: string; text: string; offset: number } {
    const path = currentPath(this.project, ".ts");
    const { text, end } = cellFile(code, this.project.parse(path, code, ""), this.#names);
    // Code being edited may be incomplete at the end, so the imports come before it.
    const before = `${text.slice(end).trim()}\n`;
    return { path, text: before + code, offset: before.length };
  }

  roots(path: string): string[] {
    return [path, ...this.#always];
  }

  /** Declares the names of a cell that ran before, without checking it. */
  restore({ code, cell: id, types, unreached = [] }: KeptCell): void {
    const module = cellModule(code);
    if (module) {
      if ("file" in module) this.project.setVirtual(join(this.project.cwd, module.file), code);
      return;
    }
    const { cell, extension } = this.#read(code);
    this.#commit(cell, id, extension, new Map(types));
    this.revert(id, unreached);
  }

  /**
   * Gives names that the last cell declares their meaning before it, since it ended before their declarations ran:
   * those in `names`, or all of them if it has not run. A name that had none before remains known if the cell has run:
   * that it has no value says more than that there is no such name.
   */
  revert(cell: string, names?: readonly string[]): void {
    if (this.#replaced?.cell !== cell) return;
    const { module } = this.#replaced;
    if (module && !names) {
      if (module.text === undefined) this.project.removeVirtual(module.path);
      else this.project.setVirtual(module.path, module.text);
    }
    for (const [name, before] of this.#replaced.names) {
      if (names && !names.includes(name)) continue;
      if (before) this.#names.set(name, before);
      else if (!names) this.#names.delete(name);
    }
  }

  /** Compiles a user file. */
  compileModule(path: string): CompileResult & { source: string } {
    if (this.project.refreshOptions()) this.#compiled.clear();
    const source = this.project.readText(path) ?? "";
    const program = this.project.program([path, ...this.#always]);
    const file = program.getSourceFile(path);
    if (!file) return { status: "failed", reason: `${path} cannot be read.`, source };
    const diagnostics = moduleErrors(program, file);
    if (diagnostics.length > 0) return { ...this.#refused(diagnostics), source };
    const own = topLevelNames(file);
    const code = this.#emit(program, file, { own, earlier: new Set(), end: file.end, isModule: true });
    return { status: "ok", code, source };
  }

  /** Resolves an import whose specifier is known only at run time. */
  resolveFile(specifier: string, from: string): string | undefined {
    const found = this.project.resolve(specifier, from)?.resolvedFileName;
    return found !== undefined && this.#isLoadedHere(found) ? found : undefined;
  }

  #compile(code: string, id: string, keep: boolean): CompileResult {
    const { cell, extension, syntax } = this.#read(code);
    if (syntax.length > 0) return this.#refused(syntax);
    const key = `${extension}\n${cell.text}`;
    const known = this.#compiled.get(key);
    if (known && keep) {
      this.#commit(cell, id, extension, known.types);
      return { status: "ok", code: known.code, types: [...known.types] };
    }
    const path = currentPath(this.project, extension);
    this.project.setVirtual(path, cell.text);
    const program = this.project.program(this.roots(path));
    const file = program.getSourceFile(path)!;
    const diagnostics = this.#semanticDiagnostics(program, file, cell.end);
    if (diagnostics.length > 0) return this.#refused(diagnostics);
    // The names come from the file in the program: the checker knows only its nodes.
    const own = topLevelNames(withoutTail(file, cell.end));
    const earlier = new Set<string>();
    for (const [name, { kind }] of cell.used) if (kind !== "type" && kind !== "ambient") earlier.add(name);
    const compiled = this.#emit(program, file, { own, earlier, end: cell.end, isModule: false });
    if (!keep) return { status: "ok", code: compiled };
    const types = this.#typesOf(own, cell.end, program.getTypeChecker(), file);
    this.#commit({ ...cell, own }, id, extension, types);
    if (this.#dependsOnNothing(file)) this.#remember(key, { code: compiled, types });
    return { status: "ok", code: compiled, types: [...types] };
  }

  /**
   * True for a self-contained cell: it refers to no other file, and the types of the names it uses are written after
   * it.
   */
  #dependsOnNothing(file: ts.SourceFile): boolean {
    const { imports = [] } = file as ts.SourceFile & { imports?: readonly ts.Node[] };
    const references = [imports, file.referencedFiles, file.typeReferenceDirectives];
    return references.every(({ length }) => length === 0) && this.#always.length === 1;
  }

  #remember(key: string, cell: CompiledCell): void {
    this.#compiled.set(key, cell);
    if (this.#compiled.size > MAX_COMPILED) this.#compiled.delete(this.#compiled.keys().next().value!);
  }

  /** The types of the cell's names at its end, if they can be written down. */
  #typesOf(own: CellFile["own"], end: number, checker: ts.TypeChecker, file: ts.SourceFile): CompiledCell["types"] {
    const ends = evolvingEnds(file, end);
    const types = new Map<string, WrittenType>();
    for (const [name, each] of own) {
      const type = variableType(checker, each, ends.get(name));
      if (type) types.set(name, type);
    }
    return types;
  }

  /** Parses a cell, as TSX if it does not parse as TypeScript. */
  #read(code: string): { cell: CellFile; extension: string; syntax: readonly ts.Diagnostic[] } {
    const parse = (text: string, extension: string) => {
      const file = this.project.parse(currentPath(this.project, extension), text, "");
      return { text, file, extension, syntax: syntaxErrors(file) };
    };
    const readings = [() => parse(code, ".ts")];
    if (code.includes("<")) readings.push(() => parse(code, ".tsx"));
    // TypeScript first parses a trailing `await /re/` as a division, and does not backtrack.
    if (/\bawait\s*\//.test(code)) readings.push(() => parse(`${code}\n;`, ".ts"));
    const first = readings[0]!();
    let read = first;
    for (const next of readings.slice(1)) if (read.syntax.length > 0) read = next();
    const { text, file, extension, syntax } = read.syntax.length > 0 ? first : read;
    const own = topLevelNames(file);
    const extra = extension === ".tsx" ? jsxNames(this.project.options) : [];
    return { cell: cellFile(text, file, this.#names, own, extra), extension, syntax };
  }

  #moduleCell(code: string, module: CellModule, id: string): CompileResult {
    if ("refusal" in module) return { status: "failed", reason: module.refusal };
    const path = join(this.project.cwd, module.file);
    const before = this.project.isVirtual(path) ? this.project.readText(path) : undefined;
    this.#replaced = { cell: id, names: new Map(), module: { path, text: before } };
    this.project.setVirtual(path, code);
    const result = this.compileModule(path);
    if (result.status !== "ok") {
      this.revert(id);
      return result;
    }
    // It runs when another cell imports it.
    const nothing = { js: "", map: "", variables: [], declared: [], imports: [], exports: [], hasResult: false };
    return { status: "ok", code: nothing, module: path };
  }

  #semanticDiagnostics(program: ts.Program, file: ts.SourceFile, end: number): readonly ts.Diagnostic[] {
    const found = program.getSemanticDiagnostics(file).filter((each) => !isAllowed(each));
    // A variable that is never assigned is any; that error is reported only for the statements after the cell.
    const unknown = new Set(found.filter(({ code, start = 0 }) => code === 7005 && start > end).map(firstWord));
    const own = found.filter(
      (each) => (each.start ?? 0) <= end && !(each.code === 7034 && unknown.has(firstWord(each))),
    );
    return [...own, ...this.#modulesOf(program)];
  }

  /** Errors in the user's modules imported by a cell. */
  #modulesOf(program: ts.Program): ts.Diagnostic[] {
    return program
      .getSourceFiles()
      .filter(({ fileName, isDeclarationFile }) => {
        return (
          !isDeclarationFile && /\.[mc]?tsx?$/.test(fileName) && this.project.isUserFile(fileName) && !isCell(fileName)
        );
      })
      .flatMap((file) => moduleErrors(program, file));
  }

  #emit(
    program: ts.Program,
    file: ts.SourceFile,
    input: Omit<Parameters<typeof notebookTransformer>[0], "checker">,
  ): CompiledCode {
    const found: Found = { variables: new Set(), imports: [], exports: [], hasResult: false };
    const transformer = notebookTransformer({ ...input, checker: program.getTypeChecker() }, found);
    const isVariable = (name: string) => {
      const known = input.earlier.has(name) || input.own.has(name);
      if (known) found.variables.add(name);
      return known;
    };
    let js = "";
    let map = "";
    program.emit(
      file,
      (name, text) => {
        if (name.endsWith(".map")) map = text;
        else js = text;
      },
      undefined,
      false,
      { before: [transformer], after: file.fileName.endsWith("x") ? [jsxTransformer(isVariable)] : [] },
    );
    const imports = found.imports.map((each): ImportPlan => {
      return { ...each, file: this.resolveFile(each.specifier, file.fileName) };
    });
    return {
      js: js.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n").replace(/^export \{\};\n?/m, ""),
      map,
      variables: [...found.variables],
      declared: [...found.variables].filter((name) => input.own.has(name)),
      imports,
      exports: found.exports,
      hasResult: found.hasResult,
    };
  }

  #commit(cell: CellFile, id: string, extension: string, types: CompiledCell["types"]): void {
    const path = cellPath(this.project, id, extension);
    const addsGlobals = cell.text.includes("declare global") || /declare module ["']/.test(cell.text);
    this.#replaced = { cell: id, names: new Map([...cell.own.keys()].map((name) => [name, this.#names.get(name)])) };
    if (cell.own.size === 0 && !addsGlobals) return;
    this.project.setVirtual(path, cell.text);
    if (addsGlobals) {
      this.#always.push(path);
      this.#compiled.clear();
    }
    for (const [name, own] of cell.own) {
      const file = basename(path).replace(/\.tsx?$/, "");
      const typeFile = declaresType(own) ? (isPlainType(own) ? file : undefined) : this.#names.get(name)?.typeFile;
      const evolves = isEvolving(own);
      this.#names.set(name, { kind: own.kind, file, type: types.get(name), isEvolving: evolves, typeFile });
    }
  }

  #refused(diagnostics: readonly ts.Diagnostic[]): Extract<CompileResult, { status: "error" }> {
    const shownPath = (file: string) => (isCell(file) ? undefined : this.#shownPath(file));
    const files = new Set(diagnostics.flatMap(({ file }) => file ?? []));
    return {
      status: "error",
      findings: toFindings(diagnostics, shownPath, this.#names, this.project),
      replaced: [...files].flatMap((file) => this.project.replacedTypes(file)),
    };
  }

  #shownPath(path: string): string {
    const shown = relative(this.project.cwd, path);
    return isAbsolute(shown) ? path : shown;
  }

  /** Declaration files stand for the JavaScript next to them, which Node loads. */
  #isLoadedHere(path: string): boolean {
    if (this.project.isVirtual(path)) return true;
    if (!this.project.isUserFile(path) || path.endsWith(".node")) return false;
    return !/\.d\.[mc]?ts$/.test(path);
  }
}

function moduleErrors(program: ts.Program, file: ts.SourceFile): ts.Diagnostic[] {
  const errors = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return [...errors, ...moduleKindErrors(file)].filter((each) => !isAllowed(each));
}

function isAllowed({ code, file, start }: ts.Diagnostic): boolean {
  if (ALLOWED.has(code)) return true;
  if (code !== MISSING_MODULE || !file) return false;
  // What is imported for its effects may be a URL or a file of another kind, which Node loads or refuses.
  const specifiers = file.statements.flatMap((each) =>
    ts.isImportDeclaration(each) && !each.importClause ? [each.moduleSpecifier as ts.StringLiteral] : [],
  );
  const specifier = specifiers.find((each) => each.getStart(file) === start);
  if (!specifier) return false;
  const isUrl = /^(?!node:)[a-z]+:/i.test(specifier.text);
  return isUrl || (specifier.text.startsWith(".") && ts.sys.fileExists(join(dirname(file.fileName), specifier.text)));
}

/** Turns a shebang line such as `#!/usr/bin/env node` into a comment. */
function withoutHashbang(code: string): string {
  return code.replace(/^#!/, "//");
}

/** True for a type name without type parameters. */
function isPlainType({ declarations }: TopLevelName): boolean {
  return declarations.some(
    (each) => (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)) && !each.typeParameters,
  );
}

function isCell(path: string): boolean {
  return CELL_FILE.test(basename(path));
}

function firstWord({ messageText }: ts.Diagnostic): string {
  return /'([^']*)'/.exec(ts.flattenDiagnosticMessageText(messageText, "\n"))?.[1] ?? "";
}

/** The file without the statements appended by the engine. */
function withoutTail(file: ts.SourceFile, end: number): ts.SourceFile {
  const statements = file.statements.filter((statement) => statement.end <= end);
  if (statements.length === file.statements.length) return file;
  return Object.create(file, { statements: { value: statements } }) as ts.SourceFile;
}

function syntaxErrors(file: ts.SourceFile): readonly ts.Diagnostic[] {
  return (file as { parseDiagnostics?: ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
}

/** The names in {@link ENDS}, from which the checker infers the types of variables at the end of the cell. */
function evolvingEnds(file: ts.SourceFile, end: number): Map<string, ts.Node> {
  const ends = new Map<string, ts.Node>();
  for (const statement of file.statements) {
    if (statement.end <= end || !ts.isVariableStatement(statement)) continue;
    const [{ name, initializer }] = statement.declarationList.declarations as unknown as [ts.VariableDeclaration];
    if (name.getText() !== ENDS || !initializer || !ts.isObjectLiteralExpression(initializer)) continue;
    for (const each of initializer.properties) {
      if (ts.isPropertyAssignment(each)) ends.set(each.initializer.getText(), each.initializer);
    }
  }
  return ends;
}
