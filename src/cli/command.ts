import type { Arguments, OptionSpecs } from "./arguments.js";

/** Output streams and abort signal of a command; replaced in tests. */
export interface Console {
  /** Results. */
  out(text: string): void;
  /** Progress and notes. */
  err(text: string): void;
  /** Whether `err` is a terminal, where a line can be overwritten. */
  readonly isTerminal: boolean;
  /** Width of the terminal in characters now, where it is known. */
  columns?(): number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Exit codes of the process. */
export const exitCodes = { ok: 0, error: 1, someFailed: 3, interrupted: 130 } as const;

export interface Command {
  readonly name: string;
  /** Other names. */
  readonly aliases?: readonly string[];
  /** What follows the name, e.g. `MANIFEST --model M [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** Paragraphs under the options. */
  readonly notes?: readonly string[];
  readonly options: OptionSpecs;
  run(given: Arguments, console: Console): Promise<number>;
}
