import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * The corpus: cells with the output that they must have. A topic is a text file of cases, a case is
 *
 *   // === Title
 *   //# fresh                       its own kernel and folder, which is otherwise that of the topic
 *   //# cwd sub/folder              the kernel starts in this folder (implies fresh)
 *   code of the first cell
 *   //=> 42                         the text of its result; several lines are one text; none: no result
 *   //=>? 42                        this result, or any error ("*": any result)
 *   //out> text   //err> text       a line on stdout or stderr; none: nothing was written
 *   //error> TS2322                 a finding of the compiler, message after a colon if it matters
 *   //error> RangeError: message    what the cell throws; "…" at the end stands for any rest, "*" alone for any error
 *   //error-at> 2:5                 line and column of the error before, in this cell; file.ts:2:5 in a file
 *   //frame> text                   a line of source that the error shows
 *   // ---                          the next cell
 *   //file> name.ts                 not a cell: what follows is written to this file of the folder
 *   //generate> "1+".repeat(9)+"1"  the cell is the value of this expression
 *
 * <folder> stands for the folder of the case, in code and in expectations.
 */

interface ExpectedError {
  readonly head: string;
  at: string | undefined;
}

export interface Expected {
  readonly result: string | undefined;
  readonly orError: boolean;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly errors: readonly ExpectedError[];
  readonly frames: readonly string[];
}

export interface CorpusCell {
  readonly code: string;
  /** The file that the text is written to, in place of being run. */
  readonly file: string | undefined;
  readonly expected: Expected;
}

export interface CorpusCase {
  readonly topic: string;
  readonly title: string;
  readonly fresh: boolean;
  /** Where the kernel starts, relative to the folder of the case. */
  readonly cwd: string;
  readonly cells: readonly CorpusCell[];
}

export interface OutcomeError {
  /** "TS2322: message" or "RangeError: message". */
  readonly head: string;
  /** "line:column" in the cell that was run, "label:line:column" elsewhere; undefined if the engine does not know. */
  readonly at: string | undefined;
}

/** What a cell did. */
export interface Outcome {
  readonly result: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly errors: readonly OutcomeError[];
  /** The error as the user sees it; undefined where the engine shows none of that. */
  readonly traceback: string | undefined;
}

const here = dirname(fileURLToPath(import.meta.url));
const EXPECTATION = /^\/\/(=>\?|=>|out>|err>|error>|error-at>|frame>) ?(.*)$/;
/** What must not be shown of an error: the kernel's own frames and the names of its internals. */
const LEAKS =
  /node:vm\b|kernel-ext\/|dist\/kernel|__tslab__|__prev__|tsLastExpr|node_modules\/(typescript|tslab|vitest)/;

/** All cases, topic by topic. */
export function readCorpus(): Map<string, readonly CorpusCase[]> {
  const topics = new Map<string, readonly CorpusCase[]>();
  const titles = new Set<string>();
  for (const file of readdirSync(join(here, "corpus")).sort()) {
    const topic = basename(file, ".txt");
    const cases = parseTopic(topic, readFileSync(join(here, "corpus", file), "utf8"));
    for (const { title } of cases) {
      if (titles.has(title)) throw new Error(`Two cases are called "${title}".`);
      titles.add(title);
    }
    topics.set(topic, cases);
  }
  return topics;
}

/** Writes the files and packages that the cases import. */
export function writeFixtures(folder: string): void {
  const [fixtures] = parseTopic("fixtures", readFileSync(join(here, "fixtures.txt"), "utf8"));
  for (const cell of fixtures!.cells) writeCellFile(folder, cell);
}

