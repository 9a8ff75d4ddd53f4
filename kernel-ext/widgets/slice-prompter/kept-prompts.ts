import { deflateRawSync, inflateRawSync } from "node:zlib";
import { isCount, isNumber, isPlace, isRecord, isText, windowFields } from "../../../src/protocol/intent-checks.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import {
  type ListedPrompt,
  type MaskOrigin,
  maskOrigins,
  type OverlapRule,
  overlapRules,
} from "../../../src/protocol/slice-prompter.js";
import { isBox, isPath } from "../../../src/protocol/slice-prompter-intents.js";
import type { Place, Subject } from "../../../src/protocol/slices.js";
import { type Book, type BookObject, type Slot, slotKey } from "./book.js";
import { type PackedCandidate, Run, type SliceAnswer } from "./run.js";

/** Increased when the file format changes. */
const format = 2;
/** Format 1 only had prompted masks. */
const formats: readonly unknown[] = [1, format];

/** What the call gave when the work was saved. */
export interface Given {
  readonly objects: readonly string[];
  /** The image's window. */
  readonly window: WindowRange | null;
}

/** The saved work of a widget. */
export interface Kept {
  /** Null in older files. */
  readonly given: Given | null;
  readonly book: Book;
  readonly place: Place;
  readonly shown: WindowRange | null;
  /** When it was saved. */
  readonly time: Date;
}

interface Model {
  readonly name: string;
  readonly hash: string;
}

/** Serializes the work; null if there is nothing worth saving. */
export function keptText({ given, book, place, shown }: Omit<Kept, "time">, model: Model): string | null {
  if (book.slots.size === 0) return null;
  const slots = [...book.slots.values()].map(({ run, before: _, ...slot }) => {
    return { ...slot, answer: run.answer && packAnswer(run.answer) };
  });
  const { objects, active, next, window, overlap } = book;
  const time = new Date().toISOString();
  const { name, hash } = model;
  return JSON.stringify({
    format,
    time,
    model: { name, hash },
    given,
    place,
    shown,
    objects,
    active,
    next,
    window,
    overlap,
    slots,
  });
}

/**
 * Parses the result of {@link keptText}. Drops masks from another model, except drawn or confirmed ones; their prompts
 * are predicted again.
 * @throws if the text is malformed
 */
export function readKept(text: string, subject: Subject, model: Model): Kept {
  const kept: unknown = JSON.parse(text);
  need(isRecord(kept) && formats.includes(kept.format), "format");
  const { place, shown, window, overlap, active, next } = kept;
  need(isPlace(place, subject), "place");
  need(isWindow(shown) && isWindow(window), "window");
  need(overlapRules.includes(overlap as OverlapRule), "overlap");
  need(isCount(next), "next");
  const given = kept.given === undefined ? null : readGiven(kept.given);
  const objects = list(kept.objects).map(readObject);
  need(
    objects.some(({ id }) => id === active),
    "objects",
  );
  const isSame = isRecord(kept.model) && kept.model.hash === model.hash;
  const slots = list(kept.slots).flatMap((slot) => readSlot(slot, subject, isSame));
  const book: Book = {
    window,
    overlap: overlap as OverlapRule,
    objects,
    active: active as number,
    next,
    slots: new Map(slots.map((slot) => [slotKey(slot.object, slot.place), slot])),
  };
  const time = new Date(String(kept.time));
  need(Number.isFinite(time.getTime()), "time");
  return { given, book, place, shown, time };
}

function need(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`${what} is not what it should be`);
}

function list(value: unknown): unknown[] {
  need(Array.isArray(value), "list");
  return value;
}

function isWindow(value: unknown): value is WindowRange | null {
  return value === null || (isRecord(value) && Object.values(windowFields(value)).every(Boolean));
}

function readGiven(value: unknown): Given {
  need(isRecord(value) && isWindow(value.window), "given");
  const objects = list(value.objects);
  need(
    objects.every((name) => isText(name)),
    "given",
  );
  return { objects, window: value.window };
}

function readObject(value: unknown, n: number): BookObject {
  need(isRecord(value), "object");
  const { id, name, color, locked, truthLabel = n + 1 } = value;
  need(isCount(id) && isText(name) && isText(color) && typeof locked === "boolean", "object");
  need(isCount(truthLabel), "object");
  return { id, name, color, locked, truthLabel };
}

function readSlot(value: unknown, subject: Subject, isSameModel: boolean): Slot[] {
  need(isRecord(value), "slot");
  const { object, place, chosen, window, answer, origin = "prompted", confirmed = false, doubt = "" } = value;
  need(maskOrigins.includes(origin as MaskOrigin) && typeof confirmed === "boolean" && isText(doubt), "slot");
  need(isCount(object) && isPlace(place, subject) && isNumber(chosen) && isWindow(window), "slot");
  const prompts = list(value.prompts).map((prompt) => readPrompt(prompt, place, subject));
  const run = new Run();
  const isOwn = confirmed || origin === "drawn";
  if ((isSameModel || isOwn) && answer !== null) run.finish(unpackAnswer(answer));
  if (origin !== "prompted" && !run.answer) return [];
  const kept = { origin: origin as MaskOrigin, confirmed: confirmed && run.answer !== null, doubt };
  return [{ object, place, ...kept, prompts, chosen: run.answer ? chosen : -1, window, run, before: null }];
}

function readPrompt(value: unknown, place: Place, subject: Subject): ListedPrompt {
  need(isRecord(value) && isCount(value.id), "prompt");
  const { id, kind, x, y, label, box, path } = value;
  if (kind === "box") {
    need(isBox(place, subject, box), "box");
    return { id, kind, box };
  }
  if (kind === "scribble") {
    need(isPath(path) && (label === 0 || label === 1), "scribble");
    return { id, kind, path, label };
  }
  need(kind === "point" && isNumber(x) && isNumber(y) && (label === 0 || label === 1), "point");
  return { id, kind, x, y, label };
}

/** Cache of serialized masks: most of them stay the same between changes. */
const packed = new WeakMap<Uint8Array, string>();

function packAnswer({ single, candidates, ...rest }: SliceAnswer) {
  const pack = ({ bits, pixels: _, ...more }: PackedCandidate) => {
    const known = packed.get(bits) ?? deflateRawSync(bits, { level: 1 }).toString("base64");
    packed.set(bits, known);
    return { ...more, bits: known };
  };
  return { ...rest, single: pack(single), candidates: candidates.map(pack) };
}

function unpackAnswer(value: unknown): SliceAnswer {
  need(isRecord(value), "answer");
  const { width, height, predictMs, encodeMs, provider } = value;
  need(isCount(width) && isCount(height) && isMeasure(predictMs) && isText(provider), "answer");
  need(isMeasure(encodeMs), "answer");
  const unpack = (candidate: unknown): PackedCandidate => {
    need(isRecord(candidate) && typeof candidate.bits === "string", "mask");
    const { predictedIou, area } = candidate;
    need(isMeasure(predictedIou) && isCount(area), "mask");
    const bits = new Uint8Array(inflateRawSync(Buffer.from(candidate.bits, "base64")));
    need(bits.length === Math.ceil((width * height) / 8), "mask");
    return { bits, predictedIou: predictedIou ?? Number.NaN, area, pixels: width * height };
  };
  return {
    width,
    height,
    single: unpack(value.single),
    candidates: list(value.candidates).map(unpack),
    predictMs: predictMs ?? Number.NaN,
    encodeMs,
    provider,
  };
}

/** JSON has null for NaN. */
function isMeasure(value: unknown): value is number | null {
  return value === null || isNumber(value);
}
