import { SamlabError } from "../../src/core/errors.js";
import { kernelContext, type Questions } from "../context.js";

/** Options of {@link input}. */
export interface InputOptions {
  /** Hide the typed text. */
  readonly password?: boolean;
}

/**
 * Asks the user for a line of text, under the running cell. Other work continues meanwhile.
 *
 * @param prompt shown before the input field
 * @returns the typed text, without a line break
 * @throws {SamlabError} `environment` if input is not available, for example when a notebook is run by nbconvert;
 * `canceled` on an interrupt; `state-order` if no cell is running
 *
 * @example
 * const name = await input("Name? ");
 * const token = await input("Token: ", { password: true });
 */
export async function input(prompt = "", options: InputOptions = {}): Promise<string> {
  return await questions("input").ask({ prompt: String(prompt), password: options.password === true });
}

/**
 * Asks the user for a line of text, and blocks until there is an answer, as in browsers. `await input()` keeps widgets
 * and timers running.
 *
 * @param message shown before the input field
 * @param defaultValue returned if nothing is typed
 * @throws {SamlabError} as {@link input}
 */
export function prompt(message = "", defaultValue = ""): string {
  return questions("prompt").askSync({ prompt: String(message), password: false }) || defaultValue;
}

function questions(what: string): Questions {
  const { questions } = kernelContext(what);
  if (!questions)
    throw new SamlabError("environment", `${what} needs a kernel that can ask its user.`, {
      remedy: "Call it in a notebook cell.",
    });
  return questions;
}

/** Defines `input` and `prompt` globally for all cells. Cells may redeclare the names. */
export function defineGlobals(): void {
  for (const value of [input, prompt]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true, enumerable: false });
  }
}
