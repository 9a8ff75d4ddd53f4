import { messageOf } from "../../../src/core/errors.js";
import { runsOfBits } from "../../../src/core/mask-runs.js";
import type {
  AnswerState,
  CrossingMask,
  LiveScoreState,
  MaskState,
  ModelInfo,
  ObjectState,
  ProblemState,
  RestoredState,
  SliceMark,
  SliceMask,
  SlicePrompterState,
  SpeculativeMask,
  WindowState,
  WorkState,
} from "../../../src/protocol/slice-prompter.js";
import { slicePrompterProtocol } from "../../../src/protocol/slice-prompter.js";
import type { Place, SliceSamples } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { answerOf, type Book, byPriority, maskOf, type Slot, slotOf } from "./book.js";
import { countBits, type ObjectOnSlice, type PackedBits } from "./crossing.js";
import type { SpeculativeClick } from "./model-work.js";
import type { OverviewParts } from "./overview/overview.js";
import { chosenOf } from "./run.js";

type Crossed = ReadonlyMap<number, ReadonlySet<number>>;

/** Kernel-side data from which the state of the views is derived. */
export interface ViewStateInput {
  readonly source: SliceSource;
  readonly model: ModelInfo;
  readonly book: Book;
  readonly place: Place;
  /** The objects on the slice, by id. */
  readonly onSlice: ReadonlyMap<number, ObjectOnSlice>;
  /** The slices of the plane on which each object has voxels from slices of other planes. */
  readonly crossed: Crossed;
  readonly slice: SliceSamples;
  readonly window: WindowState | null;
  readonly parts: OverviewParts;
  readonly speculative: SpeculativeClick | null;
  readonly scores: LiveScoreState | null;
  readonly work: WorkState;
  readonly problem: ProblemState | null;
  readonly restored: RestoredState | null;
  readonly history: { readonly undo: boolean; readonly redo: boolean };
}

export function viewState(known: ViewStateInput): Omit<SlicePrompterState, "handled"> {
  const { book, place } = known;
  const slot = slotOf(book, place);
  return {
    protocol: slicePrompterProtocol,
    subject: known.source.subject,
    model: known.model,
    place,
    slice: known.slice,
    window: known.window,
    objects: objectStates(known),
    active: book.active,
    overlap: book.overlap,
    prompts: slot?.prompts ?? [],
    masks: masks(book, place),
    crossing: crossingMasks(known),
    speculative: speculativeMask(known.speculative),
    answer: slot && answerState(slot),
    mask: slot && maskState(slot),
    marks: marksOf(book, place, known.crossed),
    ...known.parts,
    scores: known.scores,
    work: known.work,
    problem: known.problem,
    restored: known.restored,
    history: known.history,
  };
}

function objectStates({ book, place, source, onSlice }: ViewStateInput): ObjectState[] {
  const masked = [...book.slots.values()].filter((slot) => answerOf(slot));
  const lost = lostPixels(book, onSlice);
  return book.objects.map(({ id, name, color, locked }) => {
    const whole = onSlice.get(id)?.whole;
    return {
      id,
      name,
      color,
      locked,
      lost: (lost.get(id) ?? 0) * source.pixelArea(place),
      area: whole ? whole.area * source.pixelArea(place) : null,
      slices: masked.filter((other) => other.object === id).length,
    };
  });
}

/** For each object, by id: how many pixels of its mask on a slice go to another object. */
function lostPixels(book: Book, onSlice: ViewStateInput["onSlice"]): ReadonlyMap<number, number> {
  const lost = new Map<number, number>();
  let taken: Uint8Array | null = null;
  for (const { id } of byPriority(book)) {
    const bits = onSlice.get(id)?.whole?.bits;
    if (!bits) continue;
    const before: Uint8Array | null = taken;
    if (before) lost.set(id, countBits(bits.map((byte, n) => byte & before[n])));
    taken = before ? bits.map((byte, n) => byte | before[n]) : bits;
  }
  return lost;
}

