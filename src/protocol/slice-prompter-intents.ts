import { type BoxPrompt, isBoxOnImage, isOnImage } from "../core/prompt.js";
import {
  type Addressed,
  type Check,
  type Fields,
  isCount,
  isNumber,
  isPlace,
  isText,
  nothing,
  type Parsed,
  parseMessage,
  wants,
  windowFields,
} from "./intent-checks.js";
import { type OverlapRule, overlapRules } from "./slice-prompter.js";
import { frameOf, type Place, type Subject } from "./slices.js";

/** The slice and the object that an action was begun for, which may no longer be shown and active at its end. */
export interface Target {
  /** The slice. */
  readonly place: Place;
  /** The object's `id`. Default: the active one. */
  readonly object?: number | undefined;
}

/** A user action, sent by a view and handled by the kernel. */
export type Intent =
  | { readonly kind: "goto"; readonly place: Place }
  | (Target & { readonly kind: "point"; readonly x: number; readonly y: number; readonly label: 0 | 1 })
  /**
   * The pointer went down where a click would set this point. Changes nothing, but the kernel may start to compute the
   * answer while the button is held.
   */
  | (Target & { readonly kind: "press"; readonly x: number; readonly y: number; readonly label: 0 | 1 })
  | (Target & { readonly kind: "box"; readonly box: BoxPrompt })
  | (Target & { readonly kind: "move-point"; readonly prompt: number; readonly x: number; readonly y: number })
  /** Removes a prompt of the slice, by default the last one. */
  | (Target & { readonly kind: "remove"; readonly prompt?: number | undefined })
  | (Target & { readonly kind: "clear" })
  | { readonly kind: "undo" }
  | { readonly kind: "redo" }
  /** Selects a candidate of the slice's answer; −1 is the single mask, as is the selected one again with `toggle`. */
  | (Target & { readonly kind: "choose"; readonly candidate: number; readonly toggle?: boolean | undefined })
  /** What is shown. */
  | { readonly kind: "window"; readonly low: number; readonly high: number; readonly name: string }
  /** Changes the window that the model uses from now on. */
  | { readonly kind: "model-window"; readonly low: number; readonly high: number; readonly name: string }
  /** Recomputes masks that were made with a different window than the model's current one. */
  | { readonly kind: "repredict" }
  | { readonly kind: "overlap"; readonly rule: OverlapRule }
  | { readonly kind: "object-add" }
  | { readonly kind: "object-select"; readonly object: number }
  /** Selects the object after the active one in the list, wrapping around. */
  | { readonly kind: "object-next" }
  | { readonly kind: "object-rename"; readonly object: number; readonly name: string }
  | { readonly kind: "object-remove"; readonly object: number }
  /** Locks an object, or unlocks it. If it is so already, `toggle` does the reverse. */
  | {
      readonly kind: "object-lock";
      readonly object: number;
      readonly locked: boolean;
      readonly toggle?: boolean | undefined;
    }
  /** Moves an object to a position in the list, from 0. */
  | { readonly kind: "object-move"; readonly object: number; readonly to: number }
  /** Moves an object up (−1) or down (1) by one position; at the end of the list it stays. */
  | { readonly kind: "object-step"; readonly object: number; readonly by: -1 | 1 }
  /** Removes prompts restored from an earlier run, as one undo step. */
  | { readonly kind: "reset" }
  /** Keeps the restored prompts and hides the notice. */
  | { readonly kind: "dismiss-restored" }
  /**
   * Propagates the active object through slices of the current plane, starting from those with a mask. Both ends are
   * included.
   */
  | { readonly kind: "propagate"; readonly first: number; readonly last: number }
  /** Confirms the object's mask on a slice, or revokes that. If it is so already, `toggle` does the reverse. */
  | (Target & { readonly kind: "confirm"; readonly confirmed: boolean; readonly toggle?: boolean | undefined })
  /**
   * Adds to or erases from the object's mask with a brush. `radius` in the unit of the subject, `path` as x, y, x, y …
   * in pixels.
   */
  | (Target & {
      readonly kind: "paint";
      readonly erase: boolean;
      readonly radius: number;
      readonly path: readonly number[];
    })
  /** A line drawn by hand, or points along it where the model takes no lines. `path` as x, y, x, y … in pixels. */
  | (Target & { readonly kind: "scribble"; readonly path: readonly number[]; readonly label: 0 | 1 })
  /** Adds the area inside a closed line to the object's mask, or removes it. `path` as x, y, x, y … in pixels. */
  | (Target & { readonly kind: "lasso"; readonly path: readonly number[]; readonly erase: boolean })
  | (Target & { readonly kind: "fill-holes" })
  | (Target & { readonly kind: "largest-part" })
  /** Opens or closes the three planes and the surface. */
  | { readonly kind: "overview"; readonly open: boolean }
  /** Moves the crosshair of the three planes to a pixel of a slice. */
  | { readonly kind: "crosshair"; readonly place: Place; readonly x: number; readonly y: number }
  /** Ends the propagation. Predictions go on. */
  | { readonly kind: "stop" }
  /** Cancels the running prediction. Its prompts stay. */
  | { readonly kind: "cancel" }
  | { readonly kind: "retry" };

