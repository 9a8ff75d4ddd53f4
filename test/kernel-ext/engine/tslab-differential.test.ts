import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root, sleep } from "../support/kernel.js";
import {
  type CorpusCase,
  type Expected,
  expectedText,
  type Outcome,
  outcomeText,
  readCorpus,
  writeCellFile,
  writeFixtures,
} from "./corpus-format.js";

/*
 * Runs the corpus with tslab's own converter and executor. If the result differs from the corpus, the case must be in
 * tslab-differences.txt: a title, and what tslab does instead. SAMLAB_WRITE_DIFFERENCES=1 rewrites the file.
 */

const here = join(root, "test", "kernel-ext", "engine");
const LIST = join(here, "tslab-differences.txt");
const LIST_HEAD = "What plain tslab does with cases of the corpus, where that is not what the corpus says.";
const CELL_MS = 20_000;
const SHOWN_CHARS = 140;

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

/** What tslab does instead of what the corpus says, on one line; undefined where it is the same. */
async function difference({ cells }: CorpusCase): Promise<string | undefined> {
  await ask({ reset: true });
  let count = 0;
  for (const cell of cells) {
    if (cell.file !== undefined) continue;
    count++;
    const expected = comparable(cell.expected);
    const outcome = await ask({ code: cell.code.replaceAll("<folder>", folder) });
    const wanted = expectedText(expected, folder);
    const got = outcome ? outcomeText({ ...outcome, traceback: undefined }, expected, folder) : "//error> (ends)";
    if (got !== wanted) return `cell ${count}: ${oneLine(got)}`;
  }
  return undefined;
}

function oneLine(text: string): string {
  const line = text === "" ? "no output" : text.replace(/^\/\//, "").replaceAll("\n", " ").replaceAll(" //", " | ");
  const shown = line.replaceAll(folder, "<folder>").replaceAll(root, "<samlab>");
  return shown.length > SHOWN_CHARS ? `${shown.slice(0, SHOWN_CHARS)} …` : shown;
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

it("tslab gives the results of the corpus, but for the listed differences", { timeout: 600_000 }, async () => {
  const cases = [...readCorpus().values()].flat();
  const compared = cases.filter(isCompared);
  writeFixtures(folder);
  for (const { cells } of compared) {
    for (const cell of cells) if (cell.file !== undefined) writeCellFile(folder, cell);
  }
  const differences = new Map<string, string>();
  for (const one of compared) {
    const found = await difference(one);
    if (found !== undefined) differences.set(`${one.topic}: ${one.title}`, found);
  }
  console.log(
    `${compared.length} of ${cases.length} cases compared (not those that change files while cells run, have a tsconfig.json or are about stress), ` +
      `${differences.size} differ.`,
  );
  if (process.env.SAMLAB_WRITE_DIFFERENCES) {
    const lines = [...differences].map(([title, what]) => `${title} → ${what}`);
    writeFileSync(LIST, `${[LIST_HEAD, ...lines].join("\n")}\n`);
  }
  expect([...differences.keys()]).toEqual(readList());
});
