import type { Finding } from "../engine/protocol.js";
import { ansi } from "./ansi.js";
import type { CellError } from "./cell-error.js";
import { excerptOf } from "./excerpt.js";

const MISSING_MODULE = 2307;

/** The error of a cell that does not type-check, formatted like `tsc --pretty`. `label` names the cell. */
export function describeFindings(findings: readonly Finding[], label: string): CellError {
  const traceback = findings.flatMap(({ code, messages, file, line, column, length, lineText }, index) => {
    const [first, ...details] = messages;
    const place = `${ansi.cyan(file ?? label)}:${ansi.yellow(String(line))}:${ansi.yellow(String(column))}`;
    return [
      ...(index > 0 ? [""] : []),
      `${place} - ${ansi.bold("error")} TS${code}: ${first?.text}`,
      ...details.map(({ text, depth }) => `${"  ".repeat(depth)}${text}`),
      ...remedy(code, first?.text ?? ""),
      "",
      ...excerptOf(lineText, line, column, length),
    ];
  });
  return { ename: "TypeScript error", evalue: findings[0]?.messages[0]?.text ?? "", traceback };
}

function remedy(code: number, text: string): string[] {
  const name = code === MISSING_MODULE ? /'([^'.][^']*)'/.exec(text)?.[1] : undefined;
  return name ? [`${ansi.yellow("→")} Install it beside the notebook: npm install ${name}`] : [];
}
