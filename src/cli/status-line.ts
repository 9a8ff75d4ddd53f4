import type { Console } from "./command.js";

/** Minimum milliseconds between two routine updates: on a terminal, and elsewhere, where each is a separate line. */
const patience = { terminal: 100, plain: 10_000 } as const;

export interface StatusLine {
  /** @param isRoutine may be skipped if it follows another too soon */
  show(text: string, isRoutine: boolean): void;
  end(): void;
}

/** Status of a long command: one line that is overwritten on a terminal, occasional lines elsewhere. */
export function statusLine(console: Console): StatusLine {
  let last = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  return {
    show(text, isRoutine) {
      const now = performance.now();
      if (isRoutine && now - last < (console.isTerminal ? patience.terminal : patience.plain)) return;
      last = now;
      console.err(console.isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      isOpen = console.isTerminal;
    },
    end() {
      if (isOpen) console.err("\n");
      isOpen = false;
    },
  };
}
