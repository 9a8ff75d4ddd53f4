import type { Console } from "./command.js";

/** Milliseconds between two routine texts: on a terminal, and elsewhere, where each is a line of its own. */
const patience = { terminal: 100, plain: 10_000 } as const;

export interface StatusLine {
  /** @param isRoutine may be left out when another came just before */
  show(text: string, isRoutine: boolean): void;
  end(): void;
}

/** Tells how a long command is doing: one line that is overwritten on a terminal, a line now and then elsewhere. */
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
