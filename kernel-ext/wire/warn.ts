import { writeSync } from "node:fs";

/** Writes one line to the real stderr, past the streams that belong to the cells. */
export function warn(text: string): void {
  try {
    writeSync(2, `samlab kernel: ${text}\n`);
  } catch {
    // Nobody listens; a warning is not worth the kernel.
  }
}
