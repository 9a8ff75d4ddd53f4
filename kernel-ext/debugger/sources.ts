import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { CELL_URL } from "../code-origin.js";
import { murmur2 } from "./murmur2.js";
import type { CompiledScript } from "./protocol.js";

/** Arbitrary; same value as in ipykernel. */
const HASH_SEED = 0xc70f6907;

/** Naming of cell sources, shared by front ends and kernel. No such file exists. */
export const CELL_NAMES = {
  hashMethod: "Murmur2",
  hashSeed: HASH_SEED,
  tmpFilePrefix: join(tmpdir(), `samlab_${process.pid}`) + sep,
  tmpFileSuffix: ".ts",
} as const;

/** The virtual path of a cell with this source. */
export function cellPath(code: string): string {
  return `${CELL_NAMES.tmpFilePrefix}${murmur2(code, HASH_SEED)}${CELL_NAMES.tmpFileSuffix}`;
}

/** A position in a script; line and column from zero, as in the inspector. */
export interface ScriptPlace {
  readonly line: number;
  readonly column: number;
}

/** A position in the user's source; line and column from one, as in front ends. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** A script compiled from user source. */
export class UserScript {
  readonly id: string;
  readonly code: CompiledScript;
  /** The path of its source for front ends. */
  readonly path: string;
  #map: SourceMap | undefined;

  constructor(id: string, code: CompiledScript) {
    this.id = id;
    this.code = code;
    this.path = this.isCell ? cellPath(code.source) : code.url;
  }

  get isCell(): boolean {
    return CELL_URL.test(this.code.url);
  }

  /** Undefined for a position in the wrapper around the user's text. */
  placeOf({ line, column }: ScriptPlace): SourcePlace | undefined {
    const { prefixLines, compiledLines, map } = this.code;
    const compiled = line - prefixLines;
    if (compiled < 0 || compiled >= compiledLines) return undefined;
    this.#map ??= new SourceMap(JSON.parse(map) as SourceMapPayload);
    const found = this.#map.findEntry(compiled, column);
    if (!("originalLine" in found)) return undefined;
    return { line: found.originalLine + 1, column: found.originalColumn + 1 };
  }
}

/** User sources that are running or that a front end has sent. */
export class Sources {
  readonly #scripts = new Map<string, UserScript>();
  /** Sources by path. */
  readonly #texts = new Map<string, string>();

  /** Stores the source of a cell that may run soon. @returns its virtual path */
  dump(code: string): string {
    const path = cellPath(code);
    this.#texts.set(path, code);
    return path;
  }

  /** Matches compiled code with the latest script of the same name. */
  add(codes: readonly CompiledScript[], urls: ReadonlyMap<string, string>): UserScript[] {
    const wanted = new Map(
      codes.map((code) => [CELL_URL.test(code.url) ? code.url : pathToFileURL(code.url).href, code]),
    );
    const last = new Map<string, string>();
    for (const [id, url] of urls) {
      if (wanted.has(url) && Number(id) > Number(last.get(url) ?? -1)) last.set(url, id);
    }
    return [...last].map(([url, id]) => {
      const script = new UserScript(id, wanted.get(url)!);
      this.#scripts.set(id, script);
      if (script.isCell) this.#texts.set(script.path, script.code.source);
      return script;
    });
  }

  script(id: string): UserScript | undefined {
    return this.#scripts.get(id);
  }

  /** The scripts of a source: a cell that ran twice has two. */
  scriptsOf(path: string): UserScript[] {
    return [...this.#scripts.values()].filter((script) => script.path === path);
  }

  /** The text of a path; for a file, as it is on disk. @throws {Error} if there is none */
  text(path: string): string {
    return this.#texts.get(path) ?? readFileSync(path, "utf8");
  }
}

/**
 * The first line from `line` on (from one) that is neither blank nor only a comment; `line` itself if there is none.
 */
export function nextCodeLine(source: string, line: number): number {
  const lines = source.split(/\r?\n/);
  let inComment = false;
  for (let n = 1; n <= lines.length; n++) {
    let text = lines[n - 1]!;
    if (inComment) {
      const end = text.indexOf("*/");
      if (end < 0) continue;
      text = text.slice(end + 2);
      inComment = false;
    }
    const code = text.replace(/^(?:\s|\/\*.*?\*\/)+/, "");
    if (code.startsWith("/*")) inComment = true;
    else if (n >= line && code !== "" && !code.startsWith("//")) return n;
  }
  return line;
}
