import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "../compiler/typescript.cjs";

const TYPESCRIPT = "typescript.cjs";

/**
 * Bundles `entry`, the modules it needs, and TypeScript into one script: a start-up snapshot's script can load only
 * Node's built-in modules.
 *
 * @param entry path of a compiled ES module
 * @param typescript path of TypeScript's `typescript.js`
 */
export function bundle(entry: string, typescript: string): string {
  const bodies = bundledFiles(entry).map((path) => {
    const isTypeScript = path.endsWith(TYPESCRIPT);
    const text = readFileSync(isTypeScript ? typescript : path, "utf8");
    const body = isTypeScript ? text : toCommonJs(text);
    return `${JSON.stringify(path)}(exports, require, module, __filename, __dirname) {\n${body}\n}`;
  });
  return `
const modules = {${bodies.join(",\n")}};
const builtin = require;
const path = builtin("node:path");
const loaded = new Map();
function load(file) {
  const known = loaded.get(file);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(file, module);
  const local = (specifier) => specifier.startsWith(".") ? load(path.join(path.dirname(file), specifier)) : builtin(specifier);
  modules[file](module.exports, local, module, file.endsWith(${JSON.stringify(TYPESCRIPT)}) ? ${JSON.stringify(typescript)} : file, path.dirname(file));
  return module.exports;
}
load(${JSON.stringify(entry)});
`;
}

/** The files of {@link bundle}: `entry` and its imports. */
export function bundledFiles(entry: string): string[] {
  const files = new Set<string>();
  const paths = [entry];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    if (path.endsWith(TYPESCRIPT)) continue;
    const folder = dirname(path);
    paths.push(...localImports(readFileSync(path, "utf8")).map((specifier) => join(folder, specifier)));
  }
  return [...files];
}

function toCommonJs(text: string): string {
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
  };
  const js = ts.transpileModule(text, { compilerOptions }).outputText.replace(/^\/\/# sourceMappingURL=.*$/gm, "");
  // A single character outside Latin-1 would make V8 store the whole script with two bytes per character.
  return js.replace(/\P{ASCII}/gu, (character) => {
    return Array.from(
      { length: character.length },
      (_, n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, "0")}`,
    ).join("");
  });
}

function localImports(text: string): string[] {
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => specifier.startsWith("."));
}
