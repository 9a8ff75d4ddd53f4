/** Declarations of cell globals for the compiler. */
export const GLOBAL_DECLARATIONS = `
/** Asks the user for a line of text, under the cell that runs: \`const name = await input("Name? ")\`. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Asks the user for a line of text, and blocks until it is there: \`const name = prompt("Name? ")\`. */
declare function prompt(message?: string, defaultValue?: string): string;
`;
