import { questionedName } from "../../execute/help.js";
import type { Completeness } from "../protocol.js";
import ts from "./typescript.cjs";

/** Cells are compiled as modules, which allow top-level `await`. */
const PREFIX = "export {};\n";
const TAB = "  ";

const UNTERMINATED_STRING = 1002;
const COMMENT_END_EXPECTED = 1010;
const UNTERMINATED_TEMPLATE = 1160;

/** Two empty lines at the end of a console input force it to run. */
const FORCED = /\n[ \t]*\n[ \t]*$/;

/** Whether a cell can run, needs more lines, or is invalid whatever follows. */
export function completeness(code: string): Completeness {
  if (questionedName(code) !== undefined) return { status: "complete" };
  const text = PREFIX + code;
  const source = ts.createSourceFile("cell.ts", text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: ts.Diagnostic[] };
  if (parseDiagnostics.length === 0) return { status: "complete" };
  const end = text.trimEnd().length;
  const wantsMore = parseDiagnostics.every(({ code: error, start = 0, length = 0 }) => {
    if (error === UNTERMINATED_TEMPLATE || error === COMMENT_END_EXPECTED) return true;
    if (error === UNTERMINATED_STRING) return start + length >= end;
    return start >= end;
  });
  if (!wantsMore) return { status: "invalid" };
  return FORCED.test(code) ? { status: "complete" } : { status: "incomplete", indent: nextIndent(code) };
}

/** The indent of the last line, one level more if it leaves a bracket open. */
function nextIndent(code: string): string {
  const line = code.slice(code.lastIndexOf("\n") + 1);
  const indent = /^[ \t]*/.exec(line)![0];
  const opened = (line.match(/[[{(]/g) ?? []).length - (line.match(/[\]})]/g) ?? []).length;
  return opened > 0 ? indent + TAB : indent;
}
