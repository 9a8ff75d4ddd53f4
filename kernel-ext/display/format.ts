import { SamlabError } from "../../src/core/errors.js";
import type { MimeBundle } from "../context.js";
import { imageType } from "./image-type.js";
import { plainText } from "./plain-text.js";

/**
 * A method of this name makes an object show itself: it returns its content by MIME type, or a promise of it. The convention is
 * that of other JavaScript kernels, so one object shows itself in all of them.
 */
export const DISPLAY = Symbol.for("Jupyter.display");

/** Base64 of more would be longer than a string can be. */
const MAX_BINARY_BYTES = 400e6;

/**
 * An object with a string under this name is shown as the display with that id, wherever it is shown, also as the last value of a cell: it can renew
 * what it has shown.
 */
export const DISPLAY_ID = Symbol.for("samlab.displayId");

/** The id under which a value wants to be shown, if it has one. */
export function displayIdOf(value: unknown): string | undefined {
  const id = isObject(value) ? Reflect.get(value, DISPLAY_ID) : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Rows of a table that are shown. */
const TABLE_ROWS = 40;

interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isDisplayable(value: object): value is Displayable {
  return typeof (value as Partial<Displayable>)[DISPLAY] === "function";
}

/** An element of a document, such as a chart that was drawn into a simulated one. */
function isElement(value: object): value is { outerHTML: string } {
  return typeof (value as { outerHTML?: unknown }).outerHTML === "string";
}

/** A table of arquero, whichever copy of it made it. */
function isTable(value: object): value is { toHTML(options: object): string; toMarkdown(options: object): string } {
  return ["toHTML", "toMarkdown", "numRows"].every((name) => typeof Reflect.get(value, name) === "function");
}

/** Binary content as base64, everything else as it is, and a text for front ends that know nothing better. */
function complete(bundle: MimeBundle, value: unknown): MimeBundle {
  return { "text/plain": plainText(value), ...encodeBinary(bundle) };
}

/** Messages carry binary content as base64. */
export function encodeBinary(bundle: MimeBundle): MimeBundle {
  const entries = Object.entries(bundle).map(([mime, content]) => [
    mime,
    content instanceof Uint8Array ? base64(content) : content,
  ]);
  return Object.fromEntries(entries) as MimeBundle;
}

function base64(content: Uint8Array): string {
  if (content.byteLength <= MAX_BINARY_BYTES) {
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
  }
  const megabytes = Math.ceil(content.byteLength / 1e6);
  throw new SamlabError("argument-invalid", `${megabytes} MB cannot be shown: a notebook's text has no room for it.`, {
    value: content.byteLength,
    remedy: `Show at most ${MAX_BINARY_BYTES / 1e6} MB, and write the rest to a file.`,
  });
}

/** How a value is shown: its own way if it has one, else by its type, text/plain in any case. */
export function formatValue(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (!isObject(value)) return complete({}, value);
  if (isDisplayable(value)) {
    const own = value[DISPLAY]();
    return own instanceof Promise ? own.then((bundle) => complete(bundle, value)) : complete(own, value);
  }
  if (value instanceof Uint8Array) {
    const type = imageType(value);
    if (type) return { [type]: encodeBinary({ image: value }).image, "text/plain": `${type}, ${value.length} bytes` };
  }
  if (isTable(value)) {
    return { "text/html": value.toHTML({ limit: TABLE_ROWS }), "text/plain": value.toMarkdown({ limit: TABLE_ROWS }) };
  }
  if (isElement(value)) {
    const { outerHTML } = value;
    return complete({ [outerHTML.startsWith("<svg") ? "image/svg+xml" : "text/html"]: outerHTML }, value);
  }
  return complete({}, value);
}

/** True for content that is sorted by MIME type already, such as `{ "text/html": "<b>hi</b>" }`. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  // A typed array has a key for each of its elements, and may have millions.
  if (!isObject(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  let some = false;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (!/^[\w.+-]+\/[\w.+-]+$/.test(key)) return false;
    some = true;
  }
  return some;
}