export function writeCellFile(folder: string, { file, code }: CorpusCell): void {
  const path = join(folder, file!);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${code.replaceAll("<folder>", folder)}\n`);
}

function parseTopic(topic: string, text: string): CorpusCase[] {
  const cases = text.split(/^\/\/ === /m).slice(1);
  const writers = new Map<string, string>();
  return cases.map((part) => {
    const [title = "", ...lines] = part.trimEnd().split("\n");
    const options = lines.filter((line) => line.startsWith("//# ")).map((line) => line.slice(4).trim());
    const cwd = options.find((option) => option.startsWith("cwd "))?.slice(4) ?? ".";
    const fresh = cwd !== "." || options.includes("fresh");
    const body = lines.filter((line) => !line.startsWith("//# ")).join("\n");
    const cells = body.split(/^\/\/ ---.*\n?/m).map(parseCell);
    for (const { file } of cells) {
      if (file === undefined || fresh) continue;
      const writer = writers.get(file) ?? title;
      if (writer !== title) throw new Error(`"${writer}" and "${title}" both write ${file}.`);
      writers.set(file, title);
    }
    return { topic, title: title.trim(), fresh, cwd, cells };
  });
}

function parseCell(text: string): CorpusCell {
  const lines = text.replace(/^\n+/, "").trimEnd().split("\n");
  const file = lines[0]!.startsWith("//file> ") ? lines.shift()!.slice(8).trim() : undefined;
  const found: [string, string][] = [];
  for (;;) {
    const match = EXPECTATION.exec(lines.at(-1) ?? "");
    if (!match) break;
    found.unshift([match[1]!, match[2]!]);
    lines.pop();
  }
  let code = lines.join("\n");
  if (code.startsWith("//generate> ")) code = String(new Function(`return ${code.slice(12)}`)());
  return { code, file, expected: parseExpected(found) };
}

function parseExpected(found: readonly [string, string][]): Expected {
  const all = (key: string) => found.filter(([kind]) => kind === key).map(([, text]) => text);
  const errors: ExpectedError[] = [];
  for (const [kind, text] of found) {
    if (kind === "error>") errors.push({ head: text, at: undefined });
    else if (kind === "error-at>") errors.at(-1)!.at = text;
  }
  const either = all("=>?");
  const result = either.length > 0 ? either : all("=>");
  return {
    result: result.length === 0 || result[0] === "(nothing)" ? undefined : result.join("\n"),
    orError: either.length > 0,
    stdout: all("out>"),
    stderr: all("err>"),
    errors,
    frames: all("frame>"),
  };
}

/** What was expected of a cell, as the corpus writes it. */
export function expectedText({ result, orError, stdout, stderr, errors, frames }: Expected, folder: string): string {
  const lines = [
    ...lead(result?.split("\n"), orError ? "=>?" : "=>"),
    ...lead(stdout, "out>"),
    ...lead(stderr, "err>"),
    ...errors.flatMap(({ head, at }) => [
      ...lead([head], "error>"),
      ...lead(at === undefined ? [] : [at], "error-at>"),
    ]),
    ...lead(frames, "frame>"),
  ];
  return lines.join("\n").replaceAll("<folder>", folder);
}

/** What a cell did, in the same words as {@link expectedText} wherever it did what was expected. */
export function outcomeText(outcome: Outcome, expected: Expected, folder: string): string {
  const { errors, traceback } = outcome;
  const leak = traceback?.split("\n").find((line) => LEAKS.test(line.replaceAll(folder, "")));
  const anyError = expected.orError || (expected.errors.length === 1 && expected.errors[0]!.head === "*");
  const anyResult = expected.orError && expected.result === "*";
  if (!leak && ((anyError && errors.length > 0) || anyResult)) return expectedText(expected, folder);
  const lines = [
    ...lead(outcome.result?.split("\n"), expected.orError ? "=>?" : "=>"),
    ...lead(linesOf(outcome.stdout), "out>"),
    ...lead(linesOf(outcome.stderr), "err>"),
    ...errors.flatMap((error, index) => errorText(error, expected.errors[index], folder)),
    ...lead(
      expected.frames.map((frame) => (showsLine(traceback, frame) ? frame : `(not in) ${traceback}`)),
      "frame>",
    ),
    ...lead(leak === undefined ? [] : [leak], "leak>"),
  ];
  return lines.join("\n");
}

function errorText({ head, at }: OutcomeError, expected: ExpectedError | undefined, folder: string): string[] {
  const wanted = expected?.head.replaceAll("<folder>", folder);
  const shown = wanted !== undefined && headMatches(head, wanted) ? wanted : head;
  const place = expected?.at === undefined ? [] : [at ?? "(no place)"];
  return [...lead([shown], "error>"), ...lead(place, "error-at>")];
}

function headMatches(head: string, wanted: string): boolean {
  if (wanted === "*") return true;
  if (wanted.endsWith("…")) return head.startsWith(wanted.slice(0, -1));
  return /^TS\d+$/.test(wanted) ? head.startsWith(`${wanted}:`) : head.split("\n")[0] === wanted;
}

function showsLine(traceback: string | undefined, line: string): boolean {
  if (traceback === undefined) return true;
  return traceback.split("\n").some((shown) => shown.replace(/^\s*\d+ ?/, "") === line);
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function lead(lines: readonly string[] | undefined, mark: string): string[] {
  return (lines ?? []).map((line) => `//${mark} ${line}`.trimEnd());
}
