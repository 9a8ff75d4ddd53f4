import type { JsonObject } from "../comm/comm.js";

interface Entry {
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** The only session of an in-memory history. */
const SESSION = 1;

/** The cells that have run, for history_request. */
export class CellHistory {
  readonly #entries: Entry[] = [];

  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
  }

  /** Stores the text of a cell's result. */
  setOutput(line: number, output: string): void {
    const entry = this.#entries.findLast((candidate) => candidate.line === line);
    if (entry) entry.output = output;
  }

  /** Content of history_reply for the content of a history_request. */
  reply(request: JsonObject): { status: "ok"; history: unknown[] } {
    const history = this.#select(request).map(({ line, input, output }) => [
      SESSION,
      line,
      request.output === true ? [input, output] : input,
    ]);
    return { status: "ok", history };
  }

  #select(request: JsonObject): Entry[] {
    const n = typeof request.n === "number" ? request.n : Number.POSITIVE_INFINITY;
    switch (request.hist_access_type) {
      case "tail":
        return last(this.#entries, n);
      case "range":
        return this.#range(request);
      case "search": {
        const pattern = globToRegExp(typeof request.pattern === "string" ? request.pattern : "*");
        const found = this.#entries.filter(({ input }) => pattern.test(input));
        return last(request.unique === true ? lastOfEachInput(found) : found, n);
      }
      default:
        return [];
    }
  }

  /** Session 0 is the current one; earlier sessions are not kept. */
  #range({ session, start, stop }: JsonObject): Entry[] {
    if (session !== 0 && session !== SESSION && session !== undefined) return [];
    const from = typeof start === "number" ? start : 0;
    const to = typeof stop === "number" ? stop : Number.POSITIVE_INFINITY;
    return this.#entries.filter(({ line }) => line >= from && line < to);
  }
}

function last<T>(items: readonly T[], n: number): T[] {
  return n <= 0 ? [] : items.slice(-Math.min(n, items.length || 1));
}

function lastOfEachInput(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.input, entry])).values()].sort((a, b) => a.line - b.line);
}

/** Shell-style glob: `*` is any text, `?` any one character; must match the whole input. */
function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
