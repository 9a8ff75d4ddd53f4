import { SourceMap, type SourceMapPayload } from "node:module";
import { CELL_URL, isEngineCode, isKernelCode } from "../code-origin.js";
import { withoutRuntimeNames } from "../engine/runtime-names.js";

/** Compiled code that stack frames may point into. */
export interface RunningCode {
  /** Name shown in frames: "Cell [3]", or the path of a module. */
  readonly label: string;
  /** The user's TypeScript source. */
  readonly source: string;
  /** Number of compiled lines; a frame below them belongs to the wrapper around the cell. */
  readonly compiledLines: number;
  /** Source map (version 3) from the compiled code to the source. */
  readonly map: string;
  /** Lines of the script before the compiled code. */
  readonly prefixLines: number;
}

/** A position in the user's source; line and column from 1. */
export interface CodePosition {
  readonly code: RunningCode;
  readonly line: number;
  readonly column: number;
}

const running = new Map<string, RunningCode>();
/** Cache of decoded source maps. */
const decoded = new WeakMap<RunningCode, SourceMap>();

/** Registers the code behind a script name of the engine. */
export function rememberCode(url: string, code: RunningCode): void {
  running.set(url, code);
}

/** All compiled code that runs or may run again, by script name. */
export function runningCode(): ReadonlyMap<string, RunningCode> {
  return running;
}

/** The source position of a compiled position (line and column from 1). */
function placeOf(url: string, line: number, column: number): CodePosition | "wrapper" | undefined {
  const code = running.get(url);
  if (!code) return undefined;
  const compiled = line - code.prefixLines;
  if (compiled < 1 || compiled > code.compiledLines) return "wrapper";
  const map = decoded.get(code) ?? new SourceMap(JSON.parse(code.map) as SourceMapPayload);
  decoded.set(code, map);
  const found = map.findEntry(compiled - 1, column - 1);
  if (!("originalLine" in found)) return { code, line: compiled, column };
  return { code, line: found.originalLine + 1, column: found.originalColumn + 1 };
}

interface Frame {
  readonly text: string;
  readonly url: string;
  readonly place: CodePosition | undefined;
}

/** Undefined for frames that are not useful to the user. */
function describe(site: NodeJS.CallSite): Frame | undefined {
  const url = site.getScriptNameOrSourceURL() ?? "";
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const place = placeOf(url, line, column);
  if (place === "wrapper") return undefined;
  const text = withoutRuntimeNames(String(site)).replace(/^(async )?Variable\./, "$1");
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

/** For each error whose stack has been read: the user's source positions on it, innermost first. */
const placesOf = new WeakMap<Error, readonly CodePosition[]>();

/** Where in the user's source an error was created, innermost first. */
export function errorPlaces(error: Error): readonly CodePosition[] {
  // Reading the stack makes V8 format it.
  stackOf(error);
  return placesOf.get(error) ?? [];
}

/** The stack as text, also if user code has asked V8 for call sites instead; empty if it cannot be read. */
export function stackOf(error: Error): string {
  try {
    const stack: unknown = error.stack;
    if (Array.isArray(stack) && stack.every(isCallSite)) return prepareStackTrace(error, stack);
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}

function isCallSite(value: unknown): value is NodeJS.CallSite {
  const site = value as Partial<NodeJS.CallSite> | null | undefined;
  return typeof site?.getScriptNameOrSourceURL === "function" && typeof site.getLineNumber === "function";
}

function prepareStackTrace(error: Error, sites: NodeJS.CallSite[]): string {
  let frames = sites.map(describe).filter((frame) => frame !== undefined);
  const places = frames.flatMap((frame) => (frame.place ? [frame.place] : []));
  placesOf.set(error, places);
  if (frames.some(({ url }) => CELL_URL.test(url) || isEngineCode(url)))
    frames = frames.filter((frame) => !isMachinery(frame.url));
  let head: string;
  try {
    head = withoutRuntimeNames(Error.prototype.toString.call(error));
  } catch {
    head = "Error";
  }
  return [head, ...frames.map((frame) => `    at ${frame.text}`)].join("\n");
}

/** Makes every error in this process refer to cells and lines of the user's source. */
export function installStackTraces(): void {
  Error.prepareStackTrace = prepareStackTrace;
}
