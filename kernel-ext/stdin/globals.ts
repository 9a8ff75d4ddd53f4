import { input, prompt } from "./public.js";

/** Defines `input` and `prompt` globally for all cells. Cells may redeclare the names. */
export function defineGlobals(): void {
  for (const value of [input, prompt]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true, enumerable: false });
  }
}
