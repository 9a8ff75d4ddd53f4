/** Deeper than any chart, and less than the call stack holds. */
const DEPTH = 200;

/**
 * A copy of a value as JSON can say it: typed arrays as lists, numbers that are none as null, bigints as numbers, Dates as ISO texts. Charts are
 * full of these, and JSON.stringify would make objects with numbered keys of them, or fail.
 * @throws {TypeError} for a value that contains itself
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
