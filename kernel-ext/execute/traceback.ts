import { inspect } from "node:util";
import { isSamlabError, type SamlabError, withoutRemedy } from "../../src/core/errors.js";
import { withoutRuntimeNames } from "../engine/runtime-names.js";
import { ansi } from "./ansi.js";
import type { CellError } from "./cell-error.js";
import { excerpt } from "./excerpt.js";
import { errorPlaces, stackOf } from "./stack.js";

const FRAME = /^\s+at /;
const MAX_FRAMES = 20;
const MAX_CAUSES = 4;
const MAX_FIELD_LINES = 20;
const MAX_FIELD_WIDTH = 500;
/** Fields of errors that are shown in a place of their own, or are internal. */
const OWN_PLACE = new Set(["name", "message", "stack", "cause", "errors"]);

function frames(error: Error, onlyCells: boolean): string[] {
  const lines = stackOf(error)
    .split("\n")
    .filter((line) => FRAME.test(line));
  const shown = onlyCells ? lines.filter((line) => line.includes("Cell [")) : lines;
  return shown.length > MAX_FRAMES ? [...shown.slice(0, MAX_FRAMES), `    … ${shown.length - MAX_FRAMES} more`] : shown;
}

/**
 * What a program or library has attached to its error, such as Node's `code` and `path`. An assertion's message says it
 * all.
 */
function fieldLines(error: Error): string[] {
  try {
    const isAssertion = Reflect.get(error, "code") === "ERR_ASSERTION";
    const keys = isAssertion ? [] : Object.keys(error).filter((key) => !OWN_PLACE.has(key));
    if (keys.length === 0) return [];
    const shown = keys.slice(0, MAX_FIELD_LINES).map((key) => [key, Reflect.get(error, key)]);
    // Requests, which hold keys and passwords, are not for a notebook.
    const text = inspect(Object.fromEntries(shown), { depth: 0, maxArrayLength: 10, maxStringLength: 200 });
    const lines = withoutRuntimeNames(text).split("\n");
    const cut = lines.slice(0, MAX_FIELD_LINES).map((line) => line.slice(0, MAX_FIELD_WIDTH));
    const isWhole = keys.length === shown.length && lines.length === cut.length;
    return isWhole ? cut : [...cut, "…"];
  } catch {
    // A field that cannot be read.
    return [];
  }
}

function samlabHead(error: SamlabError): string[] {
  const head = `${ansi.bold("SamlabError")} [${error.code}]: ${withoutRemedy(error)}`;
  return error.remedy ? [head, `${ansi.yellow("→")} ${error.remedy}`] : [head];
}

function messageOf(error: Error): string {
  return withoutRuntimeNames(String(error.message));
}

function nameOf(error: Error): string {
  return typeof error.name === "string" && error.name !== "" ? error.name : "Error";
}

function head(error: Error): string[] {
  if (isSamlabError(error)) return samlabHead(error);
  return [`${ansi.bold(nameOf(error))}: ${messageOf(error)}`];
}

/** `depth` is the number of enclosing errors; `ours` means that this error or one of those is samlab's. */
function describe(error: Error, depth: number, ours = isSamlabError(error)): string[] {
  // samlab's message says what was wrong; its internal frames are of no use to the user.
  const lines = [...head(error), ...frames(error, ours), ...(ours ? [] : fieldLines(error))];
  const [place] = errorPlaces(error);
  if (place && depth === 0) lines.push("", ...excerpt(place.code.source, place.line, place.column, 1));
  if (error instanceof AggregateError && depth < MAX_CAUSES) {
    for (const inner of error.errors) lines.push("", ...describeInner(inner, "One of", depth + 1, ours));
  }
  if (error.cause !== undefined && depth < MAX_CAUSES)
    lines.push("", ...describeInner(error.cause, "Caused by", depth + 1, ours));
  return lines;
}

function describeInner(thrown: unknown, lead: string, depth: number, ours: boolean): string[] {
  const [first, ...rest] =
    thrown instanceof Error ? describe(thrown, depth, ours || isSamlabError(thrown)) : [inspect(thrown)];
  return [`${lead}: ${first}`, ...rest];
}

/** At least the name and the message: what comes after them may throw when it is read. */
function tracebackOf(error: Error): string[] {
  try {
    return describe(error, 0);
  } catch {
    return head(error);
  }
}

/** Converts anything a cell has thrown to a Jupyter error; never throws itself. */
export function describeThrown(thrown: unknown): CellError {
  try {
    if (thrown instanceof Error) {
      return {
        ename: nameOf(thrown),
        evalue: messageOf(thrown),
        traceback: tracebackOf(thrown),
      };
    }
    const text = inspect(thrown);
    return { ename: "Thrown", evalue: text, traceback: [`${ansi.bold("Thrown")}: ${text}`] };
  } catch {
    const evalue = "The thrown value cannot be shown.";
    return { ename: "Thrown", evalue, traceback: [evalue] };
  }
}
