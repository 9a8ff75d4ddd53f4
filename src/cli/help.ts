import type { Command } from "./command.js";

/** The environment variables that the library and its commands read. */
export const environmentHelp = [
  "  SAMLAB_CACHE               where weights, compiled models and embeddings are kept",
  "  SAMLAB_GRAPH_CACHE_MB      room for compiled models there, MB (default 8192)",
  "  SAMLAB_EMBEDDING_CACHE_MB  room for embeddings there, MB (default 4096; 0 keeps none)",
  "  SAMLAB_TRAINING_CACHE_MB   room for states of trainings that were stopped, MB (default 4096)",
  "  SAMLAB_UNPACKED_CACHE_MB   room for decompressed .nii.bz2 files there, MB (default 1024; 0 keeps none)",
  "  SAMLAB_DEVICE              auto, cuda, webgpu or cpu",
  "  SAMLAB_THREADS             threads of ONNX Runtime (default: all cores)",
];

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
    "Environment:",
    ...environmentHelp,
    "",
    "See samlab COMMAND --help. Exit codes: 0 all went well, 1 error, 3 finished with failed cases, 130 stopped by Ctrl-C.",
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
