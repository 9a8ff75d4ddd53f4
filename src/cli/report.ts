import type { EvaluationResult } from "../evaluate/result/evaluation-result.js";
import { presetOfPlan } from "../evaluate/run/preset-view.js";
import { writeFileAtomic } from "../io/files/write-file.js";
import type { Console } from "./command.js";
import { overallTable, summaryTables } from "./summary-tables.js";
import { textTable } from "./text-table.js";

/** Writes an evaluation's files and prints its summary, with the scores that its preset's study reported. */
export async function reportResult(
  result: EvaluationResult,
  files: { readonly out?: string | undefined; readonly json?: string | undefined },
  console: Console,
): Promise<void> {
  const { out, json } = files;
  if (out !== undefined) await result.save(out);
  const summary = result.summary();
  const columns = presetOfPlan(result.plan)?.scores.columns ?? [];
  const others = columns.filter((metric) => metric !== summary.metric).map((metric) => result.summary({ metric }));
  if (json !== undefined) {
    const scores = others.map(({ metric, groups, overall, tests }) => ({ metric, groups, overall, tests }));
    const written = scores.length > 0 ? { ...summary, others: scores } : summary;
    await writeFileAtomic(json, new TextEncoder().encode(`${JSON.stringify(written, null, 2)}\n`));
  }
  const tables = [...summaryTables(summary), ...others.map(overallTable)].map(
    ({ title, names, rows }) => `${title && `${title}\n`}${textTable(names, rows)}`,
  );
  console.out(tables.join("\n"));
  console.out(`\n${result.footnote}\n${summary.notes}\n`);
  const reasons = new Map<string, number>();
  for (const row of result.failures) {
    const reason = `${row.case}: ${row.failure}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, rows] of [...reasons].slice(0, 20)) console.err(`failed (${rows} rows): ${reason}\n`);
  if (reasons.size > 20) console.err(`… and ${reasons.size - 20} more reasons; the rows hold them all.\n`);
}
