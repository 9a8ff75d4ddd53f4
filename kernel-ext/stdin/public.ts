import { SamlabError } from "../../src/core/errors.js";
import { kernelContext, type Questions } from "../context.js";

/** How the user is asked. */
export interface InputOptions {
  /** Hides what is typed. */
  readonly password?: boolean;
}

/**
 * Asks the user for a line of text, under the cell that runs. Other work goes on meanwhile.
 *
 * @param prompt shown before the box to type in
 * @returns what was typed, without a line break
 * @throws SamlabError `environment` where nobody can answer, as when a notebook is run by nbconvert; `cancelled` on an interrupt;
 * `state-order` when no cell runs
 *
 * @example
 * const name = await input("Name? ");
 * const token = await input("Token: ", { password: true });
 */
export async function input(prompt = "", options: InputOptions = {}): Promise<string> {
  return await questions("input").ask({ prompt: String(prompt), password: options.password === true });
}

/**
 * Asks the user for a line of text, and blocks until it is there, as in browsers. `await input()` leaves widgets and timers running.
 *
 * @param message shown before the box to type in
 * @param defaultValue the answer when nothing is typed
 * @throws SamlabError as {@link input}
 */
export function prompt(message = "", defaultValue = ""): string {
  return questions("prompt").askSync({ prompt: String(message), password: false }) || defaultValue;
}

function questions(what: string): Questions {
  const { questions } = kernelContext(what);
  if (!questions) throw new SamlabError("environment", `${what} needs a kernel that can ask its user.`);
  return questions;
}
