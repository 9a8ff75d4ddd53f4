import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, sleep } from "../support/kernel.js";
import {
  type CorpusCase,
  type CorpusCell,
  type Expected,
  expectedText,
  type Outcome,
  outcomeText,
  readCorpus,
  writeCellFile,
  writeFixtures,
} from "./corpus-format.js";

/*
 * The corpus run by tslab's own converter and executor. test/golden/tslab/answers.json holds what they did with every
 * case. If that differs from the corpus, the case must be in tslab-differences.txt: a title, and what tslab does
 * instead. Every 40th case is run again here. SAMLAB_WRITE_TSLAB=1 runs all of them and writes both files (a minute).
 */

const here = join(root, "test", "kernel-ext", "engine");
const ANSWERS = join(root, "test", "golden", "tslab", "answers.json");
const LIST = join(here, "tslab-differences.txt");
const CELL_MS = 20_000;
const SHOWN_CHARS = 140;
const RUN_EVERY = 40;

/** By tslab; undefined where its process ended instead. */
type Answer = Outcome | undefined;

interface Recorded {
  /** The version of tslab. */
  readonly tslab: string;
  /** By case name: the hash of its cells, and what each cell that runs did. `<folder>` stands for the case's folder. */
  readonly cases: Readonly<Record<string, { readonly cells: string; readonly answers: readonly (Answer | null)[] }>>;
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), "samlab-tslab-")));
let session: ChildProcess | undefined;
afterAll(async () => {
  await endSession();
  rmSync(folder, { recursive: true, force: true });
});

