import type { Diagnostic } from "tslab/dist/converter.js";
import { ansi } from "./ansi.js";
import type { CellError } from "./cell-error.js";
import { excerpt } from "./excerpt.js";

const MISSING_MODULE = 2307;

/** One finding of the compiler; tslab hands over a chain of messages as several diagnostics with the same span. */
interface Finding {
  readonly first: Diagnostic;
  readonly details: readonly string[];
}

function group(diagnostics: readonly Diagnostic[]): Finding[] {
  const findings: { first: Diagnostic; details: string[] }[] = [];
  for (const diagnostic of diagnostics) {
    const last = findings.at(-1);
    const continues =
      last?.first.start.offset === diagnostic.start.offset &&
      last.first.end.offset === diagnostic.end.offset &&
      // The links of a chain come without the file name that its head has.
      (diagnostic.fileName === undefined || diagnostic.fileName === last.first.fileName);
    if (continues) last.details.push(diagnostic.messageText);
    else findings.push({ first: diagnostic, details: [] });
  }
  return findings;
}

/** What the compiler could not write a declaration for follows from its other findings, if it has any. */
function withoutConsequences(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const causes = diagnostics.filter(({ code }) => code < 4000 || code > 4999);
  return causes.length > 0 ? causes : diagnostics;
}

function remedy({ code, messageText }: Diagnostic): string[] {
  const name = code === MISSING_MODULE ? /'([^'.][^']*)'/.exec(messageText)?.[1] : undefined;
  return name ? [`${ansi.yellow("→")} Install it beside the notebook: npm install ${name}`] : [];
}

/**
 * The error of a cell that does not type-check, set as `tsc --pretty` does. `label` names the cell, `read` gives the text of other
 * files at fault, by their path.
 */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  label: string,
  source: string,
  read: (fileName: string) => string | undefined,
): CellError {
  const findings = group(withoutConsequences(diagnostics));
  const traceback = findings.flatMap(({ first, details }, index) => {
    const { start, end, code, messageText, fileName } = first;
    const line = start.line + 1;
    const column = start.character + 1;
    const text = fileName === undefined ? source : (read(fileName) ?? "");
    const length = end.line === start.line ? end.offset - start.offset : Number.MAX_SAFE_INTEGER;
    const place = `${ansi.cyan(fileName ?? label)}:${ansi.yellow(String(line))}:${ansi.yellow(String(column))}`;
    return [
      ...(index > 0 ? [""] : []),
      `${place} - ${ansi.red("error")} ${ansi.gray(`TS${code}:`)} ${messageText}`,
      ...details.map((detail, depth) => `${"  ".repeat(depth + 1)}${detail}`),
      ...remedy(first),
      "",
      ...excerpt(text, line, column, length),
    ];
  });
  return { ename: "TypeScript error", evalue: findings[0]?.first.messageText ?? "", traceback };
}
