import { basename, dirname, resolve } from "node:path";
import { BUNDLED } from "../missing-module.js";
import type { Completion, Inspection, Match } from "../protocol.js";
import { CELL_FILE, ENDS, type NotebookName } from "./cell-file.js";
import type { NotebookCompiler } from "./compiler.js";
import { Documentation } from "./documentation.js";
import { nodeAt } from "./nodes.js";
import type { Project } from "./project.js";
import ts from "./typescript.cjs";

/** In-memory files that cannot be imported: cells, and declarations of the engine. */
const OF_ENGINE = /^__\w+__\./;

const BUNDLED_PATHS = Object.fromEntries([...BUNDLED].map((name) => [name, [name]]));

/** Completions and hover information for code being edited. */
export class LanguageService {
  readonly #compiler: NotebookCompiler;
  readonly #service: ts.LanguageService;
  readonly #documentation = new Documentation();
  #path = "";
  #text = "";
  /** Offset of the code in the text. */
  #offset = 0;
  #version = 0;

  constructor(compiler: NotebookCompiler) {
    this.#compiler = compiler;
    this.#service = ts.createLanguageService(this.#host(), this.#registry());
  }

  /** Completions at a cursor; all offsets in UTF-16 units. */
  complete(code: string, cursor: number): Completion {
    this.#open(code);
    const info = this.#service.getCompletionsAtPosition(this.#path, this.#offset + cursor, {
      includeExternalModuleExports: false,
    });
    const entries = (info?.entries ?? [])
      .filter(({ name }) => name !== ENDS)
      .toSorted((a, b) => a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name));
    const isInString = this.#isInString(cursor);
    const usual = info?.optionalReplacementSpan ?? this.#word(code, cursor, isInString);
    // Within a string, each entry may replace a text of its own; Jupyter knows one for all.
    const spans = [usual, ...entries.flatMap(({ replacementSpan }) => replacementSpan ?? [])];
    const start = Math.min(...spans.map((span) => span.start - this.#offset), cursor);
    const end = Math.max(...spans.map((span) => ts.textSpanEnd(span) - this.#offset), cursor);
    const offered = entries.map(({ name, kind, replacementSpan: own = usual }): Match => {
      const before = code.slice(start, own.start - this.#offset);
      const after = code.slice(ts.textSpanEnd(own) - this.#offset, end);
      return { text: before + name + after, kind };
    });
    if (info && !info.isMemberCompletion && !isInString)
      offered.unshift(...this.#notebookNames(new Set(offered.map(({ text }) => text))));
    return { matches: beginningWith(code.slice(start, cursor), offered), start, end };
  }

  /** The word before a cursor; in a string, which gets no span from TypeScript, also what follows of it. */
  #word(code: string, cursor: number, isInString: boolean): ts.TextSpan {
    const before = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, cursor))![0].length;
    const after = isInString ? /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))![0].length : 0;
    return { start: this.#offset + cursor - before, length: before + after };
  }

  #isInString(cursor: number): boolean {
    const position = this.#offset + cursor;
    const file = this.#service.getProgram()?.getSourceFile(this.#path);
    const node = file && cursor > 0 ? nodeAt(file, position - 1) : undefined;
    if (!node || !ts.isStringLiteralLike(node) || node.getStart() >= position) return false;
    return position < node.end || node.isUnterminated === true;
  }

  /** Information about the name at or just before a cursor, or about the call whose arguments are being typed. */
  inspect(code: string, cursor: number): Inspection | null {
    this.#open(code);
    const info = this.#quickInfo(cursor) ?? (cursor > 0 ? this.#quickInfo(cursor - 1) : undefined);
    return info ?? this.#signature(cursor) ?? this.#typeInfo(code, cursor) ?? null;
  }

  /** Information about a type whose name stands in the place of a value, as in a question `Sam?`. */
  #typeInfo(code: string, cursor: number): Inspection | undefined {
    const file = this.#service.getProgram()?.getSourceFile(this.#path);
    const name = file && (nameAt(file, this.#offset + cursor) ?? nameAt(file, this.#offset + cursor - 1));
    if (name === undefined) return undefined;
    const before = `type __asked__ = ${name}`;
    this.#open(`${before};\n${code}`);
    return this.#quickInfo(before.length - 1);
  }

  #quickInfo(position: number): Inspection | undefined {
    const info = this.#service.getQuickInfoAtPosition(this.#path, this.#offset + position);
    if (!info) return undefined;
    const signature = withoutImport(ts.displayPartsToString(info.displayParts));
    // The compiler's answers for an unknown name, and for an unknown type.
    if (signature === "any" || signature === "" || signature.endsWith("/*unresolved*/ any")) return undefined;
    const known = ts.displayPartsToString(info.documentation);
    if (known !== "" || (info.tags?.length ?? 0) > 0) return inspection(signature, known, info.tags);
    const [defined] = this.#service.getDefinitionAtPosition(this.#path, this.#offset + position) ?? [];
    const isHere = !defined || defined.fileName === this.#path;
    return inspection(signature, isHere ? "" : this.#documentation.at(defined.fileName, defined.textSpan.start));
  }

  #signature(position: number): Inspection | undefined {
    const help = this.#service.getSignatureHelpItems(this.#path, this.#offset + position, undefined);
    const item = help?.items[help.selectedItemIndex];
    if (!item) return undefined;
    const text = (parts: readonly ts.SymbolDisplayPart[]) => ts.displayPartsToString([...parts]);
    const parameters = item.parameters.map(({ displayParts }) => text(displayParts));
    const signature = `${text(item.prefixDisplayParts)}${parameters.join(text(item.separatorDisplayParts))}${text(item.suffixDisplayParts)}`;
    return inspection(signature, text(item.documentation), item.tags);
  }

  #open(code: string): void {
    this.#compiler.project.refreshOptions();
    const { path, text, offset } = this.#compiler.cellText(code);
    this.#path = path;
    this.#offset = offset;
    if (text !== this.#text) this.#version++;
    this.#text = text;
  }

  #notebookNames(known: ReadonlySet<string>): Match[] {
    const names = [...this.#compiler.names].filter(([name]) => !known.has(name));
    return names.map(([name, { kind }]) => ({ text: name, kind: wordFor(kind) }));
  }

  #host(): ts.LanguageServiceHost {
    const { project } = this.#compiler;
    const { compilerHost } = project;
    return {
      // Its completion knows a package that is in no node_modules by such a path. Imports are resolved without it.
      getCompilationSettings: () => ({ ...project.options, paths: { ...project.options.paths, ...BUNDLED_PATHS } }),
      getScriptFileNames: () => this.#compiler.roots(this.#path),
      getScriptVersion: (path) => (path === this.#path ? `s${this.#version}` : project.versionOf(path)),
      getScriptSnapshot: (path) =>
        path === this.#path ? ts.ScriptSnapshot.fromString(this.#text) : project.sourceFile(path)?.scriptSnapshot,
      getCurrentDirectory: () => project.cwd,
      getDefaultLibFileName: (options) => compilerHost.getDefaultLibFileName(options),
      fileExists: (path) => path === this.#path || compilerHost.fileExists(path),
      readFile: (path) => compilerHost.readFile(path),
      readDirectory: (path, ...rest) => [...ts.sys.readDirectory(path, ...rest), ...moduleCells(project, path)],
      directoryExists: (path) => compilerHost.directoryExists!(path),
      getDirectories: (path) => compilerHost.getDirectories!(path),
      realpath: (path) => (path === this.#path ? path : compilerHost.realpath!(path)),
      useCaseSensitiveFileNames: () => true,
      resolveModuleNameLiterals: (...args) => compilerHost.resolveModuleNameLiterals!(...args),
      resolveTypeReferenceDirectiveReferences: (...args) =>
        compilerHost.resolveTypeReferenceDirectiveReferences!(...args),
    };
  }

  /** Shares the source files already parsed by the compiler. */
  #registry(): ts.DocumentRegistry {
    const { project } = this.#compiler;
    const file = (path: string, version: string): ts.SourceFile =>
      path === this.#path ? project.parse(path, this.#text, version) : project.sourceFile(path)!;
    return {
      acquireDocument: (path, _settings, _snapshot, version) => file(path, version),
      acquireDocumentWithKey: (path, _path, _settings, _key, _snapshot, version) => file(path, version),
      updateDocument: (path, _settings, _snapshot, version) => file(path, version),
      updateDocumentWithKey: (path, _path, _settings, _key, _snapshot, version) => file(path, version),
      getKeyForCompilationSettings: () => "notebook" as ts.DocumentRegistryBucketKey,
      releaseDocument: () => {},
      releaseDocumentWithKey: () => {},
      reportStats: () => "",
    } as ts.DocumentRegistry;
  }
}

