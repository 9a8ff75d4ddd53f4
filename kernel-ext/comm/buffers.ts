import type { Json, JsonObject } from "./comm.js";

/** A path into a state: object keys and array indices. */
export type BufferPath = readonly (string | number)[];

/** A widget state for sending: JSON, with the binary parts and their paths. */
export interface SplitState {
  readonly state: JsonObject;
  readonly bufferPaths: readonly BufferPath[];
  readonly buffers: readonly Uint8Array[];
}

type Tree = { [key: string]: unknown };

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (typeof value !== "object") return undefined;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return undefined;
}

/** True if there is something to extract: a list of many thousand records has nothing, and is sent as it is. */
function hasBytes(value: unknown): boolean {
  if (!isTree(value)) return false;
  if (asBytes(value)) return true;
  if (Array.isArray(value)) return value.some(hasBytes);
  if ("toJSON" in value) return false;
  for (const key in value) if (hasBytes(value[key])) return true;
  return false;
}

/**
 * Extracts typed arrays and buffers from a state, at any depth. As in ipywidgets, an object key is removed with its
 * buffer, while in an array null takes its place. The buffers are views of the given arrays, respecting their offsets.
 */
export function splitBuffers(state: object): SplitState {
  const bufferPaths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const path: (string | number)[] = [];
  const visitAt = (key: string | number, item: unknown): unknown => {
    path.push(key);
    const visited = visit(item);
    path.pop();
    return visited;
  };
  const visit = (value: unknown): unknown => {
    const bytes = asBytes(value);
    if (bytes) {
      bufferPaths.push([...path]);
      buffers.push(bytes);
      return undefined;
    }
    if (!isTree(value) || !hasBytes(value)) return value;
    if (Array.isArray(value)) return value.map((item: unknown, i) => visitAt(i, item) ?? null);
    const entries = Object.entries(value).map(([key, item]) => [key, visitAt(key, item)]);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { state: visit(state) as JsonObject, bufferPaths, buffers };
}

/** Puts buffers back into a received state. Paths that do not exist are ignored. */
export function mergeBuffers(
  state: JsonObject,
  bufferPaths: Json | undefined,
  buffers: readonly Uint8Array[],
): JsonObject {
  if (!Array.isArray(bufferPaths) || bufferPaths.length === 0) return state;
  const merged = structuredClone(state) as Tree;
  for (const [i, path] of bufferPaths.entries()) {
    const buffer = buffers[i];
    if (!Array.isArray(path) || path.length === 0 || buffer === undefined) continue;
    let place: unknown = merged;
    for (const key of path.slice(0, -1)) place = isTree(place) ? place[String(key)] : undefined;
    if (isTree(place)) place[String(path.at(-1))] = buffer;
  }
  return merged as JsonObject;
}
