import { systemCode } from "../io/files/file-errors.js";
import type { Command } from "./command.js";
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
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      // Whoever read it has closed it, as `| head` does. The work goes on, since its files matter more.
      if (systemCode(error) !== "EPIPE") throw error;
    });
  }

  process.exitCode = await runCli(
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
}
