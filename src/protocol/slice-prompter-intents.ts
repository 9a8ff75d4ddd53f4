import { type Plane, planes } from "../core/plane.js";
import type { BoxPrompt } from "../core/prompt.js";
import { frameOf, type Place, type Subject } from "./slice-prompter.js";

/** What a user wants, as a view says it. The kernel decides what becomes of it. */
export type Intent =
  | { readonly kind: "goto"; readonly place: Place }
  | { readonly kind: "point"; readonly place: Place; readonly x: number; readonly y: number; readonly label: 0 | 1 }
  | { readonly kind: "box"; readonly place: Place; readonly box: BoxPrompt }
  | { readonly kind: "move-point"; readonly prompt: number; readonly x: number; readonly y: number }
  | { readonly kind: "remove"; readonly prompt: number }
  | { readonly kind: "clear" }
  | { readonly kind: "undo" }
  | { readonly kind: "redo" }
  | { readonly kind: "choose"; readonly candidate: number }
  | {
      readonly kind: "window";
      readonly low: number;
      readonly high: number;
      readonly name: string;
      /** Also give the model this window. */
      readonly forModel: boolean;
    }
  | { readonly kind: "object-add" }
  | { readonly kind: "object-select"; readonly object: number }
  | { readonly kind: "object-rename"; readonly object: number; readonly name: string }
  | { readonly kind: "object-remove"; readonly object: number }
  | { readonly kind: "cancel" }
  | { readonly kind: "retry" };

/** An intent on the wire: with the view that sends it and that view's running number. */
export type IntentMessage = Intent & { readonly view: string; readonly seq: number };

/** From the kernel to the views, beside the state: a message that could not be understood. */
export interface NoteMessage {
  readonly kind: "note";
  readonly text: string;
}

export type IntentKind = Intent["kind"];

type Fields = { readonly [key: string]: unknown };
type Check = (fields: Fields, subject: Subject) => string | null;

/** `null`, or which field is wrong. */
function wants(conditions: { readonly [field: string]: boolean }): string | null {
  for (const [field, good] of Object.entries(conditions)) if (!good) return field;
  return null;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown): value is number => isNumber(value) && Number.isInteger(value) && value >= 0;
const isText = (value: unknown, most: number): value is string => typeof value === "string" && value.length <= most;
const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isPlace(value: unknown, subject: Subject): value is Place {
  if (!isRecord(value) || !isCount(value.index)) return false;
  const plane = value.plane;
  if (plane !== null && !planes.includes(plane as Plane)) return false;
  const frame = subject.frames.find((candidate) => candidate.plane === plane);
  return frame !== undefined && value.index < frame.count;
}

function isInside(place: unknown, subject: Subject, x: unknown, y: unknown): boolean {
  if (!isPlace(place, subject) || !isNumber(x) || !isNumber(y)) return false;
  const { width, height } = frameOf(subject, place.plane);
  return x >= -0.5 && y >= -0.5 && x < width && y < height;
}

function isBox(place: unknown, subject: Subject, value: unknown): value is BoxPrompt {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(isNumber)) return false;
  const [x0, y0, x1, y1] = value as number[];
  return x1 > x0 && y1 > y0 && isInside(place, subject, x0, y0) && isInside(place, subject, x1, y1);
}

const nothing: Check = () => null;

const checks: { readonly [K in IntentKind]: Check } = {
  goto: (f, s) => wants({ place: isPlace(f.place, s) }),
  point: (f, s) =>
    wants({
      place: isPlace(f.place, s),
      label: f.label === 0 || f.label === 1,
      "x, y": isInside(f.place, s, f.x, f.y),
    }),
  box: (f, s) => wants({ place: isPlace(f.place, s), box: isBox(f.place, s, f.box) }),
  "move-point": (f) => wants({ prompt: isCount(f.prompt), x: isNumber(f.x), y: isNumber(f.y) }),
  remove: (f) => wants({ prompt: isCount(f.prompt) }),
  clear: nothing,
  undo: nothing,
  redo: nothing,
  choose: (f) => wants({ candidate: isNumber(f.candidate) && [-1, 0, 1, 2].includes(f.candidate) }),
  window: (f) =>
    wants({
      low: isNumber(f.low),
      high: isNumber(f.high) && (f.high as number) > (f.low as number),
      name: isText(f.name, 80),
      forModel: typeof f.forModel === "boolean",
    }),
  "object-add": nothing,
  "object-select": (f) => wants({ object: isCount(f.object) }),
  "object-rename": (f) => wants({ object: isCount(f.object), name: isText(f.name, 80) && f.name.trim() !== "" }),
  "object-remove": (f) => wants({ object: isCount(f.object) }),
  cancel: nothing,
  retry: nothing,
};

export type ParsedIntent =
  | { readonly ok: true; readonly intent: IntentMessage }
  | { readonly ok: false; readonly problem: string };

/** Checks the content of a custom message. Whatever arrives, this returns: a bad message is a `problem` in words. */
export function parseIntent(content: unknown, subject: Subject): ParsedIntent {
  const bad = (problem: string): ParsedIntent => ({ ok: false, problem });
  if (!isRecord(content)) return bad("a message without fields");
  const { kind } = content;
  if (typeof kind !== "string" || !Object.hasOwn(checks, kind)) return bad(`unknown intent ${JSON.stringify(kind)}`);
  if (!isText(content.view, 64) || !isCount(content.seq)) return bad(`${kind} without a view and seq`);
  const field = checks[kind as IntentKind](content, subject);
  if (field !== null) return bad(`${kind} with an invalid ${field}`);
  return { ok: true, intent: content as unknown as IntentMessage };
}