/** The files of the cells that define modules in a folder. */
function moduleCells(project: Project, folder: string): string[] {
  return project.virtualFiles.filter((path) => dirname(path) === resolve(folder) && !OF_ENGINE.test(basename(path)));
}

/** The name at a position, with those before its dots. */
function nameAt(file: ts.SourceFile, position: number): string | undefined {
  const node = nodeAt(file, position);
  if (!ts.isIdentifier(node) || node.getStart() > position) return undefined;
  const { parent } = node;
  const whole = ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node;
  return /^[\p{ID_Continue}$.]+$/u.exec(whole.getText())?.[0];
}

/** The matches that start with a prefix; ignoring case only if none match exactly. */
function beginningWith(prefix: string, matches: readonly Match[]): Match[] {
  const exact = matches.filter(({ text }) => text.startsWith(prefix));
  if (exact.length > 0) return exact;
  const lower = prefix.toLowerCase();
  return matches.filter(({ text }) => text.toLowerCase().startsWith(lower));
}

function wordFor(kind: NotebookName["kind"]): string {
  if (kind === "namespace") return "module";
  if (kind === "import" || kind === "ambient") return "alias";
  return kind;
}

function inspection(signature: string, documentation: string, tags: readonly ts.JSDocTagInfo[] = []): Inspection {
  const shown = tags.map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`.trimEnd());
  const rest = [documentation, ...shown].filter((part) => part !== "").join("\n\n");
  return {
    text: rest === "" ? signature : `${signature}\n\n${rest}`,
    markdown: `\`\`\`typescript\n${signature}\n\`\`\`\n${rest}`,
  };
}

/** Hides the import of a name from an earlier cell. */
function withoutImport(signature: string): string {
  return signature
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [\p{ID_Continue}$]+$/u, "")
    .replace(new RegExp(`(?:typeof )?import\\("[^"]*${CELL_FILE.source}"\\)\\.?`, "g"), "");
}
