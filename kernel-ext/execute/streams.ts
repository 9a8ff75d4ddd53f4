import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";
// By this name the timer is not bound to a scope: flushing belongs to none.
import { setTimeout as startTimer } from "node:timers";
import { currentScope, type Scope } from "./scope.js";

export type StreamName = "stdout" | "stderr";

const FLUSH_CHARS = 1 << 16;
/** Text that comes faster than this is gathered. */
const GATHER_MS = 20;

/**
 * Publishes what cells write: at once when there was nothing for a moment, since a cell that computes without pause gives no second
 * chance, and else gathered in few, large messages. Whoever publishes anything else must flush first, so that outputs keep their
 * order.
 */
export class OutputStreams {
  readonly #publish: (scope: Scope, name: StreamName, text: string) => void;
  #scope: Scope | undefined;
  #name: StreamName = "stdout";
  #chunks: string[] = [];
  #chars = 0;
  #flushedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (scope: Scope, name: StreamName, text: string) => void) {
    this.#publish = publish;
  }

  write(scope: Scope | undefined, name: StreamName, text: string): void {
    if (scope === undefined || scope.silent || text === "") return;
    if (scope !== this.#scope || name !== this.#name) {
      this.flush();
      this.#scope = scope;
      this.#name = name;
    }
    this.#chunks.push(text);
    this.#chars += text.length;
    if (this.#chars >= FLUSH_CHARS || performance.now() - this.#flushedAt > GATHER_MS) this.flush();
    else this.#timer ??= startTimer(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#scope === undefined || this.#chars === 0) return;
    const text = this.#chunks.join("");
    this.#chunks = [];
    this.#chars = 0;
    this.#flushedAt = performance.now();
    this.#publish(this.#scope, this.#name, text);
  }

  /** Sends what is written to process.stdout and process.stderr, and so by `console`, to the notebook. */
  capture(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const decoder = new StringDecoder("utf8");
      const write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
        const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
        this.write(currentScope(), name, text);
        const callback = typeof encoding === "function" ? encoding : done;
        if (typeof callback === "function") process.nextTick(callback as () => void);
        return true;
      };
      process[name].write = write;
      // A kernel started in a terminal would colour its output as if that were where it went.
      process[name].isTTY = false;
    }
    // Node's own console wants to hear of each write later, and a cell that prints without pause gives no later: all of these calls
    // would pile up.
    const { stdout, stderr } = process;
    Object.assign(globalThis.console, new Console({ stdout, stderr, ignoreErrors: false, colorMode: false }));
  }
}
