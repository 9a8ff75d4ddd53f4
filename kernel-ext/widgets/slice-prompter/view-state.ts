import { messageOf } from "../../../src/core/errors.js";
import { forEachRun } from "../../../src/core/mask-runs.js";
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
import { maskedSlices, remembered } from "./book-figures.js";
import type { ObjectOnSlice } from "./crossing.js";
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
  const masked = maskedSlices(book);
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
      slices: masked.get(id) ?? 0,
    };
  });
}

/** For each object, by id: how many pixels of its mask on a slice go to another object. */
function lostPixels(book: Book, onSlice: ViewStateInput["onSlice"]): ReadonlyMap<number, number> {
  const lost = new Map<number, number>();
  const wholes = byPriority(book).flatMap(({ id }) => {
    const whole = onSlice.get(id)?.whole;
    return whole && whole.area > 0 ? [{ id, whole }] : [];
  });
  if (wholes.length < 2) return lost;
  const taken = new Uint8Array(wholes[0]!.whole.pixels);
  for (const { id, whole } of wholes) {
    let both = 0;
    forEachRun(whole.runs, (start, end) => {
      for (let pixel = start; pixel < end; pixel++) both += taken[pixel]!;
      taken.fill(1, start, end);
    });
    lost.set(id, both);
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
    return mask ? [{ object: id, runs: mask.candidate.runs, stale: mask.stale }] : [];
  });
}

function crossingMasks({ book, onSlice }: ViewStateInput): CrossingMask[] {
  return paintOrder(book).flatMap(({ id }) => {
    const crossing = onSlice.get(id)?.crossing;
    return crossing ? [{ object: id, runs: crossing.runs, from: crossing.from }] : [];
  });
}

function maskState({ origin, confirmed, doubt }: Slot): MaskState {
  return { origin, confirmed, doubt };
}

function speculativeMask(speculative: SpeculativeClick | null): SpeculativeMask | null {
  if (!speculative?.answer) return null;
  const { slot, point, answer } = speculative;
  const { x, y, label } = point;
  return { place: slot.place, x, y, label, object: slot.object, runs: answer.single.runs };
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
    singleRuns: answer.candidates.length > 0 ? answer.single.runs : null,
    candidates: answer.candidates.map((candidate) => {
      return { predictedIou: known(candidate.predictedIou), runs: candidate.runs };
    }),
    chosen: slot.chosen,
  };
}

/** For JSON, which has no NaN. */
function known(measure: number): number | null {
  return Number.isFinite(measure) ? measure : null;
}

interface Marks {
  readonly plane: Place["plane"];
  readonly crossed: Crossed;
  readonly list: readonly SliceMark[];
}

const lastMarks = remembered((): { marks: Marks | null } => ({ marks: null }), true);

/** Marks of all objects in a plane, by slice. The same list as long as they are the same. */
export function marksOf(book: Book, place: Place, crossed: Crossed): readonly SliceMark[] {
  const { plane } = place;
  const last = lastMarks(book);
  if (last.marks?.plane !== plane || last.marks.crossed !== crossed) {
    last.marks = { plane, crossed, list: allMarks(book, place, crossed) };
  }
  return last.marks.list;
}

/** The last mark of each slot: lists of the same objects are compared faster. */
const marked = new WeakMap<Slot, SliceMark>();

function markOf(slot: Slot, crossed: Crossed): SliceMark {
  const masked = slot.origin === "prompted" ? answerOf(slot) !== null : hasPixels(slot, crossed);
  const known = marked.get(slot);
  if (known?.masked === masked) return known;
  const { place, object, origin, confirmed, doubt } = slot;
  const mark: SliceMark = { index: place.index, object, origin, masked, confirmed, doubtful: doubt !== "" };
  marked.set(slot, mark);
  return mark;
}

function allMarks(book: Book, place: Place, crossed: Crossed): SliceMark[] {
  const own: SliceMark[] = [];
  for (const slot of book.slots.values()) if (slot.place.plane === place.plane) own.push(markOf(slot, crossed));
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
