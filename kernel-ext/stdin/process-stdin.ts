import * as readline from "node:readline";
import * as readlinePromises from "node:readline/promises";
import { Readable } from "node:stream";

/**
 * Asks the user for a line; returns undefined if no cell is running that could ask, and resolves to undefined if it
 * ended first.
 */
export type AskLine = () => Promise<string | undefined> | undefined;

/** `process.stdin` in cells: whenever something waits for a line, the user is asked for one. */
class CellInput extends Readable {
  /** File descriptor checked by programs to detect a terminal. */
  readonly fd = 0;
  readonly isTTY = false;
  readonly #ask: AskLine;
  #wanted = false;
  #asking = false;

  constructor(ask: AskLine) {
    super();
    this.#ask = ask;
  }

  override _read(): void {
    this.#wanted = true;
    this.want();
  }

  override resume(): this {
    super.resume();
    this.want();
    return this;
  }

  /**
   * Asks shortly, if something is still reading by then: a reader requests the next line as soon as it has one, and
   * only then says that it was the last.
   */
  want(): void {
    setImmediate(() => setImmediate(() => this.#askNow()));
  }

  #askNow(): void {
    const isRead = this.readableFlowing === true || this.listenerCount("readable") > 0;
    if (!this.#wanted || this.#asking || !isRead) return;
    let line: Promise<string | undefined> | undefined;
    try {
      line = this.#ask();
    } catch (error) {
      this.emit("error", error);
      return;
    }
    if (!line) return;
    this.#asking = true;
    void line.then((text) => {
      this.#asking = false;
      if (text === undefined) return;
      this.#wanted = false;
      this.push(`${text}\n`);
    });
  }
}

/** Makes `process.stdin`, and with it `readline`, ask the user. Called once per process. */
export function replaceStdin(ask: AskLine): void {
  const stdin = new CellInput(ask);
  Object.defineProperty(process, "stdin", { value: stdin, configurable: true, enumerable: true });
  // An interface created in an earlier cell is already reading, so asking again does not notify the stream.
  for (const { prototype } of [readline.Interface, readlinePromises.Interface]) {
    const original = prototype.question as (...args: unknown[]) => unknown;
    prototype.question = function (this: { input?: unknown }, ...args: unknown[]): never {
      if (this.input === stdin) stdin.want();
      return original.apply(this, args) as never;
    };
  }
}