async function openSession(): Promise<ChildProcess> {
  if (session?.connected) return session;
  session = fork(join(here, "tslab-session.mjs"), {
    cwd: folder,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await once(session, "message");
  return session;
}

async function endSession(): Promise<void> {
  const ended = session;
  session = undefined;
  if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
  ended.kill("SIGKILL");
  await once(ended, "exit");
}

async function ask(request: { code?: string; reset?: boolean }): Promise<Outcome | undefined> {
  const child = await openSession();
  const asked = new AbortController();
  const first = { signal: asked.signal };
  const answer = once(child, "message", first).then(([outcome]) => outcome as Outcome);
  const exit = once(child, "exit", first).then(() => undefined);
  for (const waiting of [answer, exit]) waiting.catch(() => {});
  child.send(request);
  const outcome = await Promise.race([answer, exit, sleep(CELL_MS)]);
  asked.abort();
  // One failure inside tslab's compiler makes it refuse every later cell.
  const broken =
    !outcome || outcome.errors.some(({ head }) => head.includes("rebuildTimer") || head.includes("Debug F"));
  if (broken || outcome.errors.some(({ head }) => head.startsWith("RangeError"))) await endSession();
  return outcome ?? undefined;
}

/** tslab knows no places in cells for what is thrown, and shows no lines of source. */
function comparable(expected: Expected): Expected {
  const errors = expected.errors.map(({ head, at }) => ({ head, at: head.startsWith("TS") ? at : undefined }));
  return { ...expected, errors, frames: [] };
}

const runCells = ({ cells }: CorpusCase) => cells.filter(({ file }) => file === undefined);
const nameOf = ({ topic, title }: CorpusCase) => `${topic}: ${title}`;
const hashOf = ({ cells }: CorpusCase) =>
  createHash("sha256")
    .update(JSON.stringify(cells.map(({ file, code }) => [file, code])))
    .digest("hex")
    .slice(0, 16);

/** What tslab does with the cells of a case, up to the first that does something else than the corpus says. */
async function answersTo(one: CorpusCase): Promise<Answer[]> {
  await ask({ reset: true });
  const answers: Answer[] = [];
  for (const cell of runCells(one)) {
    const outcome = await ask({ code: cell.code.replaceAll("<folder>", folder) });
    const text = JSON.stringify(outcome)?.replaceAll(folder, "<folder>").replaceAll(root, "<samlab>/");
    answers.push(text === undefined ? undefined : (JSON.parse(text) as Outcome));
    if (differenceOf(cell, answers.at(-1)) !== undefined) break;
  }
  return answers;
}

/** What tslab does instead of what the corpus says, on one line; undefined where it is the same. */
function difference(one: CorpusCase, answers: readonly Answer[]): string | undefined {
  for (const [n, cell] of runCells(one).entries()) {
    const found = differenceOf(cell, answers[n]);
    if (found !== undefined) return `cell ${n + 1}: ${found}`;
  }
  return undefined;
}

function differenceOf(cell: CorpusCell, answer: Answer): string | undefined {
  const expected = comparable(cell.expected);
  const got = answer ? outcomeText({ ...answer, traceback: undefined }, expected, "<folder>") : "//error> (ends)";
  return got === expectedText(expected, "<folder>") ? undefined : oneLine(got);
}

function oneLine(text: string): string {
  const line = text === "" ? "no output" : text.replace(/^\/\//, "").replaceAll("\n", " ").replaceAll(" //", " | ");
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)} …` : line;
}

/**
 * tslab reads no tsconfig.json, is notified of changed files by watchers, with a delay, and how much stress it
 * tolerates depends on the machine.
 */
function isCompared({ topic, fresh, cells }: CorpusCase): boolean {
  const firstRun = cells.findIndex(({ file }) => file === undefined);
  return topic !== "stress" && !fresh && cells.slice(firstRun).every(({ file }) => file === undefined);
}

function readList(): string[] {
  const lines = readFileSync(LIST, "utf8").split("\n").slice(1);
  return lines.filter((line) => line !== "").map((line) => line.split(" → ")[0]!);
}

const allCases = [...readCorpus().values()].flat();
const compared = allCases.filter(isCompared);
const installed = createRequire(import.meta.url)("tslab/package.json") as { version: string };
const readAnswers = () => JSON.parse(readFileSync(ANSWERS, "utf8")) as Recorded;

beforeAll(async () => {
  writeFixtures(folder);
  for (const { cells } of compared) {
    for (const cell of cells) if (cell.file !== undefined) writeCellFile(folder, cell);
  }
  if (process.env.SAMLAB_WRITE_TSLAB === "1") await writeAnswers();
}, 600_000);

async function writeAnswers(): Promise<void> {
  const cases: Record<string, Recorded["cases"][string]> = {};
  const lines = ["What plain tslab does with cases of the corpus, where that is not what the corpus says."];
  for (const one of compared) {
    const answers = await answersTo(one);
    cases[nameOf(one)] = { cells: hashOf(one), answers: answers.map((answer) => answer ?? null) };
    const found = difference(one, answers);
    if (found !== undefined) lines.push(`${nameOf(one)} → ${found}`);
  }
  const entries = Object.entries(cases).map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`);
  writeFileSync(ANSWERS, `{"tslab": "${installed.version}", "cases": {\n${entries.join(",\n")}\n}}\n`);
  await endSession();
  writeFileSync(LIST, `${lines.join("\n")}\n`);
}

it("tslab gives the results of the corpus, but for the listed differences", () => {
  const recorded = readAnswers();
  const anew = "test/golden/tslab/answers.json is of another tslab or corpus: run this file with SAMLAB_WRITE_TSLAB=1";
  expect(recorded.tslab, anew).toBe(installed.version);
  const hashes = (cases: readonly [string, string][]) => Object.fromEntries(cases);
  const recordedHashes = Object.entries(recorded.cases).map(([name, { cells }]): [string, string] => [name, cells]);
  expect(hashes(recordedHashes), anew).toEqual(hashes(compared.map((one) => [nameOf(one), hashOf(one)])));
  const differing = compared
    .filter(
      (one) =>
        difference(
          one,
          recorded.cases[nameOf(one)]!.answers.map((answer) => answer ?? undefined),
        ) !== undefined,
    )
    .map(nameOf);
  console.log(
    `${compared.length} of ${allCases.length} cases compared (not those that change files while cells run, have a ` +
      `tsconfig.json or are about stress), ${differing.length} differ.`,
  );
  expect(differing).toEqual(readList());
});

it("tslab does what is recorded", { timeout: 120_000 }, async () => {
  const recorded = readAnswers();
  for (const one of compared.filter((_, n) => n % RUN_EVERY === 0)) {
    const answers = (await answersTo(one)).map((answer) => answer ?? null);
    expect(answers, nameOf(one)).toEqual(recorded.cases[nameOf(one)]?.answers);
  }
});
