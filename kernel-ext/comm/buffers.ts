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
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return undefined;
}

/**
 * Extracts typed arrays and buffers from a state, at any depth. As in ipywidgets, an object key is removed with its
 * buffer, while in an array null takes its place. The buffers are views of the given arrays, respecting their offsets.
 */
export function splitBuffers(state: object): SplitState {
  const bufferPaths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const visit = (value: unknown, path: BufferPath): unknown => {
    const bytes = asBytes(value);
    if (bytes) {
      bufferPaths.push(path);
      buffers.push(bytes);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item: unknown, i) => visit(item, [...path, i]) ?? null);
    if (!isTree(value) || "toJSON" in value) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { state: visit(state, []) as JsonObject, bufferPaths, buffers };
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