/** In list order, the active one last, since it is painted on top. */
function paintOrder({ objects, active }: Book): Book["objects"] {
  return [...objects].sort((a, b) => Number(a.id === active) - Number(b.id === active));
}

function masks(book: Book, place: Place): SliceMask[] {
  return paintOrder(book).flatMap(({ id }) => {
    const slot = slotOf(book, place, id);
    const mask = slot && maskOf(slot);
    return mask ? [{ object: id, runs: runsOf(mask.candidate), stale: mask.stale }] : [];
  });
}

function crossingMasks({ book, onSlice }: ViewStateInput): CrossingMask[] {
  return paintOrder(book).flatMap(({ id }) => {
    const crossing = onSlice.get(id)?.crossing;
    return crossing ? [{ object: id, runs: runsOf(crossing), from: crossing.from }] : [];
  });
}

function maskState({ origin, confirmed, doubt }: Slot): MaskState {
  return { origin, confirmed, doubt };
}

function speculativeMask(speculative: SpeculativeClick | null): SpeculativeMask | null {
  if (!speculative?.answer) return null;
  const { slot, point, answer } = speculative;
  const { x, y, label } = point;
  return { place: slot.place, x, y, label, object: slot.object, runs: runsOf(answer.single) };
}

function answerState(slot: Slot): AnswerState | null {
  const answer = answerOf(slot);
  if (!answer) return null;
  return {
    predictedIou: known(chosenOf(answer, slot.chosen).predictedIou),
    predictMs: known(answer.predictMs),
    encodeMs: answer.encodeMs,
    provider: answer.provider,
    singleIou: known(answer.single.predictedIou),
    singleRuns: answer.candidates.length > 0 ? runsOf(answer.single) : null,
    candidates: answer.candidates.map((candidate) => {
      return { predictedIou: known(candidate.predictedIou), runs: runsOf(candidate) };
    }),
    chosen: slot.chosen,
  };
}

/** For JSON, which has no NaN. */
function known(measure: number): number | null {
  return Number.isFinite(measure) ? measure : null;
}

/** Memoized: bytes that are the same object are not sent again. */
const runs = new WeakMap<Uint8Array, Uint8Array>();

function runsOf({ bits, pixels }: PackedBits): Uint8Array {
  const known = runs.get(bits) ?? runsOfBits(bits, pixels);
  runs.set(bits, known);
  return known;
}

/** Marks of all objects in a plane, by slice. */
export function marksOf(book: Book, place: Place, crossed: Crossed): SliceMark[] {
  const own = [...book.slots.values()]
    .filter((slot) => slot.place.plane === place.plane)
    .map(
      (slot): SliceMark => ({
        index: slot.place.index,
        object: slot.object,
        origin: slot.origin,
        masked: slot.origin === "prompted" ? answerOf(slot) !== null : hasPixels(slot, crossed),
        confirmed: slot.confirmed,
        doubtful: slot.doubt !== "",
      }),
    );
  const others = [...crossed].flatMap(([object, slices]) =>
    [...slices]
      .filter((index) => !slotOf(book, { ...place, index }, object))
      .map((index): SliceMark => ({ index, object, ...onlyCrossing })),
  );
  return [...own, ...others].sort((a, b) => a.index - b.index || a.object - b.object);
}

const onlyCrossing = { origin: "crossing", masked: true, confirmed: false, doubtful: false } as const;

function hasPixels(slot: Slot, crossed: Crossed): boolean {
  return (maskOf(slot)?.candidate.area ?? 0) > 0 || (crossed.get(slot.object)?.has(slot.place.index) ?? false);
}

/** Why the slot has no mask; null if it has one or one is pending. */
export function problemOf(slot: Slot | null): ProblemState | null {
  if (slot?.run.status === "failed") return { message: messageOf(slot.run.error), retry: true };
  if (slot?.run.status === "canceled") {
    return { message: "The prediction was canceled. The prompts are kept.", retry: true, isCanceled: true };
  }
  return null;
}
