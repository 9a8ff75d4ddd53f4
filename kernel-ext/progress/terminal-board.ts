import type { Bar, Board } from "./bar.js";
import { progressLine } from "./still.js";

/** Minimum interval between updates, ms: on a terminal, which can overwrite a line, and elsewhere. */
const minInterval = { terminal: 100, plain: 10_000 } as const;

/** The part of a stream used here; terminals set `isTTY`. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Progress bars outside notebooks, on stderr: overwritten in place on a terminal, occasional lines elsewhere. */
export class TerminalBoard implements Board {
  readonly #out: TextStream;
  readonly #now: () => number;
  #bars: Bar[] = [];
  #lines = 0;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(out: TextStream, now: () => number) {
    this.#out = out;
    this.#now = now;
  }

  add(bar: Bar): void {
    this.#bars.push(bar);
    this.#draw();
  }

  changed(bar: Bar, isRoutine: boolean): void {
    const hasEnded = bar.phase !== "running";
    const wait = this.#out.isTTY ? minInterval.terminal : minInterval.plain;
    if (!hasEnded) {
      if (!isRoutine || this.#now() * 1000 - this.#sentAt >= wait) this.#draw();
      return;
    }
    this.#erase();
    this.#bars = this.#bars.filter((other) => other !== bar);
    // A nested bar is removed; the outermost one stays in its final state.
    if (bar.leave && this.#bars.length === 0) this.#out.write(`${this.#fitted(bar)}\n`);
    else this.#draw();
  }

  write(text: string): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  #draw(): void {
    this.#sentAt = this.#now() * 1000;
    if (this.#bars.length === 0) return;
    if (!this.#out.isTTY) {
      this.#out.write(`${this.#bars.map((bar) => progressLine(bar.row())).join("; ")}\n`);
      return;
    }
    this.#erase();
    this.#out.write(this.#bars.map((bar) => this.#fitted(bar)).join("\n"));
    this.#lines = this.#bars.length;
  }

  #erase(): void {
    if (this.#lines === 0) return;
    this.#out.write(`\r\u001b[2K${"\u001b[1A\u001b[2K".repeat(this.#lines - 1)}`);
    this.#lines = 0;
  }

  /** A line wrapped by the terminal could not be erased. */
  #fitted(bar: Bar): string {
    const { isTTY, columns = 80 } = this.#out;
    const line = progressLine(bar.row());
    return isTTY && line.length >= columns ? line.slice(0, columns - 1) : line;
  }
}
