import type { Console } from "./command.js";

/** Minimum milliseconds between two routine updates: on a terminal, and elsewhere, where each is a separate line. */
const patience = { terminal: 100, plain: 10_000 } as const;

export interface StatusLine {
  /** @param isRoutine may be skipped if it follows another too soon */
  show(text: string, isRoutine: boolean): void;
  end(): void;
}

/**
 * Status of a long command: one line that is overwritten on a terminal, cut to its width until the end, occasional
 * lines elsewhere.
 */
export function statusLine(console: Console): StatusLine {
  let last = Number.NEGATIVE_INFINITY;
  let open: string | null = null;
  // Only one row of a terminal can be erased: a line that is wider would leave a row at each update.
  const fitted = (text: string) => {
    const columns = console.columns?.();
    return columns
      ? Array.from(text)
          .slice(0, columns - 1)
          .join("")
      : text;
  };
  return {
    show(text, isRoutine) {
      const now = performance.now();
      if (isRoutine && now - last < (console.isTerminal ? patience.terminal : patience.plain)) return;
      last = now;
      console.err(console.isTerminal ? `\r\u001b[K${fitted(text)}` : `${text}\n`);
      open = console.isTerminal ? text : null;
    },
    end() {
      if (open !== null) console.err(fitted(open) === open ? "\n" : `\r\u001b[K${open}\n`);
      open = null;
    },
  };
}
