import { input, prompt } from "./public.js";

/** What the compiler of cells must know of {@link defineGlobals}. */
export const GLOBAL_DECLARATIONS = `
/** Asks the user for a line of text, under the cell that runs: \`const name = await input("Name? ")\`. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Asks the user for a line of text, and blocks until it is there: \`const name = prompt("Name? ")\`. */
declare function prompt(message?: string, defaultValue?: string): string;
`;

/** Makes `input` and `prompt` known in all cells without an import. Cells may use the names for themselves. */
export function defineGlobals(): void {
  for (const value of [input, prompt]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true, enumerable: false });
  }
}
