import { homedir } from "node:os";
import { resolve } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { type CodeKnowledge, type MagicStep, mayHaveMagics, RUN_STEP, readMagics } from "./magics.js";
import { runShell } from "./shell.js";

/** The part of the engine used to recognize magics. */
export interface CodeReader {
  isComplete(code: string): Promise<{ readonly status: string }>;
  inspect(code: string, cursor: number): Promise<unknown>;
}

/** What the magics parser needs to know about TypeScript. */
export function codeKnowledge(reader: CodeReader): CodeKnowledge {
  return {
    parses: async (code) => (await reader.isComplete(code)).status === "complete",
    isKnown: async (code, end) => (await reader.inspect(code, end)) !== null,
  };
}

/**
 * Runs a cell that may have `!command` and `%magic` lines: first the steps at its top, then `run` with the remaining
 * code. A cell of plain TypeScript is passed to `run` unchanged.
 * @param signal returns the signal that ends commands
 * @param skipped the outcome of a cell without any code
 * @throws {SamlabError} `run-failed` for a command that fails, `argument-invalid` for a magic that this kernel does not
 * support
 */
export async function runWithMagics<T>(
  code: string,
  reader: CodeReader,
  signal: AbortSignal,
  run: (code: string) => Promise<T>,
  skipped: T,
): Promise<T> {
  const magic = mayHaveMagics(code) ? await readMagics(code, codeKnowledge(reader)) : undefined;
  if (!magic) return run(code);
  if (magic.kind === "error") throw new SamlabError("argument-invalid", magic.sentence);
  for (const step of magic.steps) await runStep(step, signal);
  if (magic.code === "") return skipped;
  const value = (step: MagicStep) => runStep(step, signal);
  Object.defineProperty(globalThis, RUN_STEP, { value, configurable: true });
  const start = performance.now();
  const outcome = await run(magic.code);
  if (magic.isTimed) process.stdout.write(`Wall time: ${durationText(performance.now() - start)}\n`);
  return outcome;
}

async function runStep(step: MagicStep, signal: AbortSignal): Promise<void> {
  if (step.kind === "shell") {
    await runShell(step.command, { signal, write: (name, text) => void process[name].write(text) });
    return;
  }
  const folder = resolve(step.folder.replace(/^~(?=[\\/]|$)/, homedir()));
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new SamlabError("file-missing", `There is no folder ${folder}.`, {
      file: folder,
      cause,
      remedy: "Check the path; relative ones start at the working directory.",
    });
  }
  process.stdout.write(`${process.cwd()}\n`);
}

function durationText(ms: number): string {
  if (ms < 1_000) return `${ms.toPrecision(3)} ms`;
  return ms < 60_000
    ? `${(ms / 1_000).toPrecision(3)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round(ms / 1_000) % 60} s`;
}
