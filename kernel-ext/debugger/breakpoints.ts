import type { Debugger } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { appendTo } from "../../src/core/append-to.js";
import type { Inspector } from "./inspector.js";
import { nextCodeLine, type Sources, type UserScript } from "./sources.js";

/** A breakpoint set by the user. */
export interface UserBreakpoint {
  readonly id: number;
  readonly path: string;
  readonly line: number;
  /** TypeScript condition; the code stops only if it is true. */
  readonly condition: string | undefined;
  /** Condition on the hit count, see {@link meetsHitCondition}. */
  readonly hitCondition: string | undefined;
  /** Logged instead of stopping; expressions in braces are evaluated. */
  readonly logMessage: string | undefined;
  hits: number;
}

type Location = Debugger.BreakLocation;

/** The breakpoints of all sources, set in each script of their source, including scripts added later. */
export class Breakpoints {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  readonly #ofPath = new Map<string, UserBreakpoint[]>();
  /** User breakpoints by inspector breakpoint id. */
  readonly #set = new Map<string, UserBreakpoint>();
  #lastId = 0;

  constructor(inspector: Inspector, sources: Sources) {
    this.#inspector = inspector;
    this.#sources = sources;
  }

  /** The list for debugInfo. */
  list(): { source: string; breakpoints: DebugProtocol.SourceBreakpoint[] }[] {
    return [...this.#ofPath].map(([source, all]) => {
      return { source, breakpoints: all.map(({ line, condition }) => ({ line, ...(condition ? { condition } : {}) })) };
    });
  }

  /** Replaces the breakpoints of a source. */
  async replace(path: string, wanted: readonly DebugProtocol.SourceBreakpoint[]): Promise<DebugProtocol.Breakpoint[]> {
    const before = this.#ofPath.get(path) ?? [];
    let source: string | undefined;
    try {
      source = this.#sources.text(path);
    } catch {
      // The front end may set breakpoints of a cell before it sends the cell's source.
    }
    const all = wanted.map((each): UserBreakpoint => {
      const { condition, hitCondition, logMessage } = each;
      const line = source === undefined ? each.line : nextCodeLine(source, each.line);
      return { id: ++this.#lastId, path, line, condition, hitCondition, logMessage, hits: 0 };
    });
    if (all.length > 0) this.#ofPath.set(path, all);
    else this.#ofPath.delete(path);
    for (const [id, breakpoint] of this.#set) {
      if (!before.includes(breakpoint)) continue;
      this.#set.delete(id);
      await this.#inspector.post("Debugger.removeBreakpoint", { breakpointId: id });
    }
    for (const script of this.#sources.scriptsOf(path)) await this.bind(script);
    return all.map(({ id, line }) => ({ id, line, verified: true, source: { path } }));
  }

  /** Sets the breakpoints of a script that is about to run, or has run. */
  async bind(script: UserScript): Promise<void> {
    const all = this.#ofPath.get(script.path) ?? [];
    if (all.length === 0) return;
    const { prefixLines, compiledLines } = script.code;
    const { locations } = await this.#inspector.post("Debugger.getPossibleBreakpoints", {
      start: { scriptId: script.id, lineNumber: prefixLines, columnNumber: 0 },
      end: { scriptId: script.id, lineNumber: prefixLines + compiledLines, columnNumber: 0 },
    });
    const byLine = new Map<number, Location[]>();
    for (const location of locations) {
      const place = script.placeOf({ line: location.lineNumber, column: location.columnNumber ?? 0 });
      if (place) appendTo(byLine, place.line, location);
    }
    for (const breakpoint of all) {
      const line = [...byLine.keys()].filter((each) => each >= breakpoint.line).sort((a, b) => a - b)[0];
      for (const location of line === undefined ? [] : await this.#starts(byLine.get(line)!)) {
        await this.#setAt(location, breakpoint);
      }
    }
  }

  /** Keeps the first location of a line in each function: the functions may run at different times. */
  async #starts(locations: readonly Location[]): Promise<Location[]> {
    const starts: Location[] = [];
    let left = [...locations];
    while (left.length > 0) {
      const [start] = left;
      starts.push(start!);
      const end = left.at(-1)!;
      const { locations: same } = await this.#inspector.post("Debugger.getPossibleBreakpoints", {
        start: start!,
        // V8 omits the last location before an end in the same line.
        end: { scriptId: end.scriptId, lineNumber: end.lineNumber + 1, columnNumber: 0 },
        restrictToFunction: true,
      });
      const known = new Set(same.map(keyOf));
      left = left.slice(1).filter((each) => !known.has(keyOf(each)));
    }
    return starts;
  }

  async #setAt({ scriptId, lineNumber, columnNumber }: Location, breakpoint: UserBreakpoint): Promise<void> {
    try {
      const location = { scriptId, lineNumber, ...(columnNumber === undefined ? {} : { columnNumber }) };
      const { breakpointId } = await this.#inspector.post("Debugger.setBreakpoint", { location });
      this.#set.set(breakpointId, breakpoint);
    } catch {
      // Already set: two source lines map to the same location.
    }
  }

  /** The user breakpoints with the given inspector ids. */
  hit(ids: readonly string[] = []): UserBreakpoint[] {
    const found = ids.map((id) => this.#set.get(id)).filter((each) => each !== undefined);
    return [...new Set(found)];
  }
}

function keyOf({ lineNumber, columnNumber }: Location): string {
  return `${lineNumber}:${columnNumber}`;
}

/** `5`, `>= 5`, `% 2`, `== 3` … on the hit count; an invalid condition is ignored. */
export function meetsHitCondition(condition: string, hits: number): boolean {
  const match = /^\s*(>=|>|<=|<|===?|%)?\s*(\d+)\s*$/.exec(condition);
  if (!match) return true;
  const count = Number(match[2]);
  switch (match[1]) {
    case ">":
      return hits > count;
    case "<":
      return hits < count;
    case "<=":
      return hits <= count;
    case "=":
    case "==":
    case "===":
      return hits === count;
    case "%":
      return count > 0 && hits % count === 0;
    default:
      return hits >= count;
  }
}
