import type { JsonObject } from "../comm/comm.js";
import type { MimeBundle } from "../context.js";
import { jsonSafe } from "./json-safe.js";
import { type Shown, shown } from "./shown.js";

/**
 * A method with this key makes an object display itself: it returns content by MIME type, or `[content, metadata]`, or
 * a promise of either. The convention is shared with other JavaScript kernels, including Deno's.
 */
export const DISPLAY = Symbol.for("Jupyter.display");

/** Methods that return one kind of content, as named by IPython, IJavascript and browser libraries. */
const METHODS: readonly (readonly [mime: string, names: readonly string[]])[] = [
  ["text/html", ["_repr_html_", "_toHtml", "toHtml", "toHTML"]],
  ["image/svg+xml", ["_repr_svg_", "_toSvg", "toSvg", "toSVG"]],
  ["image/png", ["_repr_png_", "_toPng"]],
  ["image/jpeg", ["_repr_jpeg_", "_toJpeg"]],
  ["text/markdown", ["_repr_markdown_", "toMarkdown"]],
  ["text/latex", ["_repr_latex_"]],
  ["application/json", ["_repr_json_"]],
];
const BUNDLES = ["_repr_mimebundle_", "_toMime"];

type Answer = unknown;
type Method = () => Answer;

/** Called with an error in one of an object's display methods; the others are still used. */
export type ReportFault = (fault: unknown) => void;

/** True for an object that implements {@link DISPLAY}. */
export function hasDisplay(value: object): boolean {
  return method(value, DISPLAY) !== undefined;
}

/** True if the object has any display method of its own. */
export function showsItself(value: object): boolean {
  return hasDisplay(value) || asked(value).length > 0;
}

/**
 * The object's own display content; undefined if it has no such method, or none that works. Errors in a method are
 * reported and its content is left out.
 */
export function showOwn(value: object, report: ReportFault): Shown | undefined | Promise<Shown | undefined> {
  const own = method(value, DISPLAY);
  if (own) return settle(tried(own, report), (answer) => bundleOf(answer, report), report);
  const answers = asked(value).map(([mime, ask]) => [mime, tried(ask, report)] as const);
  if (answers.length === 0) return undefined;
  if (!answers.some(([, answer]) => answer instanceof Promise)) return merged(answers, report);
  const late = answers.map(async ([mime, answer]) => [mime, await settle(answer, (one) => one, report)] as const);
  return Promise.all(late).then((settled) => merged(settled, report));
}

/** Display methods of an object; a class is shown as a class, even if it has static methods with these names. */
function asked(value: object): (readonly [mime: string | null, ask: Method])[] {
  if (typeof value === "function") return [];
  const bundle = BUNDLES.map((name) => method(value, name)).find((found) => found);
  if (bundle) return [[null, bundle]];
  return METHODS.flatMap(([mime, names]) => {
    const found = names.map((name) => method(value, name)).find((one) => one);
    return found ? [[mime, found] as const] : [];
  });
}

function method(value: object, name: string | symbol): Method | undefined {
  const found = propertyOf(value, name);
  return typeof found === "function" ? () => found.call(value) : undefined;
}

/** The property of an object of any kind. A getter or a Proxy trap may throw: that counts as undefined. */
export function propertyOf(value: object, name: string | symbol): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

function tried(ask: Method, report: ReportFault): Answer {
  try {
    return ask();
  } catch (fault) {
    report(fault);
    return undefined;
  }
}

function settle<T>(answer: Answer, use: (answer: Answer) => T, report: ReportFault): T | Promise<T> {
  if (!(answer instanceof Promise)) return use(answer);
  return answer.then(use, (fault: unknown) => {
    report(fault);
    return use(undefined);
  });
}

function merged(
  answers: readonly (readonly [mime: string | null, answer: Answer])[],
  report: ReportFault,
): Shown | undefined {
  const parts = answers.map(([mime, answer]) => {
    if (mime === null) return bundleOf(answer, report);
    return answer === undefined || answer === null ? undefined : bundleOf({ [mime]: answer }, report);
  });
  const found = parts.filter((part) => part !== undefined);
  if (found.length === 0) return undefined;
  return shown(
    Object.assign({}, ...found.map(({ data }) => data)),
    Object.assign({}, ...found.map(({ metadata }) => metadata)),
  );
}

/** The result as a MIME bundle: content that cannot be sent is reported and left out. */
function bundleOf(answer: Answer, report: ReportFault): Shown | undefined {
  if (answer === undefined || answer === null) return undefined;
  const [data, metadata] = Array.isArray(answer) ? (answer as unknown[]) : [answer, {}];
  if (typeof data !== "object" || data === null) {
    report(new TypeError('The display method gave no content by MIME type, such as { "text/html": "<b>…</b>" }.'));
    return undefined;
  }
  return shown(sendable(data as MimeBundle, report), (metadata ?? {}) as JsonObject);
}

/** Keeps content that a message can carry: text, bytes, or JSON. */
export function sendable(data: MimeBundle, report: ReportFault): MimeBundle {
  const entries = Object.entries(data).flatMap(([mime, content]): [string, unknown][] => {
    if (content === undefined || content === null) return [];
    if (typeof content === "string" || content instanceof Uint8Array) return [[mime, content]];
    try {
      return [[mime, jsonSafe(content)]];
    } catch (fault) {
      report(fault);
      return [];
    }
  });
  return Object.fromEntries(entries);
}
