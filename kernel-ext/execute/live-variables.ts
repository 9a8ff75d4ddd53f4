import type * as TypeScript from "@tslab/typescript-for-tslab";
import type { Position, SourceMap } from "./source-map.js";

const KEYWORD = "export ";

/** Code with words put into it, and a way back. */
export interface LiveCode {
  readonly code: string;
  /** The map of code made from this, as if it were made from the code before. */
  unshifted(map: SourceMap): SourceMap;
}

/**
 * Makes functions of a cell see what later cells assign to its variables. tslab ends a cell with `export { n }`, of which TypeScript makes a local `n`
 * that is copied to `exports.n` at each change: `n = 5` in a later cell changes the copy alone, and a function of this cell goes on with the old
 * value without a word. Declared as `export let n`, the variable is `exports.n` everywhere.
 */
export function liveVariables(ts: typeof TypeScript, code: string): LiveCode {
  const file = ts.createSourceFile("cell.js", code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
  const lists = file.statements.filter(
    (statement): statement is TypeScript.ExportDeclaration =>
      ts.isExportDeclaration(statement) && !statement.moduleSpecifier && !!statement.exportClause,
  );
  const exported = new Set<string>();
  for (const { exportClause } of lists) {
    if (!exportClause || !ts.isNamedExports(exportClause)) continue;
    for (const { name, propertyName } of exportClause.elements) if (!propertyName) exported.add(name.text);
  }
  const starts: number[] = [];
  const live = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement) || statement.declarationList.flags & ts.NodeFlags.Const) continue;
    const names = statement.declarationList.declarations.flatMap(({ name }) => namesOf(ts, name));
    if (!names.every((name) => exported.has(name))) continue;
    starts.push(statement.getStart(file));
    for (const name of names) live.add(name);
  }
  if (starts.length === 0) return { code, unshifted: (map) => map };
  const edits = [
    ...starts.map((start) => ({ start, end: start, text: KEYWORD })),
    // In place and as long as before: nothing behind it moves.
    ...lists.map((list) => ({
      start: list.getStart(file),
      end: list.end,
      text: withoutNames(ts, list, live).padEnd(list.end - list.getStart(file)),
    })),
  ].sort((a, b) => b.start - a.start);
  let changed = code;
  for (const { start, end, text } of edits) changed = changed.slice(0, start) + text + changed.slice(end);
  const shifts = starts.map((start) => file.getLineAndCharacterOfPosition(start));
  return { code: changed, unshifted: (map) => unshiftedMap(map, shifts) };
}

function namesOf(ts: typeof TypeScript, name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(ts, element.name) : []));
}

function withoutNames(
  ts: typeof TypeScript,
  { exportClause }: TypeScript.ExportDeclaration,
  names: ReadonlySet<string>,
) {
  if (!exportClause || !ts.isNamedExports(exportClause)) return "";
  const kept = exportClause.elements.filter(({ name, propertyName }) => propertyName || !names.has(name.text));
  const text = kept.map(({ name, propertyName }) =>
    propertyName ? `${propertyName.text} as ${name.text}` : name.text,
  );
  return `export { ${text.join(", ")} };`;
}

function unshiftedMap(map: SourceMap, shifts: readonly TypeScript.LineAndCharacter[]): SourceMap {
  return {
    ...map,
    original(position) {
      const found = map.original(position);
      return found && before(found, shifts);
    },
  };
}

function before({ line, column }: Position, shifts: readonly TypeScript.LineAndCharacter[]): Position {
  // Several statements may stand in one line; each adds a word before it.
  let at = column;
  for (const { line: shifted, character } of shifts) {
    if (shifted === line && at >= character) at = Math.max(character, at - KEYWORD.length);
  }
  return { line, column: at };
}
