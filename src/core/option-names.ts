import { didYouMean } from "./did-you-mean.js";
import { SamlabError } from "./errors.js";

/** The names of all options; the compiler finds one that is missing. */
export type OptionNames<O> = { readonly [name in keyof O]-?: true };

/**
 * Refuses options that do not exist. TypeScript finds them where they are written; not in JavaScript, in JSON, or in an
 * object that is passed on.
 * @param what the function
 * @throws {SamlabError} `argument-invalid`
 */
export function checkOptionNames<O extends object>(what: string, options: O, names: OptionNames<O>): void {
  const known = Object.keys(names);
  const found = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (!found) return;
  const [field, value] = found;
  throw new SamlabError("argument-invalid", `${what} has no option ${field}.${didYouMean(field, known)}`, {
    field,
    value,
    remedy: `Its options are ${known.join(", ")}.`,
  });
}
