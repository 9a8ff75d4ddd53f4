import type { EvaluationResult } from "../evaluate/result/evaluation-result.js";
import { writeFileAtomic } from "../io/write-file.js";
import type { Console } from "./command.js";
import { textTable } from "./text-table.js";

/** Writes an evaluation's files and prints its summary. */
export async function reportResult(
  result: EvaluationResult,
  files: { readonly out?: string | undefined; readonly json?: string | undefined },
  console: Console,
): Promise<void> {
  const { out, json } = files;
  const summary = result.summary();
  if (out !== undefined) await result.save(out);
  if (json !== undefined) {
    await writeFileAtomic(json, new TextEncoder().encode(`${JSON.stringify(summary, null, 2)}\n`));
  }
  const { groups, overall, tests } = summary;
  console.out(
    `${textTable(
      [
        "modality",
        "label",
        "model",
        "prompt",
        "clicks",
        "policy",
        "n",
        "cases",
        "mean Dice",
        "sd",
        "median",
        "low",
        "high",
        "failed",
      ],
      groups.map((g) => [
        g.modality,
        g.label,
        g.model,
        g.strategy,
        g.clicks,
        g.policy,
        g.n,
        g.cases,
        g.mean,
        g.sd,
        g.median,
        g.low,
        g.high,
        g.failures,
      ]),
    )}\nOver all pairs of modality and label\n${textTable(
      ["model", "prompt", "clicks", "policy", "pairs", "n", "mean Dice", "low", "high", "failed"],
      overall.map((o) => [o.model, o.strategy, o.clicks, o.policy, o.pairs, o.n, o.mean, o.low, o.high, o.failures]),
    )}`,
  );
  if (tests.length > 0) {
    console.out(
      `\nBetween models\n${textTable(
        ["models", "prompt", "clicks", "policy", "cases", "difference", "p", "p (Holm)"],
        tests.map((t) => [t.models.join(" − "), t.strategy, t.clicks, t.policy, t.n, t.difference, t.p, t.pHolm]),
      )}`,
    );
  }
  console.out(`\n${result.footnote}\n${summary.notes}\n`);
  const reasons = new Map<string, number>();
  for (const row of result.failures) {
    const reason = `${row.case}: ${row.failure}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, rows] of [...reasons].slice(0, 20)) console.err(`failed (${rows} rows): ${reason}\n`);
  if (reasons.size > 20) console.err(`… and ${reasons.size - 20} more reasons; the rows hold them all.\n`);
}
