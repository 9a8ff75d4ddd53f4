import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import type ts from "typescript";

const PACKAGE = /^((?:@[a-z\d][\w.-]*\/)?[a-z\d][\w.-]*)(\/.+)?$/i;

/** Packages that the kernel brings along. */
export const BUNDLED: ReadonlySet<string> = new Set(["samlab", "tslab"]);

/**
 * What to do about an import that cannot be resolved; undefined if the compiler's message says all, as for a file that
 * is not there.
 * @param from the file that imports it
 * @param isBeside whether a file, or a cell that is a module, has this name beside `from`
 */
export function missingModuleRemedy(
  specifier: string,
  from: string,
  isBeside: boolean,
  { paths, configFilePath = "tsconfig.json" }: ts.CompilerOptions = {},
): string | undefined {
  if (/^[./#]|:/.test(specifier)) return undefined;
  const alias = Object.keys(paths ?? {}).find((pattern) => matches(specifier, pattern));
  if (alias !== undefined) {
    return `No file is there: see "${alias}" in the "paths" of ${String(configFilePath)}.`;
  }
  if (isBeside) return `There is a file or cell of this name: import it as "./${specifier}".`;
  const [, name, subpath] = PACKAGE.exec(specifier) ?? [];
  if (name === undefined) return `Such a path needs "paths" in a tsconfig.json: "${specifier}" is no package.`;
  if (isBuiltin(name)) return undefined;
  if (BUNDLED.has(name)) return `The package ${name} has no .${subpath}.`;
  const installed = installedAt(name, from);
  if (installed === undefined) return `Install it beside the notebook: npm install ${name}`;
  const what = subpath === undefined ? "its main entry cannot be loaded" : `it has no .${subpath}`;
  return `The package ${name} is installed, but ${what}: see "exports" in ${join(installed, "package.json")}.`;
}

/** The name of the package that an import is of; undefined for a file, an address, Node, and what the kernel brings. */
export function packageName(specifier: string): string | undefined {
  const name = PACKAGE.exec(specifier)?.[1];
  return name === undefined || isBuiltin(name) || BUNDLED.has(name) ? undefined : name;
}

function matches(specifier: string, pattern: string): boolean {
  const [start = "", end] = pattern.split("*");
  if (end === undefined) return specifier === pattern;
  return pattern !== "*" && specifier.startsWith(start) && specifier.endsWith(end);
}

/** The folder of a package, from the importing file upwards. */
export function installedAt(name: string, from: string): string | undefined {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return found;
    if (folder === dirname(folder)) return undefined;
  }
}
