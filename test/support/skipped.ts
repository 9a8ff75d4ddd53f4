import { appendFileSync } from "node:fs";

/** Says that tests are skipped, and why. `npm test` repeats it in its last lines. */
export function saySkipped(reason: string): void {
  process.stderr.write(`Skipped: ${reason}\n`);
  const file = process.env.SAMLAB_SKIPPED_FILE;
  if (file) appendFileSync(file, `${reason}\n`);
}
