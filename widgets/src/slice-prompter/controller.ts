import type { Pixel } from "../../../src/core/pixels.js";
import type { BoxPrompt } from "../../../src/core/prompt.js";
import { crossedText } from "../../../src/protocol/crossed-text.js";
import { sameWindow, type WindowRange } from "../../../src/protocol/samples.js";
import type {
  ListedPrompt,
  ObjectState,
  SlicePrompterState,
  SpeculativeMask,
} from "../../../src/protocol/slice-prompter.js";
import type { Intent, Target } from "../../../src/protocol/slice-prompter-intents.js";
import { frameOf, type Place, samePlace } from "../../../src/protocol/slices.js";
import { clamp } from "../shared/slice-view/camera.js";
import { SliceController, type SliceLocal, sliceLocal } from "../shared/slice-view/slice-controller.js";
import { boxBetween } from "./hit.js";
import type { Port } from "./port.js";

export type Tool = "include" | "exclude" | "box" | "brush" | "eraser" | "scribble" | "lasso";

/** A brush stroke in progress: x, y, x, y … in pixels. */
export interface LocalStroke {
  readonly path: readonly number[];
  readonly erase: boolean;
}

/** A line drawn by hand, in progress: x, y, x, y … in pixels. */
export interface LocalFreehand {
  readonly path: readonly number[];
  readonly tool: "scribble" | "lasso";
  /** Excludes or erases. */
  readonly opposite: boolean;
}

/** State of this view only. Everything else belongs to the kernel. */
export interface LocalState extends SliceLocal {
  tool: Tool;
  /** First corner of a box placed with the keyboard. */
  cursorBox: Pixel | null;
  /** The box being dragged. */
  rubber: BoxPrompt | null;
  /** The point being dragged, and its current position. */
  moving: { readonly prompt: number; readonly x: number; readonly y: number } | null;
  /** The box being resized is not drawn at its old position. */
  resizing: boolean;
  selected: number | null;
  /** Radius of the brush, in the unit of the subject. */
  brush: number;
  stroke: LocalStroke | null;
  freehand: LocalFreehand | null;
  /** Scribbles exclude, lassos erase. */
  opposite: boolean;
  /** Where the pointer is, in fractions of a pixel: the middle of the brush. */
  brushAt: Pixel | null;
  /** The slices to propagate through; null for all. */
  range: readonly [first: number, last: number] | null;
}

/** Initial brush radius, in units of the smaller pixel side; and its limits. */
const firstBrush = 4;
const brushLimits = [0.6, 60] as const;

/** Milliseconds after the end of a propagation in which Esc is still meant for it. */
const lateEscape = 1_000;

/** Connects the parts of a view: they read state from it and report user actions to it. */
export class Controller extends SliceController<SlicePrompterState, Intent, LocalState> {
  #isPropagating = false;
  #propagatedAt = Number.NEGATIVE_INFINITY;
  #shown: Place;

  /** `invalidate` is called after every change; `id` distinguishes this view from others of the same widget. */
  constructor(port: Port, invalidate: () => void, id: string) {
    const local: LocalState = {
      ...sliceLocal(port.state),
      tool: port.state.model.prompts.points ? "include" : "box",
      cursorBox: null,
      rubber: null,
      moving: null,
      resizing: false,
      selected: null,
      brush: firstBrush * leastSpacing(port.state),
      stroke: null,
      freehand: null,
      opposite: false,
      brushAt: null,
      range: null,
    };
    super(port, local, invalidate, id);
    this.#shown = port.state.place;
  }

  get active(): ObjectState {
    return this.state.objects.find(({ id }) => id === this.state.active) ?? this.state.objects[0];
  }

  /** Where the active object's voxels from slices of other planes come from; empty if it has none on this slice. */
  get crossedFrom(): string {
    const crossing = this.state.crossing.find(({ object }) => object === this.state.active);
    return crossing ? crossedText(crossing.from) : "";
  }

