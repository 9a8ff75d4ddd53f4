import { inflateRawSync } from "node:zlib";
import { runsOfBits, sizeOfRuns } from "../../../src/core/mask-runs.js";
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
import { readBlock, type SlotArchive } from "./slot-archive.js";

/** Increased when the file format changes. */
const format = 3;
/** Format 1 only had prompted masks; 1 and 2 had masks as bits, and no block of slots. */
const formats: readonly unknown[] = [1, 2, format];

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

/** A slot as it is saved. */
export type SlotText = ReturnType<typeof slotText>;

export function slotText({ run, before: _, ...slot }: Slot) {
  const canceled = run.status === "canceled" ? { canceled: true } : {};
  return { ...slot, ...canceled, answer: run.answer && packAnswer(run.answer) };
}

/** Serializes the work. */
export function keptText(
  { given, book, place, shown }: Omit<Kept, "time">,
  model: Model,
  archive: SlotArchive<SlotText>,
): string {
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
    ...archive.of(book.slots),
  });
}

/**
 * Parses the result of {@link keptText}. Drops masks from another model, except drawn or confirmed ones; their prompts
 * are predicted again.
 * @throws if the text is malformed
 */
export function readKept(text: string, subject: Subject, model: Model, archive: SlotArchive<SlotText>): Kept {
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
  const { block = "", gone = [] } = kept;
  need(isText(block), "block");
  const inBlock = list(readBlock(block)).map((slot) => readSlot(slot, subject, isSame));
  // Of another model, the block has masks that are dropped here.
  if (isSame) archive.adopt(block, inBlock);
  const isGone = new Set(list(gone));
  const slots = [
    ...inBlock.filter((_, n) => !isGone.has(n)),
    ...list(kept.slots).map((slot) => readSlot(slot, subject, isSame)),
  ].filter(({ origin, run }) => origin === "prompted" || run.answer);
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

function readSlot(value: unknown, subject: Subject, isSameModel: boolean): Slot {
  need(isRecord(value), "slot");
  const { object, place, chosen, window, answer, origin = "prompted", confirmed = false, doubt = "" } = value;
  need(maskOrigins.includes(origin as MaskOrigin) && typeof confirmed === "boolean" && isText(doubt), "slot");
  need(isCount(object) && isPlace(place, subject) && isNumber(chosen) && isWindow(window), "slot");
  const prompts = list(value.prompts).map((prompt) => readPrompt(prompt, place, subject));
  const run = new Run();
  const isOwn = confirmed || origin === "drawn";
  if ((isSameModel || isOwn) && answer !== null) run.finish(unpackAnswer(answer));
  else if (value.canceled === true) run.cancel();
  const kept = { origin: origin as MaskOrigin, confirmed: confirmed && run.answer !== null, doubt };
  return { object, place, ...kept, prompts, chosen: run.answer ? chosen : -1, window, run, before: null };
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

function packAnswer({ single, candidates, ...rest }: SliceAnswer) {
  const pack = ({ runs, pixels: _, ...more }: PackedCandidate) => {
    return { ...more, runs: Buffer.from(runs).toString("base64") };
  };
  return { ...rest, single: pack(single), candidates: candidates.map(pack) };
}

function unpackAnswer(value: unknown): SliceAnswer {
  need(isRecord(value), "answer");
  const { width, height, predictMs, encodeMs, provider } = value;
  need(isCount(width) && isCount(height) && isMeasure(predictMs) && isText(provider), "answer");
  need(isMeasure(encodeMs), "answer");
  const unpack = (candidate: unknown): PackedCandidate => {
    need(isRecord(candidate), "mask");
    const { predictedIou, area } = candidate;
    need(isMeasure(predictedIou) && isCount(area), "mask");
    const pixels = width * height;
    return { runs: readRuns(candidate, pixels, area), predictedIou: predictedIou ?? Number.NaN, area, pixels };
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

function readRuns({ runs, bits }: Readonly<Record<string, unknown>>, pixels: number, area: number): Uint8Array {
  if (isText(bits)) {
    const unpacked = inflateRawSync(Buffer.from(bits, "base64"));
    need(unpacked.length === Math.ceil(pixels / 8), "mask");
    return runsOfBits(unpacked, pixels);
  }
  need(isText(runs), "mask");
  const read = Uint8Array.from(Buffer.from(runs, "base64"));
  const size = sizeOfRuns(read);
  need(size.pixels === pixels && size.area === area, "mask");
  return read;
}

/** JSON has null for NaN. */
function isMeasure(value: unknown): value is number | null {
  return value === null || isNumber(value);
}
