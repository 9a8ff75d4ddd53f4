import { promisify } from "node:util";

/**
 * Replaces the function `owner[name]` but keeps its other properties: util.promisify finds the promise form of a timer
 * in one of them.
 */
export function replace(owner: object, name: string, make: (original: never) => unknown): void {
  const functions = owner as Record<string, never>;
  const original = functions[name];
  if (typeof original !== "function") return;
  const replacement = make(original) as object;
  const { [promisify.custom]: _, ...properties } = Object.getOwnPropertyDescriptors(
    original,
  ) as PropertyDescriptorMap & {
    [promisify.custom]?: PropertyDescriptor;
  };
  Object.defineProperties(replacement, properties);
  const promiseForm = (original as { [promisify.custom]?: unknown })[promisify.custom];
  if (promiseForm !== undefined) {
    Object.defineProperty(replacement, promisify.custom, { value: promiseForm, writable: true, configurable: true });
  }
  functions[name] = replacement as never;
}
