import { writeSync } from "node:fs";

/** Writes one line to the real stderr, bypassing the captured streams of cells. */
export function warn(text: string): void {
  try {
    writeSync(2, `samlab kernel: ${text}\n`);
  } catch {
    // Nobody is reading stderr; a warning is not worth a crash.
  }
}
