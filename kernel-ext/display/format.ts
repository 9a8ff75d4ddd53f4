import { stripVTControlCharacters, types } from "node:util";
import { messageOf, SamlabError } from "../../src/core/errors.js";
import { currentKernel, type MimeBundle } from "../context.js";
import { describeThrown } from "../execute/traceback.js";
import { showChart } from "./charts.js";
import { escapeMarkup } from "./escape-markup.js";
import { isSvgText } from "./image-type.js";
import { showBlob, showBytes } from "./media.js";
import { hasDisplay, propertyOf, type ReportFault, sendable, showOwn, showsItself } from "./own-display.js";
import { plainText as textOf } from "./plain-text.js";
import { showSamlabValue } from "./samlab-values.js";
import { type Shown, shown } from "./shown.js";

/** Base64 of more bytes would exceed the maximum string length. */
const MAX_BINARY_BYTES = 400e6;

/**
 * An object with a string under this key is shown as the display with that id, including as the last value of a cell,
 * so it can update its output.
 */
export const DISPLAY_ID = Symbol.for("samlab.displayId");

/** The display id requested by a value, if any. */
export function displayIdOf(value: unknown): string | undefined {
  const id = isObject(value) ? propertyOf(value, DISPLAY_ID) : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Maximum number of table rows shown. */
const TABLE_ROWS = 40;

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** A DOM element, such as a chart rendered into a simulated DOM. */
function isElement(value: object): value is { outerHTML: string } {
  return typeof propertyOf(value, "outerHTML") === "string";
}

/** An arquero table, from any copy of the library. */
function isTable(value: object): value is Table {
  const methods = ["toHTML", "toMarkdown", "numRows", "columnNames", "rename"];
  return methods.every((name) => typeof propertyOf(value, name) === "function");
}

interface Table {
  columnNames(): readonly string[];
  rename(names: Readonly<Record<string, string>>): Table;
  toHTML(options: object): string;
  toMarkdown(options: object): string;
}

/** arquero escapes what stands in the cells, but not the names of columns, which `pivot` takes from the data. */
function tableHtml(table: Table): string {
  const names = table.columnNames().filter((name) => escapeMarkup(name) !== name);
  const escaped = table.rename(Object.fromEntries(names.map((name) => [name, escapeMarkup(name)])));
  return escaped.toHTML({ limit: TABLE_ROWS });
}

/** A chart builder, as in vega-lite-api and Observable's libraries. */
function isSpecMaker(value: object): value is { toSpec(): object } {
  return typeof value !== "function" && typeof propertyOf(value, "toSpec") === "function";
}

/** A value as text of bounded length. */
export function plainText(value: unknown): string {
  try {
    // Omit kernel frames, which are of no use to the user.
    if (value instanceof Error) return stripVTControlCharacters(describeThrown(value).traceback.join("\n"));
    return textOf(value);
  } catch (error) {
    // Custom inspect methods may throw.
    return `[${typeof value} that cannot be shown: ${messageOf(error)}]`;
  }
}

/** Encodes binary content as base64; everything else is unchanged. */
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
  throw new SamlabError("argument-invalid", `${megabytes} MB is too large to show in a notebook.`, {
    value: content.byteLength,
    remedy: `Show at most ${MAX_BINARY_BYTES / 1e6} MB, and write the rest to a file.`,
  });
}

/** Reports an error in a display method under the cell, which continues. */
function reportUnderCell(fault: unknown): void {
  const kernel = currentKernel();
  if (kernel?.showError) kernel.showError(fault);
  else process.stderr.write(`${describeThrown(fault).traceback.join("\n")}\n`);
}

/**
 * Formats a value for display: by its own display method if it has one, otherwise by its type, always with text/plain.
 * Never throws: an error in a value's own display method is passed to `report`, and the value is shown as text.
 */
export function formatValue(value: unknown, report: ReportFault = reportUnderCell): Shown | Promise<Shown> {
  const finish = (found: Shown | undefined): Shown => {
    const { data, metadata } = found ?? shown({});
    return {
      data: encodeBinary({ ...("text/plain" in data ? {} : { "text/plain": plainText(value) }), ...data }),
      metadata,
    };
  };
  try {
    const found = richContent(value, report);
    if (!(found instanceof Promise)) return finish(found);
    return found.then(finish, (fault: unknown) => {
      report(fault);
      return finish(undefined);
    });
  } catch (fault) {
    report(fault);
    return finish(undefined);
  }
}

/** A MIME bundle, with a text/plain that at least names the content. */
export function formatBundle(bundle: MimeBundle, report: ReportFault = reportUnderCell): Shown {
  const text = "text/plain" in bundle ? {} : { "text/plain": Object.keys(bundle).join(", ") };
  return shown(encodeBinary(sendable({ ...text, ...bundle }, report)));
}

/** A placeholder for a value whose content takes time. */
export function formatMeanwhile(value: unknown): Shown {
  const text = isObject(value) && !showsItself(value) ? showSamlabValue(value)?.text : undefined;
  return shown({ "text/plain": text ?? plainText(value) });
}

/** A Proxy whose traps may throw for names that its owner does not expect: then it has no such property. */
function lenient(value: object): object {
  return types.isProxy(value) ? new Proxy(value, { get: propertyOf }) : value;
}

function richContent(given: unknown, report: ReportFault): Shown | undefined | Promise<Shown | undefined> {
  if (typeof given === "string") return isSvgText(given) ? shown({ "image/svg+xml": given }) : undefined;
  if (!isObject(given)) return undefined;
  const value = lenient(given);
  // A table has a method for every format, but they include all of its rows.
  if (!hasDisplay(value) && isTable(value)) {
    return shown({
      "text/html": tableHtml(value),
      "text/plain": value.toMarkdown({ limit: TABLE_ROWS }),
    });
  }
  const own = showOwn(value, report);
  if (own !== undefined) return own;
  if (value instanceof Uint8Array) return showBytes(value);
  if (value instanceof ArrayBuffer) return showBytes(new Uint8Array(value));
  if (value instanceof Blob) return showBlob(value);
  const ours = showSamlabValue(value);
  if (ours) return ours.show();
  if (isElement(value)) {
    const { outerHTML } = value;
    return shown({ [/^\s*<svg[\s>]/.test(outerHTML) ? "image/svg+xml" : "text/html"]: outerHTML });
  }
  return showChart(value) ?? (isSpecMaker(value) ? showChart(value.toSpec()) : undefined);
}

/** True for a MIME bundle, such as `{ "text/html": "<b>hi</b>" }`. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  // A typed array has a key for each element, possibly millions.
  if (!isObject(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  let some = false;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (!/^[\w.+-]+\/[\w.+-]+$/.test(key)) return false;
    some = true;
  }
  return some;
}
