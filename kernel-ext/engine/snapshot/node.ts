/** Deeply nested code needs a deep stack: the compiler walks it recursively. */
export const STACK_MB = 64;
export const MAX_HEAP_MB = 4096;

/**
 * Each cell leaves some megabytes of garbage that lived as long as the cell's program. V8 would let it grow to the size of what is in use before it
 * looks; looking sooner costs the cells nothing that can be measured.
 */
const GROWING_PERCENT = 25;

/** The stack of a process is what its shell allows, less some room for what is not JavaScript. */
const WITH_DEEP_STACK = `ulimit -s ${STACK_MB * 1024} && exec "$0" "$@"`;

/** A command that starts Node for the compiler. A snapshot is of use only to a Node that is started with the flags it was made with. */
export function compilerNode(args: readonly string[]): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const flags = [
    `--stack-size=${(STACK_MB - 4) * 1024}`,
    `--max-old-space-size=${MAX_HEAP_MB}`,
    `--heap-growing-percent=${GROWING_PERCENT}`,
    "--expose-gc",
  ];
  return { command: "/bin/sh", args: ["-c", WITH_DEEP_STACK, process.execPath, ...flags, ...args], env };
}
