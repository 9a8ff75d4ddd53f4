import { allCommands } from "../../kernel-ext/cli/commands.js";
import { runCli } from "../../src/cli/run.js";

/** Runs a command of `samlab` as from a pipe, and gives what it printed. */
export async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runCli(
    argv,
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      isTerminal: false,
      signal: new AbortController().signal,
    },
    allCommands,
  );
  return { code, out, err };
}
