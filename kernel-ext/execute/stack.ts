import { CELL_URL, isKernelCode } from "../code-origin.js";
import type { SourceMap } from "./source-map.js";

/** A piece of compiled text that stack frames may point into. */
export interface RunningCode {
  /** How frames name it: "Cell [3]", or the path of a module. */
  readonly label: string;
  /** The TypeScript text that the user wrote. */
  readonly source: string;
  /** Lines of compiled text; a frame below them belongs to the wrapper around the cell. */
  readonly compiledLines: number;
  readonly map: SourceMap | undefined;
  /** Lines that the compiler put before the source. */
  readonly prefixLines: number;
}

/** A place in the text of the user; line and column from one. */
export interface Place {
  readonly code: RunningCode;
  readonly line: number;
  readonly column: number;
}

const running = new Map<string, RunningCode>();

/** Remembers what a script name of the engine stands for. */
export function rememberCode(url: string, code: RunningCode): void {
  running.set(url, code);
}

/** The place in the user's text that a place in compiled text comes from. Compiled line and column from one. */
function placeOf(url: string, line: number, column: number): Place | "wrapper" | undefined {
  const code = running.get(url);
  if (!code) return undefined;
  if (line > code.compiledLines) return "wrapper";
  const original = code.map?.original({ line: line - 1, column: column - 1 });
  if (!original) return { code, line, column };
  return { code, line: original.line - code.prefixLines + 1, column: original.column + 1 };
}

interface Frame {
  readonly text: string;
  readonly url: string;
  readonly place: Place | undefined;
}

/** Undefined for a frame that says nothing to the user. */
function describe(site: NodeJS.CallSite): Frame | undefined {
  const url = site.getScriptNameOrSourceURL() ?? "";
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const place = placeOf(url, line, column);
  if (place === "wrapper") return undefined;
  // Names of earlier cells are called through tslab's table of variables, which V8 takes for the object of a method.
  const text = String(site).replace(/^(async )?Proxy\./, "$1");
  if (!place) return { text, url, place };
  return {
    text: text.replace(`${url}:${line}:${column}`, `${place.code.label}:${place.line}:${place.column}`),
    url,
    place,
  };
}

function isMachinery(url: string): boolean {
  return url.startsWith("node:internal/") || url === "node:vm" || isKernelCode(url);
}

/** The places of the user's text on the stack of each error whose stack has been read, innermost first. */
const placesOf = new WeakMap<Error, readonly Place[]>();

/** Where in the text of the user an error was made, innermost first. */
export function errorPlaces(error: Error): readonly Place[] {
  // Reading the stack is what makes V8 format it.
  void error.stack;
  return placesOf.get(error) ?? [];
}

function prepareStackTrace(error: Error, sites: NodeJS.CallSite[]): string {
  let frames = sites.map(describe).filter((frame) => frame !== undefined);
  const places = frames.flatMap((frame) => (frame.place ? [frame.place] : []));
  placesOf.set(error, places);
  if (frames.some((frame) => CELL_URL.test(frame.url))) frames = frames.filter((frame) => !isMachinery(frame.url));
  let head: string;
  try {
    head = Error.prototype.toString.call(error);
  } catch {
    head = "Error";
  }
  return [head, ...frames.map((frame) => `    at ${frame.text}`)].join("\n");
}

/** Makes every error of this process name cells and the lines that the user wrote. */
export function installStackTraces(): void {
  Error.prepareStackTrace = prepareStackTrace;
}
