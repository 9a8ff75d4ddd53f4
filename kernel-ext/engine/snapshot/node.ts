/** Deeply nested code needs a large stack: the compiler is recursive. */
export const STACK_MB = 64;
export const MAX_HEAP_MB = 4096;

/**
 * Each cell leaves some megabytes of garbage that lived as long as the cell's program. V8 would let the garbage grow to
 * the size of the live heap before collecting it; collecting sooner has no measurable cost.
 */
const GROWING_PERCENT = 25;

/** The shell limits the stack of a process; leave some space for non-JavaScript frames. */
const WITH_DEEP_STACK = `ulimit -s ${STACK_MB * 1024} && exec "$0" "$@"`;

/** A command that starts Node for the compiler. A snapshot works only with the flags it was built with. */
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
