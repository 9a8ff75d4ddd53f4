import { isSamlabError, messageOf } from "../core/errors.js";
import { samlabPackage } from "../io/files/package.js";
import { type OptionSpecs, readArguments, unknown } from "./arguments.js";
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
import { inShell } from "./in-shell.js";

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
  const asksHelp = argv[0] === "help" && argv.length > 1;
  const [name, ...rest] = asksHelp ? argv.slice(1) : argv;
  const command = known.find((one) => one.name === name || (name !== undefined && one.aliases?.includes(name)));
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      console.out(generalHelp(known, samlabPackage.version));
      return name === undefined ? exitCodes.error : exitCodes.ok;
    }
    if (name === "--version") {
      console.out(`${samlabPackage.version}\n`);
      return exitCodes.ok;
    }
    if (!command)
      throw unknown(
        name,
        known.flatMap((one) => [one.name, ...(one.aliases ?? [])]),
        "command",
      );
    if (asksHelp || rest.includes("--help") || rest.includes("-h")) {
      console.out(commandHelp(command));
      return exitCodes.ok;
    }
    // Names of files and labels may be those of options: only what stands as an option is one.
    const err = (text: string) => console.err(bracesInOptions(text, command.options));
    return await command.run(readArguments(rest, command.options), { ...console, err });
  } catch (error) {
    if (isSamlabError(error, "canceled") && console.signal.aborted) {
      console.err("Stopped.\n");
      return exitCodes.interrupted;
    }
    // An error other than SamlabError is a bug: print its stack for the report.
    const text = isSamlabError(error) || !(error instanceof Error) ? messageOf(error) : error.stack;
    console.err(`samlab: ${isSamlabError(error) ? inOptions(String(text), command?.options ?? {}) : text}\n`);
    return exitCodes.error;
  }
}

/**
 * A message of the library names its options as code has them, such as `{ device: "cpu" }`: here they are those of the
 * command line, `--device cpu`, where the command has them all. Not in a call, such as `loadSam(path, { base })`. A
 * name alone, such as `minPixels`, is `--min-pixels`.
 */
function inOptions(text: string, specs: OptionSpecs): string {
  const alone = /(?<![\w./"'-])[a-z]+(?:[A-Z][a-z]+)+(?![\w./"'(-])/g;
  return bracesInOptions(text, specs).replace(alone, (name) => {
    const option = inKebabCase(name);
    return Object.hasOwn(specs, option) ? `--${option}` : name;
  });
}

const inKebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function bracesInOptions(text: string, specs: OptionSpecs): string {
  return text.replace(/(?<!\([^()]*)\{ ((?:\w+(?:: (?:"[^"]*"|[\w.]+))?(?:, )?)+) \}/g, (code, inner: string) => {
    const given = inner.split(/, (?=\w+(?:,|:|$))/).map((pair) => {
      const [, name, value] = pair.match(/^(\w+)(?:: "?([^"]*)"?)?$/) ?? [];
      const option = inKebabCase(name ?? "");
      if (!Object.hasOwn(specs, option)) return null;
      return value === undefined || value === "true" ? `--${option}` : `--${option} ${inShell(value)}`;
    });
    return given.includes(null) ? code : given.join(" ");
  });
}
