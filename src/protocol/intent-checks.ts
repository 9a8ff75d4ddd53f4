import { type Plane, planes } from "../core/plane.js";
import type { Place, Subject } from "./slices.js";

/** The fields of a message that has not been checked yet. */
export type Fields = { readonly [key: string]: unknown };

/** The name of the invalid field, or `null`. */
export type Check = (fields: Fields, subject: Subject) => string | null;

/** From a view to the kernel, once: it can take a {@link PictureMessage} from now on. */
export interface SeenMessage {
  readonly kind: "seen";
}

/** From the kernel to the views: reports an invalid message. */
export interface NoteMessage {
  readonly kind: "note";
  readonly text: string;
}

/** From the kernel to the requesting view: a file for the browser to save. Its bytes are the message's buffer. */
export interface FileMessage {
  readonly kind: "file";
  readonly view: string;
  readonly name: string;
  readonly type: string;
}

/** From the kernel to all views: content for the output, for pages that do not know its display id. */
export interface PictureMessage {
  readonly kind: "picture";
  /** Texts and base64 by MIME type. */
  readonly data: { readonly [mime: string]: string };
  /** Whether the data replace the widget too. */
  readonly isWhole?: boolean;
}

/** An intent as sent in a message, with the sending view and that view's sequence number. */
export type Addressed<I> = I & { readonly view: string; readonly seq: number };

/** A parsed message, or why it is invalid. */
export type Parsed<I> =
  | { readonly ok: true; readonly intent: Addressed<I> }
  | { readonly ok: false; readonly problem: string };

/** The first field whose condition is not met, or `null`. */
export function wants(conditions: { readonly [field: string]: boolean }): string | null {
  for (const [field, good] of Object.entries(conditions)) if (!good) return field;
  return null;
}

export const nothing = (): null => null;
export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
export const isCount = (value: unknown): value is number => isNumber(value) && Number.isInteger(value) && value >= 0;
export const isText = (value: unknown, most = Number.POSITIVE_INFINITY): value is string =>
  typeof value === "string" && value.length <= most;
export const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function isPlace(value: unknown, subject: Subject): value is Place {
  if (!isRecord(value) || !isCount(value.index)) return false;
  const plane = value.plane;
  if (plane !== null && !planes.includes(plane as Plane)) return false;
  const frame = subject.frames.find((candidate) => candidate.plane === plane);
  return frame !== undefined && value.index < frame.count;
}

/** Whether a message names the view that sends it, and the view's number for it. */
export function isAddressed(content: Fields): content is Addressed<Fields> {
  return isText(content.view, 64) && isCount(content.seq);
}

/** The fields of an intensity window. */
export function windowFields(f: Fields): { readonly [field: string]: boolean } {
  return {
    low: isNumber(f.low),
    high: isNumber(f.high) && isNumber(f.low) && f.high > f.low,
    name: isText(f.name),
  };
}

/**
 * Validates the content of a custom message by its type. Never throws: for an invalid message it returns a `problem`
 * text.
 */
export function parseMessage<I extends { readonly kind: string }, S = Subject>(
  content: unknown,
  subject: S,
  checks: { readonly [kind: string]: (fields: Fields, subject: S) => string | null },
): Parsed<I> {
  const bad = (problem: string): Parsed<I> => ({ ok: false, problem });
  if (!isRecord(content)) return bad("a message without fields");
  const { kind } = content;
  if (typeof kind !== "string" || !Object.hasOwn(checks, kind)) return bad(`unknown intent ${JSON.stringify(kind)}`);
  if (!isAddressed(content)) return bad(`${kind} without a view and seq`);
  const field = checks[kind](content, subject);
  if (field !== null) return bad(`${kind} with an invalid ${field}`);
  return { ok: true, intent: content as unknown as Addressed<I> };
}
