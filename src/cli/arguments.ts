import { parseArgs } from "node:util";
import { didYouMean } from "../core/did-you-mean.js";
import { SamlabError, show } from "../core/errors.js";

/** One option of a command, without its dashes. */
export interface OptionSpec {
  /** Placeholder of its value in the help, e.g. `FILE`; omitted for a flag. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given on the command line, checked against the specs. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The option's value, or `undefined`. */
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /**
   * The option's value, which must be one of the given words. @throws {SamlabError} `argument-invalid` naming the
   * nearest
   */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  choices<T extends string>(name: string, choices: readonly T[]): readonly T[];
  /** @throws {SamlabError} `argument-invalid` when it is not a number */
  number(name: string): number | undefined;
}

/**
 * Reads a command's arguments.
 * @throws {SamlabError} `argument-invalid` naming the unknown option and the nearest valid one, a missing value, or an
 * option given twice
 */
export function readArguments(argv: readonly string[], specs: OptionSpecs): Arguments {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: true },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec)
      throw unknown(
        token.rawName,
        Object.keys(specs).map((name) => `--${name}`),
      );
    // If a value is missing, parseArgs takes the next option as the value.
    const isForgotten =
      spec.value !== undefined && (token.value === undefined || (!token.inlineValue && token.value.startsWith("--")));
    if (isForgotten) throw invalid(token.rawName, `needs a value: ${token.rawName} ${spec.value}.`);
    if (spec.value === undefined && token.value !== undefined) throw invalid(token.rawName, "takes no value.");
    const given = values.get(token.name) ?? [];
    if (given.length > 0 && !spec.multiple) throw invalid(token.rawName, "was given twice.");
    values.set(token.name, [...given, token.value ?? ""]);
  }
  const text = (name: string) => values.get(name)?.[0];
  return {
    positionals,
    text,
    texts: (name) => values.get(name) ?? [],
    choice: (name, choices) => {
      const given = text(name);
      return given === undefined ? undefined : choiceOf(name, given, choices);
    },
    choices: (name, choices) => (values.get(name) ?? []).map((given) => choiceOf(name, given, choices)),
    flag: (name) => values.has(name),
    number: (name) => {
      const given = text(name);
      if (given === undefined) return undefined;
      const number = Number(given);
      if (given.trim() === "" || !Number.isFinite(number))
        throw invalid(`--${name}`, `needs a number, not ${show(given)}.`);
      return number;
    },
  };
}

function choiceOf<T extends string>(name: string, given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  throw new SamlabError("argument-invalid", `--${name} cannot be ${show(given)}.`, {
    field: `--${name}`,
    value: given,
    remedy: `Use ${choices.join(", ")}.`,
  });
}

/** The message for an unknown name, with the nearest known name if one is close. */
export function unknown(
  given: string,
  known: readonly string[],
  what = "option",
  where = "--help lists them.",
): SamlabError {
  return new SamlabError("argument-invalid", `There is no ${what} ${given}.${didYouMean(given, known)}`, {
    field: given,
    remedy: where,
  });
}

function invalid(name: string, what: string): SamlabError {
  return new SamlabError("argument-invalid", `${name} ${what}`, { field: name });
}
