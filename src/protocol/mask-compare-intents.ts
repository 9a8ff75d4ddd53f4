import {
  type Addressed,
  type Check,
  isPlace,
  nothing,
  type Parsed,
  parseMessage,
  wants,
  windowFields,
} from "./intent-checks.js";
import { type CompareLayout, type ComparePaint, compareLayouts, comparePaints } from "./mask-compare.js";
import type { Place, Subject } from "./slices.js";

/** A user action, sent by a view and handled by the kernel. */
export type CompareIntent =
  | { readonly kind: "goto"; readonly place: Place }
  | { readonly kind: "window"; readonly low: number; readonly high: number; readonly name: string }
  | { readonly kind: "display"; readonly layout: CompareLayout; readonly paint: ComparePaint }
  | { readonly kind: "predict-all" }
  | { readonly kind: "cancel" }
  | { readonly kind: "retry" };

/** An intent as sent in a message. */
export type CompareMessage = Addressed<CompareIntent>;

const isOneOf = (choices: readonly string[], value: unknown): boolean =>
  typeof value === "string" && choices.includes(value);

const checks: { readonly [K in CompareIntent["kind"]]: Check } = {
  goto: (f, subject) => wants({ place: isPlace(f.place, subject) }),
  window: (f) => wants(windowFields(f)),
  display: (f) => wants({ layout: isOneOf(compareLayouts, f.layout), paint: isOneOf(comparePaints, f.paint) }),
  "predict-all": nothing,
  cancel: nothing,
  retry: nothing,
};

/** Validates the content of a custom message. Never throws: for an invalid message it returns a `problem` text. */
export function parseCompareIntent(content: unknown, subject: Subject): Parsed<CompareIntent> {
  return parseMessage<CompareIntent>(content, subject, checks);
}
