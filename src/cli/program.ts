import { messageOf } from "../core/errors.js";
import { systemCode } from "../io/files/file-errors.js";
import { type Command, exitCodes } from "./command.js";
import { runCli } from "./run.js";

/** The process of `samlab`: its arguments, streams, signals and exit code. */
export async function runProgram(commands: readonly Command[]): Promise<void> {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    // A second Ctrl-C exits at once, without waiting for the current slice.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
  process.on("SIGTERM", () => controller.abort());
  let isCut = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      const code = systemCode(error);
      // Whoever read it has closed it, as `| head` does. The work goes on, since its files matter more; likewise where
      // a disk is full.
      if (code === "EPIPE" || isCut) return;
      isCut = true;
      process.exitCode = exitCodes.error;
      process.stderr.write(`samlab: What it prints could not be written (${code ?? messageOf(error)}).\n`);
    });
  }

  const exitCode = await runCli(
    process.argv.slice(2),
    {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      isTerminal: process.stderr.isTTY === true,
      columns: () => process.stderr.columns,
      signal: controller.signal,
    },
    commands,
  );
  process.exitCode = isCut && exitCode === exitCodes.ok ? exitCodes.error : exitCode;
}
