import { type SummaryTable, summaryTables } from "../../src/cli/summary-tables.js";
import { columnTexts, textTable } from "../../src/cli/text-table.js";
import type { EvaluationResult } from "../../src/evaluate/result/evaluation-result.js";
import { escapeMarkup } from "./escape-markup.js";
import { type Shown, shown } from "./shown.js";

/** Maximum number of failure reasons listed. */
const mostReasons = 10;

/** An evaluation as summary tables, with notes on how the numbers were computed. */
export function showTables(result: EvaluationResult): Shown {
  const summary = result.summary();
  const tables = summaryTables(summary);
  const reasons = new Set(result.failures.map((row) => `${row.case}: ${row.failure}`));
  const failed = [...reasons].slice(0, mostReasons);
  const notes = [result.footnote, summary.notes, ...result.notes, ...failed.map((reason) => `failed: ${reason}`)];
  const text = tables.map(({ title, names, rows }) => `${title && `${title}\n`}${textTable(names, rows)}`);
  return shown({
    "text/html": [...tables.map(htmlTable), ...notes.map((note) => `<p><small>${escapeMarkup(note)}</small></p>`)].join(
      "\n",
    ),
    "text/plain": `${text.join("\n")}\n${notes.join("\n")}`,
  });
}

/** JupyterLab right-aligns all table cells, which suits only numbers. */
function htmlTable({ title, names, rows }: SummaryTable): string {
  const isNumber = names.map((_, at) => rows.every((row) => typeof row[at] === "number"));
  const columns = names.map((_, at) => columnTexts(rows.map((row) => row[at]!)));
  const cell = (tag: string, content: string, at: number) =>
    `<${tag} style="text-align:${isNumber[at] ? "right" : "left"}">${escapeMarkup(content)}</${tag}>`;
  const head = names.map((name, at) => cell("th", name, at)).join("");
  const body = rows.map((_, n) => `<tr>${columns.map((column, at) => cell("td", column[n]!, at)).join("")}</tr>`);
  const caption = title ? `<caption style="text-align:left">${escapeMarkup(title)}</caption>` : "";
  return `<table style="font-variant-numeric:tabular-nums">${caption}<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}
