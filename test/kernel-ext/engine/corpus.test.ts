import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import { result, sleep, startKernel, written } from "../support/kernel.js";
import {
  type CorpusCase,
  type CorpusCell,
  expectedText,
  type Outcome,
  type OutcomeError,
  outcomeText,
  readCorpus,
  writeCellFile,
  writeFixtures,
} from "./corpus-format.js";

/** A kernel in a folder of its own, with the fixtures in it. */
interface Bench {
  readonly folder: string;
  readonly kernel: KernelClient;
}

const CELL_MS = 30_000;
const CASE_MS = 120_000;
const FINDING = /^(\S.*?):(\d+:\d+) - error TS(\d+): (.*)$/gm;

async function startBench({ fresh, cwd, cells }: CorpusCase): Promise<Bench> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "samlab-corpus-")));
  writeFixtures(folder);
  if (fresh) for (const cell of cells.slice(0, firstRun(cells))) writeCellFile(folder, cell);
  mkdirSync(join(folder, cwd), { recursive: true });
  return { folder, kernel: await startKernel({ cwd: join(folder, cwd) }) };
}

/** Index of the first cell that is run. The files before it are there when a fresh kernel starts. */
function firstRun(cells: readonly CorpusCell[]): number {
  return cells.findIndex(({ file }) => file === undefined);
}

async function closeBench({ folder, kernel }: Bench): Promise<void> {
  kernel.kill();
  await kernel.process.exited;
  rmSync(folder, { recursive: true, force: true });
}

function outcomeOf(ran: ExecuteResult): Outcome {
  const shown = result(ran);
  const outputs = { stdout: written(ran), stderr: written(ran, "stderr") };
  const error = ran.outputs.find((output) => output.output_type === "error");
  const count = Number(ran.reply.execution_count);
  return {
    result: shown === undefined ? undefined : String(shown),
    ...outputs,
    errors: error?.output_type === "error" ? errorsOf(error, count) : [],
    traceback: error?.output_type === "error" ? plain(error.traceback) : undefined,
  };
}

function plain(traceback: readonly string[]): string {
  return stripVTControlCharacters(traceback.join("\n"));
}

function errorsOf(error: { ename: string; evalue: string; traceback: string[] }, count: number): OutcomeError[] {
  const place = (label: string, at: string) => (label === `Cell [${count}]` ? at : `${label}:${at}`);
  const text = plain(error.traceback);
  const findings = [...text.matchAll(FINDING)];
  if (findings.length > 0) {
    return findings.map(([, label, at, code, message]) => ({ head: `TS${code}: ${message}`, at: place(label!, at!) }));
  }
  const frame = /^\s+at (?:.* \()?([^()\n]+?):(\d+:\d+)\)?$/m.exec(text);
  const at = frame ? place(frame[1]!, frame[2]!) : undefined;
  return [{ head: `${error.ename}: ${error.evalue}`, at }];
}

/** Runs the cells of a case up to the first that does something else; gives what it was to do and what it did. */
async function runCase(bench: Bench, { fresh, cells }: CorpusCase): Promise<{ expected: string; got: string }> {
  const { kernel, folder } = bench;
  let before = "";
  for (const cell of fresh ? cells.slice(firstRun(cells)) : cells) {
    if (cell.file !== undefined) {
      writeCellFile(folder, cell);
      continue;
    }
    const code = cell.code.replaceAll("<folder>", folder);
    const ran = await Promise.race([kernel.execute(code), sleep(CELL_MS)]);
    const shownCode = code.length > 2_000 ? `${code.slice(0, 2_000)} …` : code;
    const expected = expectedText(cell.expected, folder);
    const got = ran
      ? outcomeText(outcomeOf(ran), cell.expected, folder)
      : `//error> (no answer in ${CELL_MS / 1000} s)`;
    before += `${shownCode}\n`;
    if (got !== expected) return { expected: before + expected, got: before + got };
    before += `${expected}\n// ---\n`;
  }
  return { expected: before, got: before };
}

const corpus = readCorpus();
/** The cases that need a kernel of their own or begin a topic, in order. */
const starts = [...corpus.values()].flatMap((cases) => {
  const first = cases.find(({ fresh }) => !fresh);
  return cases.filter((one) => one.fresh || one === first);
});
const ahead = new Map<CorpusCase, Promise<Bench>>();

/** A new kernel. The next one is started at the same time: starts are most of what the corpus takes. */
function openBench(one: CorpusCase): Promise<Bench> {
  const bench = ahead.get(one) ?? startBench(one);
  ahead.delete(one);
  const next = starts.includes(one) ? starts[starts.indexOf(one) + 1] : undefined;
  if (next && !ahead.has(next)) {
    const started = startBench(next);
    started.catch(() => {});
    ahead.set(next, started);
  }
  return bench;
}

let shared: { readonly topic: string; readonly bench: Bench } | undefined;
afterAll(async () => {
  if (shared) await closeBench(shared.bench);
  for (const started of ahead.values()) await started.then(closeBench, () => {});
});

/** The kernel of a topic. Topics run one after the other. */
async function benchOf(one: CorpusCase): Promise<Bench> {
  if (shared?.topic !== one.topic) {
    if (shared) await closeBench(shared.bench);
    shared = undefined;
    shared = { topic: one.topic, bench: await openBench(one) };
  }
  return shared.bench;
}

for (const [topic, cases] of corpus) {
  describe(topic, () => {
    for (const one of cases) {
      it(
        one.title,
        async () => {
          const bench = one.fresh ? await openBench(one) : await benchOf(one);
          let passed = false;
          try {
            const { expected, got } = await runCase(bench, one);
            expect(got).toBe(expected);
            passed = true;
          } finally {
            if (one.fresh) await closeBench(bench);
            // What a failure leaves behind must not make the next case fail.
            else if (!passed) {
              shared = undefined;
              await closeBench(bench);
            }
          }
        },
        CASE_MS,
      );
    }
  });
}
