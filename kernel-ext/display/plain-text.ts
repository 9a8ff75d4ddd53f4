import { type InspectOptions, inspect, types } from "node:util";

const OPTIONS: InspectOptions = { depth: 4, maxArrayLength: 60, maxStringLength: 10_000, colors: false };

/** Inspect options from normal to minimal, for values too large for the previous ones. */
const SHOWN: readonly InspectOptions[] = [
  OPTIONS,
  { ...OPTIONS, depth: 2, maxArrayLength: 20, maxStringLength: 1_000 },
  { ...OPTIONS, depth: 1, maxArrayLength: 10, maxStringLength: 100 },
  { ...OPTIONS, depth: 0, maxStringLength: 100 },
];
/** Maximum number of nested values in a text. */
const MAX_PARTS = 10_000;
/** Maximum number of properties shown for an object with too many. */
const MAX_KEYS = 60;

/** A value as text of bounded length. */
export function plainText(value: unknown): string {
  const options = SHOWN.find(({ depth, maxArrayLength }) => {
    return countParts(value, depth as number, maxArrayLength as number, MAX_PARTS) < MAX_PARTS;
  });
  if (options) return inspect(value, options);
  const { part, left } = firstKeys(value as object);
  return inspect(part, SHOWN.at(-1)!).replace(/\s*\}$/, `,\n  ... ${left} more properties\n}`);
}

/** Number of values that `inspect` would show; stops at `limit`. */
function countParts(value: unknown, depth: number, maxArrayLength: number, limit: number): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || types.isProxy(value)) return 1;
  let count = 1;
  const add = (part: unknown) => {
    count += depth > 0 ? countParts(part, depth - 1, maxArrayLength, limit - count) : 1;
    return count < limit;
  };
  if (Array.isArray(value)) {
    for (const part of value.slice(0, maxArrayLength)) if (!add(part)) return limit;
    return count;
  }
  if (value instanceof Map || value instanceof Set) {
    let shown = 0;
    for (const part of value.values()) if (shown++ >= maxArrayLength || !add(part)) break;
    return Math.min(count, limit);
  }
  for (const key in value) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property && !add(property.value)) return limit;
  }
  return count;
}

function firstKeys(value: object): { part: object; left: number } {
  const keys = Object.keys(value);
  const part = Object.create(Object.getPrototypeOf(value)) as object;
  for (const key of keys.slice(0, MAX_KEYS)) {
    Object.defineProperty(part, key, Object.getOwnPropertyDescriptor(value, key)!);
  }
  return { part, left: keys.length - MAX_KEYS };
}
