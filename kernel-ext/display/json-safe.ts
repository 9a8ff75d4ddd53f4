/** Maximum depth: deeper than any chart, within the limits of the call stack. */
const DEPTH = 200;

/**
 * A JSON-compatible copy of a value: typed arrays become arrays, non-finite numbers null, bigints numbers, Dates ISO
 * strings. Charts are full of these; JSON.stringify would turn typed arrays into objects with numeric keys, or throw.
 * @throws {TypeError} for a circular value
 */
export function jsonSafe(value: unknown, depth = 0): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH)
    throw new TypeError("The content contains itself, or is nested too deep, and cannot be sent as JSON.");
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>, (item) => jsonSafe(item));
  }
  if (Array.isArray(value)) return value.map((item) => jsonSafe(item, depth + 1) ?? null);
  if (value instanceof Map || value instanceof Set) return jsonSafe([...value], depth);
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonSafe(value.toJSON(), depth + 1);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonSafe(item, depth + 1)]));
}
