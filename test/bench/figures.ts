/** One row of a benchmark's table. */
export interface Row {
  readonly what: string;
  /** Milliseconds of each run. */
  readonly runs: readonly number[];
}

/** The p-th quantile (0 to 1) with linear interpolation. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** Prints medians with their spread, and each row's ratio to the first. */
export function printRows(title: string, rows: readonly Row[]): void {
  const [first] = rows;
  console.log(`\n${title}`);
  for (const { what, runs } of rows) {
    const ratio = runs === first.runs ? "" : `  ours/this ${(median(first.runs) / median(runs)).toFixed(2)}`;
    const spread = `p5 ${quantile(runs, 0.05).toFixed(1)}, p95 ${quantile(runs, 0.95).toFixed(1)}`;
    console.log(
      `  ${what.padEnd(44)} ${median(runs).toFixed(1).padStart(8)} ms  (${spread}, n ${runs.length})${ratio}`,
    );
  }
}
