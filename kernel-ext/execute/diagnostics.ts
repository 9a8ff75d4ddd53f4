import type { ReplacedPackage } from "../engine/package-versions.js";
import type { Finding } from "../engine/protocol.js";
import { ansi } from "./ansi.js";
import type { CellError } from "./cell-error.js";
import { excerptOf } from "./excerpt.js";

/**
 * The error of a cell that does not type-check, formatted like `tsc --pretty`. `label` names the cell; `replaced` are
 * the imported packages whose types are not those of the version that is installed now.
 */
export function describeFindings(
  findings: readonly Finding[],
  label: string,
  replaced: readonly ReplacedPackage[] = [],
): CellError {
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
  for (const { name, first, now } of replaced) {
    const types = `The types are those of ${name} ${first} until the kernel is restarted`;
    traceback.push("", `${ansi.yellow("→")} ${types}; ${now} was installed after they were read.`);
  }
  return { ename: "TypeScript error", evalue: findings[0]?.messages[0]?.text ?? "", traceback };
}
