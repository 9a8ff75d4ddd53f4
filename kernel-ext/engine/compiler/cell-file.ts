import { join } from "node:path";
import type { WrittenType } from "../protocol.js";
import { isEvolving, type NameKind, type TopLevelName, topLevelNames } from "./names.js";
import type { Project } from "./project.js";
import ts from "./typescript.cjs";

/** A name declared by a cell, for use in later cells. */
export interface NotebookName {
  readonly kind: NameKind;
  /** The virtual file of the cell. */
  readonly file: string;
  /** The type of a variable if it can be written down, so that the cell itself need not be checked again. */
  readonly type: WrittenType | undefined;
  /** True if its type depends on the assignments of the cell: then that in {@link ENDS} is used. */
  readonly isEvolving: boolean;
  /** The cell that declared a type of this name; a value with the same name does not replace it. */
  readonly typeFile: string | undefined;
}

/** A cell as a file: the user's text, followed by the imports and exports that connect it to other cells. */
export interface CellFile {
  readonly text: string;
  /** End of the user's text. */
  readonly end: number;
  readonly own: ReadonlyMap<string, TopLevelName>;
  /** Names of earlier cells used in the text. */
  readonly used: ReadonlyMap<string, NotebookName>;
}

/** The file of the cell being compiled; once compiled it becomes a {@link cellPath}. */
export function currentPath(project: Project, extension = ".ts"): string {
  return join(project.cwd, `__cell__${extension}`);
}

export function cellPath(project: Project, id: string, extension = ".ts"): string {
  return join(project.cwd, `__cell_${id}__${extension}`);
}

/**
 * What a cell file exports besides the cell's own names: an object with the variables whose type evolves, as they are
 * at the end of the cell. Under their own names, TypeScript would refuse them in another file.
 */
export const ENDS = "ˑends";

/** Matches the names of these files in compiler messages. */
export const CELL_FILE = /__cell_?\w*__/;

/**
 * Connects the text of a cell with earlier cells. Appended to the text, where they do not shift any positions, are
 * imports of the names it uses and exports of those it declares. No declaration files are written: what TypeScript can
 * infer, the next cell can use.
 */
export function cellFile(
  code: string,
  file: ts.SourceFile,
  notebook: ReadonlyMap<string, NotebookName>,
  own = topLevelNames(file),
  extraNames: readonly string[] = [],
): CellFile {
  const used = usedNames([...identifiers(file), ...extraNames], notebook, own);
  const lines: string[] = [];
  for (const [name, { kind, file: from, type, isEvolving: evolves, typeFile }] of used) {
    const module = JSON.stringify(`./${from}`);
    const isWritten = type && !type.names.some((each) => own.has(each) || notebook.has(each));
    if (!isWritten && !evolves && kind !== "let" && kind !== "var") {
      lines.push(`import { ${name} } from ${module};`);
      continue;
    }
    const property = evolves ? `${ENDS}.${name}` : name;
    lines.push(`declare ${kind} ${name}${isWritten ? type.text : `: typeof import(${module}).${property}`};`);
    if (typeFile !== undefined) lines.push(typeLine(name, typeFile));
  }
  for (const [name, each] of own) {
    const from = declaresType(each) ? undefined : notebook.get(name)?.typeFile;
    if (from !== undefined) lines.push(typeLine(name, from));
  }
  const exported = [...own.values()].filter((each) => !each.exported).map(({ name }) => name);
  lines.push(`export { ${exported.join(", ")} };`);
  const evolving = [...own.values()].filter(isEvolving).map(({ name }) => `${name}: ${name}`);
  if (evolving.length > 0) lines.push(`export const ${ENDS} = { ${evolving.join(", ")} };`);
  return { text: `${code}\n${lines.join(" ")}\n`, end: code.length, own, used };
}

/** Declares the type that a cell has declared under a name, beside a value of that name. */
function typeLine(name: string, file: string): string {
  return `type ${name} = import(${JSON.stringify(`./${file}`)}).${name};`;
}

/** True for a name that is a type, alone or in addition to a value. */
export function declaresType({ kind, declarations }: TopLevelName): boolean {
  if (kind !== "const" && kind !== "let" && kind !== "var" && kind !== "function") return true;
  return declarations.some((each) => ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each));
}

function usedNames(
  names: readonly string[],
  notebook: ReadonlyMap<string, NotebookName>,
  own: ReadonlyMap<string, TopLevelName>,
): Map<string, NotebookName> {
  const used = new Map<string, NotebookName>();
  // All identifiers in the text, including properties and labels: an unneeded import does no harm.
  for (const name of names) {
    const known = notebook.get(name);
    if (known && !own.has(name)) used.set(name, known);
  }
  return used;
}

function identifiers(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const stack: ts.Node[] = [file];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, (child) => {
      stack.push(child);
    });
  }
  return names;
}
