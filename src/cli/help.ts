import type { Command } from "./command.js";

export function generalHelp(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `samlab ${version}: Segment Anything for medical images`,
    "",
    "Usage: samlab COMMAND [options]",
    "",
    ...commands.map(({ name, summary, aliases }) => {
      const also = aliases?.length ? ` (also: ${aliases.join(", ")})` : "";
      return `  ${name.padEnd(width)}  ${summary}${also}`;
    }),
    "",
    "samlab COMMAND --help tells more. Exit codes: 0 all went well, 1 error, 3 finished with failed cases, 130 stopped by Ctrl-C.",
    "",
  ].join("\n");
}

export function commandHelp({ name, usage, summary, options, notes = [] }: Command): string {
  const entries = Object.entries(options).map(([option, { value, help, multiple }]) => ({
    head: `--${option}${value === undefined ? "" : ` ${value}`}`,
    help: multiple ? `${help} May be given several times.` : help,
  }));
  const width = Math.max(6, ...entries.map(({ head }) => head.length));
  return [
    `Usage: samlab ${name} ${usage}`,
    "",
    summary,
    "",
    ...entries.map(({ head, help }) => `  ${head.padEnd(width)}  ${help}`),
    `  ${"--help".padEnd(width)}  This text.`,
    ...notes.flatMap((note) => ["", note]),
    "",
  ].join("\n");
}