  override received(): void {
    if (!this.state.prompts.some(({ id }) => id === this.local.selected)) this.local.selected = null;
    const isPropagating = this.state.work.phase === "propagating";
    if (this.#isPropagating && !isPropagating) this.#propagatedAt = performance.now();
    this.#isPropagating = isPropagating;
    const { place } = this.state;
    // A box has both corners on one slice.
    if (this.local.cursorBox && !samePlace(place, this.#shown)) this.set({ cursorBox: null, rubber: null });
    this.#shown = place;
    super.received();
  }

  /** Points and boxes sent for this slice but not handled yet. */
  promptsOnTheWay(place: Place): Extract<Intent, { kind: "point" | "box" }>[] {
    return this.pending.intents
      .filter((intent) => intent.kind === "point" || intent.kind === "box")
      .filter((intent) => samePlace(intent.place, place));
  }

  /** The mask of the click that was sent last, if the kernel had computed it when the button was released. */
  get speculative(): SpeculativeMask | null {
    // Of an older kernel there is none.
    const { speculative = null, place } = this.state;
    const [click, ...others] = this.pending.intents.filter(({ kind }) => kind !== "press");
    if (!speculative || click?.kind !== "point" || others.length > 0) return null;
    const isIt =
      samePlace(click.place, speculative.place) &&
      samePlace(place, speculative.place) &&
      (["x", "y", "label"] as const).every((key) => click[key] === speculative[key]);
    return isIt ? speculative : null;
  }

  /** What marks are made on: the slice in the picture, which may not be the {@link wanted} one yet. */
  get seen(): Target {
    return this.#aim(this.state.place);
  }

  /** What keys without a pixel act on: the slice that the user has gone to. */
  get target(): Target {
    return this.#aim(this.wanted);
  }

  #aim(place: Place): Target {
    const { active } = this.state;
    const turns: readonly Intent["kind"][] = [
      "object-select",
      "object-next",
      "object-add",
      "object-remove",
      "undo",
      "redo",
      "reset",
    ];
    const last = this.pending.intents.findLast(({ kind }) => turns.includes(kind));
    // After a step on its way, the kernel knows which object is active.
    if (last) return last.kind === "object-select" ? { place, object: last.object } : { place };
    return { place, object: active };
  }

  /** Places a point, or shows why it cannot. */
  addPoint({ x, y }: Pixel, label: 0 | 1, target = this.seen): void {
    const { prompts } = this.state.model;
    if (!prompts.points) {
      this.note(`This model takes no clicks. ${prompts.note}`);
      return;
    }
    this.set({ selected: null });
    this.mark({ kind: "point", ...target, x, y, label });
  }

  /** The pointer is down where {@link addPoint} may follow. */
  press({ x, y }: Pixel, label: 0 | 1): void {
    if (this.state.model.prompts.points) this.send({ kind: "press", ...this.seen, x, y, label });
  }

  /** Adds a box or moves the slice's box; a hint says that the old one was replaced. */
  placeBox(box: BoxPrompt, target = this.seen): void {
    const isReplaced = this.box !== null && samePlace(target.place, this.state.place);
    if (isReplaced && this.state.model.prompts.box && this.port.live) {
      this.note("This box has taken the place of the one before: an object has one on a slice. Ctrl Z brings it back.");
    }
    this.addBox(box, target);
  }

  addBox(box: BoxPrompt, target = this.seen): void {
    const { prompts } = this.state.model;
    if (!prompts.box) {
      this.note(`This model takes no boxes. ${prompts.note}`);
      return;
    }
    this.mark({ kind: "box", ...target, box });
  }

  /**
   * Sends what was marked on the picture, unless its plane has changed since the mark was begun: its pixels are those
   * of the plane shown then.
   */
  mark(intent: Extract<Intent, { kind: "point" | "box" | "move-point" | "paint" | "scribble" | "lasso" }>): void {
    const { place } = intent;
    if (place.plane !== this.state.place.plane) {
      this.note("The plane has changed meanwhile: mark it again.");
      return;
    }
    this.send(intent);
    if (!this.port.live || samePlace(place, this.wanted)) return;
    this.note(`Marked on slice ${place.index}, which was shown when you began.`);
  }

  /** The box on this slice; there is at most one. */
  get box(): (ListedPrompt & { readonly kind: "box" }) | null {
    return this.state.prompts.find((prompt) => prompt.kind === "box") ?? null;
  }

  setTool(tool: Tool): void {
    // Again: the tool's opposite, which touch has no other way to.
    const opposite = tool === this.local.tool && this.isFreehand && !this.local.opposite;
    this.set({ tool, opposite, cursorBox: null, rubber: null, stroke: null, freehand: null });
  }

  get isFreehand(): boolean {
    return this.local.tool === "scribble" || this.local.tool === "lasso";
  }

  get isBrushing(): boolean {
    return this.local.tool === "brush" || this.local.tool === "eraser";
  }

  scaleBrush(factor: number): void {
    const [least, most] = brushLimits.map((limit) => limit * leastSpacing(this.state));
    this.set({ brush: clamp(this.local.brush * factor, least, most) });
  }

  paint(path: readonly number[], erase: boolean, target = this.seen): void {
    this.mark({ kind: "paint", ...target, erase, radius: this.local.brush, path });
  }

  /** Strokes sent for this slice but not handled yet. */
  strokesOnTheWay(place: Place): Extract<Intent, { kind: "paint" }>[] {
    return this.pending.intents
      .filter((intent) => intent.kind === "paint")
      .filter((intent) => samePlace(intent.place, place));
  }

  /** Scribbles and lassos sent for this slice but not handled yet. */
  freehandOnTheWay(place: Place): LocalFreehand[] {
    return this.pending.intents.flatMap((intent): LocalFreehand[] => {
      if (intent.kind !== "scribble" && intent.kind !== "lasso") return [];
      const opposite = intent.kind === "scribble" ? intent.label === 0 : intent.erase;
      return samePlace(intent.place, place) ? [{ path: intent.path, tool: intent.kind, opposite }] : [];
    });
  }

  /** First and last slice of the propagation. */
  get range(): readonly [first: number, last: number] {
    // The range is the plane's that is shown; on the way to another one all slices are meant.
    const { subject, place } = this.state;
    const { plane } = this.wanted;
    return (plane === place.plane && this.local.range) || [0, frameOf(subject, plane).count - 1];
  }

  /** Moves one end; the other end moves along if needed. */
  setRange(end: "first" | "last", index: number): void {
    const [first, last] = this.range;
    if (this.wanted.plane !== this.state.place.plane) return;
    const at = clamp(index, 0, this.frame.count - 1);
    const range = end === "first" ? ([at, Math.max(at, last)] as const) : ([Math.min(first, at), at] as const);
    const isWhole = range[0] === 0 && range[1] === this.frame.count - 1;
    this.set({ range: isWhole ? null : range });
  }

  /** Starts the propagation, or stops the running one. */
  propagate(): void {
    if (this.#propagates) {
      this.send({ kind: "stop" });
      return;
    }
    if (this.frame.count === 1) {
      this.note("A picture has no slices to go through.");
      return;
    }
    const [first, last] = this.range;
    this.send({ kind: "propagate", first, last });
  }

  /** Esc stops the running propagation, and does nothing just after its end. False if it is not meant for it. */
  stopPropagating(): boolean {
    if (!this.#propagates) return performance.now() - this.#propagatedAt < lateEscape;
    this.send({ kind: "stop" });
    return true;
  }

  get #propagates(): boolean {
    // A key may come before the kernel has said that it has begun.
    return this.state.work.phase === "propagating" || this.pending.has("propagate");
  }

  /** Opens or closes the three planes and the surfaces. */
  toggleOverview(): void {
    if (this.state.subject.kind === "picture") this.note("A picture has one plane only.");
    else {
      const sent = this.pending.intents.findLast((intent) => intent.kind === "overview");
      const isOpen = sent?.open ?? this.state.overview !== null;
      this.send({ kind: "overview", open: !isOpen });
    }
  }

  /** Confirms the slice, or takes that back: after what is on its way, the kernel knows which. */
  toggleConfirmed(): void {
    this.send({ kind: "confirm", ...this.target, confirmed: true, toggle: true });
  }

  /** Goes to the next slice of the active object that needs review, wrapping around. */
  nextDoubtful(): void {
    const { object } = this.target;
    const { marks, place } = this.state;
    if (object === undefined) {
      this.note("The object changes: look for its slices in doubt when it is shown.");
      return;
    }
    if (place.plane !== this.wanted.plane) {
      this.note("The plane changes: look for its slices in doubt when it is shown.");
      return;
    }
    const doubtful = marks.filter((mark) => mark.object === object && mark.doubtful).map(({ index }) => index);
    const next = doubtful.find((index) => index > this.wanted.index) ?? doubtful[0];
    if (next === undefined) this.note("No slice of this object is in doubt.");
    else this.goTo(next);
  }

  /** Sets the model's window to the current display window. */
  giveShownWindow(): void {
    const shown = this.window;
    if (!shown) return;
    const { low, high } = shown;
    const preset = this.state.window?.presets.find((choice) => sameWindow(choice, shown));
    const name = preset?.name ?? `W ${Math.round(high - low)}, L ${Math.round((high + low) / 2)}`;
    this.send({ kind: "model-window", low, high, name });
  }

  /** Removes the selected prompt, otherwise the last one. */
  removeOne(): void {
    const { target } = this;
    const selected = samePlace(target.place, this.state.place) ? this.local.selected : null;
    if (selected !== null) this.set({ selected: null });
    // Which is the last, only the kernel knows once this has its turn.
    this.send({ kind: "remove", ...target, prompt: selected ?? undefined });
  }

  /** Selects a candidate; selecting the current one again returns to the model's answer. */
  choose(candidate: number): void {
    this.send({ kind: "choose", ...this.target, candidate, toggle: true });
  }

  promptById(id: number | null): ListedPrompt | undefined {
    return this.state.prompts.find((prompt) => prompt.id === id);
  }

  protected override gotoIntent(place: Place): Intent {
    return { kind: "goto", place };
  }

  protected override windowIntent({ low, high, name }: WindowRange): Intent {
    return { kind: "window", low, high, name };
  }

  protected override get firstWindow(): WindowRange | null {
    return this.state.window?.model ?? super.firstWindow;
  }

  /** The last prompt of this slice, otherwise the center of the picture. */
  protected override attention(): [x: number, y: number] {
    const prompt = this.state.prompts.at(-1);
    if (prompt?.kind === "point") return [prompt.x, prompt.y];
    if (prompt?.kind === "scribble") return [prompt.path.at(-2) ?? 0, prompt.path.at(-1) ?? 0];
    if (prompt?.kind === "box") return [(prompt.box[0] + prompt.box[2]) / 2, (prompt.box[1] + prompt.box[3]) / 2];
    return super.attention();
  }

  /** A box that is placed with the keyboard follows the cursor. */
  override setCursor(cursor: Pixel | null): void {
    const corner = cursor && this.local.cursorBox;
    const rubber = corner && cursor && boxBetween(corner.x, corner.y, cursor.x, cursor.y);
    Object.assign(this.local, { cursorBox: corner, rubber });
    super.setCursor(cursor);
  }

  protected override leavePlane(): void {
    super.leavePlane();
    const gone: Partial<LocalState> = { rubber: null, moving: null, stroke: null, range: null };
    Object.assign(gone, { freehand: null, brushAt: null });
    Object.assign(this.local, gone);
  }
}

function leastSpacing({ subject, place }: SlicePrompterState): number {
  const [x, y] = frameOf(subject, place.plane).spacing;
  return Math.min(x, y);
}
