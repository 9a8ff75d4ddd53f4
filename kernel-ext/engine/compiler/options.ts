import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "./typescript.cjs";

/** Compiler options of a notebook and their source. */
export interface NotebookOptions {
  readonly options: ts.CompilerOptions;
  /** The tsconfig.json that was read, and its modification time. */
  readonly configFile: string | undefined;
  readonly configTime: number;
  /** What is wrong with tsconfig.json, a line for each error. */
  readonly faults: readonly string[];
}

const DEFAULTS: ts.CompilerOptions = {
  strict: true,
  lib: ["lib.esnext.d.ts"],
  esModuleInterop: true,
  jsx: ts.JsxEmit.React,
  noUncheckedSideEffectImports: true,
};

/** Options required by the engine, overriding tsconfig.json. */
const FIXED: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  allowJs: true,
  checkJs: false,
  resolveJsonModule: true,
  // Otherwise each of a hundred library files would be looked up among the packages.
  libReplacement: false,
  skipLibCheck: true,
  preserveConstEnums: true,
  sourceMap: true,
  removeComments: false,
  noEmitOnError: false,
  // Nothing is written; but without an output folder, the output of a JavaScript file would overwrite the file itself.
  outDir: "/",
  // A variable of one cell may be used in the next.
  noUnusedLocals: false,
  noUnusedParameters: false,
};

/** Build options that have no effect in a notebook or would interfere. */
const LEFT_OUT = [
  "allowUmdGlobalAccess",
  "composite",
  "declaration",
  "declarationDir",
  "declarationMap",
  "emitDeclarationOnly",
  "erasableSyntaxOnly",
  "importHelpers",
  "importsNotUsedAsValues",
  "incremental",
  "inlineSourceMap",
  "inlineSources",
  "isolatedDeclarations",
  "isolatedModules",
  "mapRoot",
  "noEmit",
  "outFile",
  "preserveValueImports",
  "rewriteRelativeImportExtensions",
  "rootDir",
  "rootDirs",
  "sourceRoot",
  "tsBuildInfoFile",
  "verbatimModuleSyntax",
];

/** The nearest tsconfig.json, from the notebook's folder upwards. */
export function findConfig(cwd: string): string | undefined {
  return ts.findConfigFile(cwd, ts.sys.fileExists);
}

export function configTime(file: string | undefined): number {
  return file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/**
 * Reads the options for notebooks in `cwd`; `root` is samlab's folder, whose own `@types` are not visible to notebooks.
 */
export function readOptions(cwd: string, root: string): NotebookOptions {
  const configFile = findConfig(cwd);
  const { found, faults } = configFile === undefined ? { found: {}, faults: [] } : readConfig(configFile);
  for (const name of LEFT_OUT) delete found[name];
  const options: ts.CompilerOptions = { ...DEFAULTS, ...found, ...FIXED };
  // Node's types are those of every cell, whatever a project limits its files to.
  options.types = [...new Set(["node", ...(options.types ?? ambientTypes(cwd, root))])];
  return { options, configFile, configTime: configTime(configFile), faults };
}

/** A project without files, which is what the engine makes of each. */
const NO_FILES = new Set([18002, 18003]);

function readConfig(file: string): { found: ts.CompilerOptions; faults: string[] } {
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile) as { config?: unknown; error?: ts.Diagnostic };
  // The project's files are not needed, and there may be many.
  const host: ts.ParseConfigHost = { ...ts.sys, useCaseSensitiveFileNames: true, readDirectory: () => [] };
  const { options, errors } = ts.parseJsonConfigFileContent(config ?? {}, host, dirname(file), undefined, file);
  const found = [...(error ? [error] : []), ...errors].filter(({ code }) => !NO_FILES.has(code));
  return { found: options, faults: found.map((each) => faultText(each, file)) };
}

function faultText({ file, start, messageText }: ts.Diagnostic, path: string): string {
  const at = file && start !== undefined ? ts.getLineAndCharacterOfPosition(file, start) : undefined;
  const place = at ? `:${at.line + 1}:${at.character + 1}` : "";
  return `${file?.fileName ?? path}${place}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

/** Type packages that are global in each cell if tsconfig.json names none: those installed by the user. */
function ambientTypes(cwd: string, root: string): string[] {
  const names = new Set<string>();
  for (let folder = cwd; ; folder = dirname(folder)) {
    const types = join(folder, "node_modules", "@types");
    if (folder !== root && existsSync(types)) {
      for (const name of readdirSync(types)) if (!name.startsWith(".")) names.add(name);
    }
    if (folder === dirname(folder)) return [...names];
  }
}
