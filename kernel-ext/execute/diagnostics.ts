import type { Finding } from "../engine/protocol.js";
import { ansi } from "./ansi.js";
import type { CellError } from "./cell-error.js";
import { excerptOf } from "./excerpt.js";

/** The error of a cell that does not type-check, formatted like `tsc --pretty`. `label` names the cell. */
export function describeFindings(findings: readonly Finding[], label: string): CellError {
  const traceback = findings.flatMap(({ code, messages, file, line, column, length, lineText, remedy }, index) => {
    const [first, ...details] = messages;
    const place = `${ansi.cyan(file ?? label)}:${ansi.yellow(String(line))}:${ansi.yellow(String(column))}`;
    return [
      ...(index > 0 ? [""] : []),
      `${place} - ${ansi.bold("error")} TS${code}: ${first?.text}`,
      ...details.map(({ text, depth }) => `${"  ".repeat(depth)}${text}`),
      ...(remedy === undefined ? [] : [`${ansi.yellow("→")} ${remedy}`]),
      "",
      ...excerptOf(lineText, line, column, length),
    ];
  });
  return { ename: "TypeScript error", evalue: findings[0]?.messages[0]?.text ?? "", traceback };
}
