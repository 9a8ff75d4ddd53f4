import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Prints one line of progress. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a setup step unless it was already done with the same key. The key is written only after the step has succeeded,
 * so that an interrupted step is repeated.
 */
export async function once(title: string, stamp: string, key: string, work: () => Promise<void>): Promise<void> {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  const start = performance.now();
  say(`${title} …`);
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
  say(`${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
