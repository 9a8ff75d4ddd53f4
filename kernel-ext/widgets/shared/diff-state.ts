/**
 * Deep equality of plain values. Byte arrays are equal only if they are the same object: comparing contents would cost
 * more than it saves.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && sameValue(left[key], right[key]))
  );
}

/** The top-level keys of `next` whose values differ from `previous`. */
export function changedKeys<S extends object>(previous: S, next: S): Partial<S> {
  const keys = (Object.keys(next) as (keyof S)[]).filter((key) => !sameValue(previous[key], next[key]));
  return Object.fromEntries(keys.map((key) => [key, next[key]])) as Partial<S>;
}