/** An intent as sent in a message. */
export type IntentMessage = Addressed<Intent>;

/** The names of all intents. */
export type IntentKind = Intent["kind"];

function isInside(place: unknown, subject: Subject, x: unknown, y: unknown): boolean {
  if (!isPlace(place, subject) || !isNumber(x) || !isNumber(y)) return false;
  const { width, height } = frameOf(subject, place.plane);
  return isOnImage(x, y, width, height);
}

/** True for a box [x0, y0, x1, y1] with an area, inside the slice at `place`. */
export function isBox(place: unknown, subject: Subject, value: unknown): value is BoxPrompt {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(isNumber)) return false;
  const [x0, y0, x1, y1] = value as number[];
  if (!isPlace(place, subject)) return false;
  const { width, height } = frameOf(subject, place.plane);
  return x1 > x0 && y1 > y0 && isBoxOnImage(x0, y0, x1, y1, width, height);
}

function hasSlice({ frames }: Subject, index: number): boolean {
  return frames.some(({ count }) => index < count);
}

/** A stroke may extend beyond the image. */
export function isPath(value: unknown, least = 1): value is readonly number[] {
  return Array.isArray(value) && value.length >= 2 * least && value.length % 2 === 0 && value.every(isNumber);
}

/** The fields of a {@link Target}. */
const target = (f: Fields, s: Subject) => ({
  place: isPlace(f.place, s),
  object: f.object === undefined || isCount(f.object),
});

const toggle = (f: Fields) => ({ toggle: f.toggle === undefined || typeof f.toggle === "boolean" });

const point: Check = (f, s) =>
  wants({
    ...target(f, s),
    label: f.label === 0 || f.label === 1,
    "x, y": isInside(f.place, s, f.x, f.y),
  });

const checks: { readonly [K in IntentKind]: Check } = {
  goto: (f, s) => wants({ place: isPlace(f.place, s) }),
  point,
  press: point,
  box: (f, s) => wants({ ...target(f, s), box: isBox(f.place, s, f.box) }),
  "move-point": (f, s) => wants({ ...target(f, s), prompt: isCount(f.prompt), x: isNumber(f.x), y: isNumber(f.y) }),
  remove: (f, s) => wants({ ...target(f, s), prompt: f.prompt === undefined || isCount(f.prompt) }),
  clear: (f, s) => wants(target(f, s)),
  undo: nothing,
  redo: nothing,
  choose: (f, s) =>
    wants({
      ...target(f, s),
      ...toggle(f),
      candidate: isNumber(f.candidate) && [-1, 0, 1, 2].includes(f.candidate),
    }),
  window: (f) => wants(windowFields(f)),
  "model-window": (f) => wants(windowFields(f)),
  repredict: nothing,
  overlap: (f) => wants({ rule: overlapRules.includes(f.rule as OverlapRule) }),
  "object-add": nothing,
  "object-select": (f) => wants({ object: isCount(f.object) }),
  "object-next": nothing,
  "object-rename": (f) => wants({ object: isCount(f.object), name: isText(f.name) && f.name.trim() !== "" }),
  "object-remove": (f) => wants({ object: isCount(f.object) }),
  "object-lock": (f) => wants({ object: isCount(f.object), ...toggle(f), locked: typeof f.locked === "boolean" }),
  "object-move": (f) => wants({ object: isCount(f.object), to: isCount(f.to) }),
  "object-step": (f) => wants({ object: isCount(f.object), by: f.by === -1 || f.by === 1 }),
  reset: nothing,
  "dismiss-restored": nothing,
  propagate: (f, s) =>
    wants({ "first, last": isCount(f.first) && isCount(f.last) && f.first <= f.last && hasSlice(s, f.last) }),
  confirm: (f, s) => wants({ ...target(f, s), ...toggle(f), confirmed: typeof f.confirmed === "boolean" }),
  paint: (f, s) =>
    wants({
      ...target(f, s),
      erase: typeof f.erase === "boolean",
      radius: isNumber(f.radius) && f.radius > 0,
      path: isPath(f.path),
    }),
  scribble: (f, s) => wants({ ...target(f, s), path: isPath(f.path), label: f.label === 0 || f.label === 1 }),
  lasso: (f, s) => wants({ ...target(f, s), path: isPath(f.path, 3), erase: typeof f.erase === "boolean" }),
  "fill-holes": (f, s) => wants(target(f, s)),
  "largest-part": (f, s) => wants(target(f, s)),
  overview: (f) => wants({ open: typeof f.open === "boolean" }),
  crosshair: (f, s) => wants({ place: isPlace(f.place, s), "x, y": isInside(f.place, s, f.x, f.y) }),
  stop: nothing,
  cancel: nothing,
  retry: nothing,
};

/** Validates the content of a custom message. Never throws: for an invalid message it returns a `problem` text. */
export function parseIntent(content: unknown, subject: Subject): Parsed<Intent> {
  return parseMessage<Intent>(content, subject, checks);
}
