import { isSamlabError, messageOf } from "../core/errors.js";
import { samlabPackage } from "../io/files/package.js";
import { readArguments, unknown } from "./arguments.js";
import { type Command, type Console, exitCodes } from "./command.js";
import { devicesCommand } from "./commands/devices.js";
import { distillCommand } from "./commands/distill.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { exportCommand } from "./commands/export.js";
import { finetuneCommand } from "./commands/finetune.js";
import { importCommand } from "./commands/import.js";
import { mergeCommand } from "./commands/merge.js";
import { modelsCommand } from "./commands/models.js";
import { segmentCommand } from "./commands/segment.js";
import { validateCommand } from "./commands/validate.js";
import { commandHelp, generalHelp } from "./help.js";

/** The library's commands. */
export const commands: readonly Command[] = [
  evaluateCommand,
  finetuneCommand,
  distillCommand,
  exportCommand,
  mergeCommand,
  validateCommand,
  importCommand,
  segmentCommand,
  modelsCommand,
  devicesCommand,
];

/**
 * Runs the command line's arguments (without node and the script); gives the exit code. Errors are printed to
 * `console.err`.
 * @param known available commands: {@link commands}, or more
 */
export async function runCli(
  argv: readonly string[],
  console: Console,
  known: readonly Command[] = commands,
): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      console.out(generalHelp(known, samlabPackage.version));
      return name === undefined ? exitCodes.error : exitCodes.ok;
    }
    if (name === "--version") {
      console.out(`${samlabPackage.version}\n`);
      return exitCodes.ok;
    }
    const command = known.find((one) => one.name === name || one.aliases?.includes(name));
    if (!command)
      throw unknown(
        name,
        known.flatMap((one) => [one.name, ...(one.aliases ?? [])]),
        "command",
      );
    if (rest.includes("--help") || rest.includes("-h")) {
      console.out(commandHelp(command));
      return exitCodes.ok;
    }
    return await command.run(readArguments(rest, command.options), console);
  } catch (error) {
    if (isSamlabError(error, "canceled") && console.signal.aborted) {
      console.err("Stopped.\n");
      return exitCodes.interrupted;
    }
    // An error other than SamlabError is a bug: print its stack for the report.
    const text =
      isSamlabError(error) || !(error instanceof Error) ? `samlab: ${messageOf(error)}` : `samlab: ${error.stack}`;
    console.err(`${text}\n`);
    return exitCodes.error;
  }
}
