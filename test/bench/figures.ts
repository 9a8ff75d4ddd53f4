import { readFile } from "node:fs/promises";
import { arch, cpus, release, type as systemName, totalmem } from "node:os";
import { samlabPackage } from "../../src/io/files/package.js";

/** One row of a benchmark's output. */
export interface Row {
  readonly what: string;
  /** Milliseconds of each run. */
  readonly runs: readonly number[];
  /** What our median should be at most, as a multiple of this row's. */
  readonly goal?: number;
}

/** A line of the table that ends a run of the benchmarks. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Measured beside it in the same run, in the same unit. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** At most; of the ratio to the peer where there is one, otherwise of the value. */
  readonly goal?: number;
}

/** The figures of all benchmarks of this run, with the benchmark that made them. */
const figures: (Figure & { readonly benchmark: string })[] = [];
let benchmark = "";

/** Begins a benchmark: the figures that follow are its. */
export function beginBenchmark(name: string): void {
  benchmark = name;
}

/** Adds a line to the table at the end. */
export function addFigure(figure: Figure): void {
  figures.push({ benchmark, ...figure });
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

/** Prints medians with their spread, and the ratio of the first row, which is ours, to each other. */
export function printRows(title: string, rows: readonly Row[]): void {
  const [first] = rows;
  console.log(`\n${title}`);
  for (const row of rows) {
    const { what, runs, goal } = row;
    const ratio = row === first ? "" : `  ours/this ${(median(first.runs) / median(runs)).toFixed(2)}`;
    const spread = `p5 ${quantile(runs, 0.05).toFixed(1)}, p95 ${quantile(runs, 0.95).toFixed(1)}`;
    console.log(
      `  ${what.padEnd(44)} ${median(runs).toFixed(1).padStart(8)} ms  (${spread}, n ${runs.length})${ratio}`,
    );
    if (row === first && rows.length > 1) continue;
    const peer = row === first ? {} : { peer: { name: what, value: median(runs) } };
    addFigure({ what: title, value: median(first.runs), unit: "ms", ...peer, ...(goal === undefined ? {} : { goal }) });
  }
}

const ratioOf = ({ value, peer }: Figure) => (peer ? value / peer.value : null);

/** The largest difference between values of a peer, in a file of float32, and ours. */
export async function differenceTo(file: string, ours: ArrayLike<number | bigint>): Promise<string> {
  const bytes = await readFile(file);
  const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const worst = theirs.reduce((max, value, n) => Math.max(max, Math.abs(value - Number(ours[n]))), 0);
  return worst.toExponential(1);
}

/** False for benchmarks that only make pictures or tables of their own. */
export const hasFigures = () => figures.length > 0;

/** The table of all figures so far, as Markdown: what was measured, beside what, and the goal. */
export function table(): string {
  const lines = figures.map((figure) => {
    const { value, unit, peer, goal } = figure;
    const ratio = ratioOf(figure);
    const isMet = goal === undefined ? "" : ` (${(ratio ?? value) <= goal ? "met" : "missed"})`;
    const cells = [
      figure.what,
      `${shown(value)} ${unit}`,
      peer ? `${peer.name}: ${shown(peer.value)} ${unit}` : "",
      ratio === null ? "" : ratio.toFixed(2),
      goal === undefined ? "" : `≤ ${goal}${isMet}`,
      `\`${figure.benchmark}\``,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| What | samlab | Beside it | Ratio | Goal | Benchmark |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The machine and the versions, in words. */
export function machine(): string {
  const { version } = samlabPackage;
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpu?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${memory}, ${systemName()} ${release()} ${arch()}; samlab ${version}, Node ${process.versions.node}`;
}

/** All figures so far, to be kept. */
export function asJson(): string {
  const rows = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) }));
  return `${JSON.stringify({ date: new Date().toISOString(), machine: machine(), figures: rows }, null, 2)}\n`;
}
