import { input, prompt } from "./public.js";

/** Makes `input` and `prompt` known in all cells without an import. Cells may use the names for themselves. */
export function defineGlobals(): void {
  for (const value of [input, prompt]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true, enumerable: false });
  }
}
