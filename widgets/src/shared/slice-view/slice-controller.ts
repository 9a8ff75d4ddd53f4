import type { Pixel } from "../../../../src/core/pixels.js";
import type { Plane } from "../../../../src/core/plane.js";
import type { Addressed } from "../../../../src/protocol/intent-checks.js";
import type { WindowRange } from "../../../../src/protocol/samples.js";
import { frameOf, type Place, type SliceFrame, type Subject, samePlace } from "../../../../src/protocol/slices.js";
import { Pending } from "../pending.js";
import type { WidgetPort } from "../port.js";
import { type Camera, clamp, wholeSheet } from "./camera.js";

/** The part of a widget's state that says which slice is shown, and how. */
export interface SliceState {
  readonly subject: Subject;
  readonly place: Place;
  readonly window: { readonly shown: WindowRange; readonly presets: readonly WindowRange[] } | null;
  readonly handled: { readonly [view: string]: number };
}

/** State of one slice view. Everything else belongs to the kernel. */
export interface SliceLocal {
  camera: Camera;
  /** Opacity of the mask fill, 0 to 1. */
  opacity: number;
  masksHidden: boolean;
  crosshair: boolean;
  helpOpen: boolean;
  /** The pixel under the pointer. */
  pointer: Pixel | null;
  /** The pixel under the keyboard cursor, if there is one. */
  cursor: Pixel | null;
  /** The window while it is being dragged. */
  window: WindowRange | null;
  /** A hint that disappears by itself. */
  note: string;
}

export function sliceLocal({ subject, place }: SliceState): SliceLocal {
  return {
    camera: wholeSheet(frameOf(subject, place.plane)),
    opacity: 0.35,
    masksHidden: false,
    crosshair: true,
    helpOpen: false,
    pointer: null,
    cursor: null,
    window: null,
    note: "",
  };
}

/** How long a hint is shown, in ms. */
const noteTime = 5000;

/** Slice navigation, zoom and window of a slice view. Changes not yet handled by the kernel are shown immediately. */
export abstract class SliceController<
  State extends SliceState,
  I extends { readonly kind: string },
  Local extends SliceLocal,
> {
  readonly port: WidgetPort<State, Addressed<I>>;
  readonly local: Local;
  readonly #id: string;
  readonly #pending = new Pending<I>();
  readonly #invalidate: () => void;
  /** The slice the user has scrolled to; the kernel follows. */
  #wanted: Place | null = null;
  #shownPlane: Plane | null;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  /** `invalidate` is called after every change; `id` distinguishes this view from others of the same widget. */
  constructor(port: WidgetPort<State, Addressed<I>>, local: Local, invalidate: () => void, id: string) {
    this.port = port;
    this.local = local;
    this.#invalidate = invalidate;
    this.#id = id;
    this.#shownPlane = port.state.place.plane;
  }

  /** Creates the intents that send slice and window to the kernel. */
  protected abstract gotoIntent(place: Place): I;
  protected abstract windowIntent(window: WindowRange): I;

  get state(): State {
    return this.port.state;
  }

  /** The pixel grid of the current slice. */
  get frame(): SliceFrame {
    return frameOf(this.state.subject, this.state.place.plane);
  }

  /** The slice requested by the user: slider and label show it at once. */
  get wanted(): Place {
    return this.#wanted ?? this.state.place;
  }

  /** The current window: the dragged one, otherwise the kernel's; null for color. */
  get window(): WindowRange | null {
    return this.local.window ?? this.state.window?.shown ?? null;
  }

  get pending(): Pending<I> {
    return this.#pending;
  }

  /** Changes view state. */
  set(patch: Partial<Local>): void {
    Object.assign(this.local, patch);
    this.#invalidate();
  }

  /** Moves the keyboard cursor, or dismisses it. */
  setCursor(cursor: Pixel | null): void {
    Object.assign(this.local, { cursor });
    this.#invalidate();
  }

  send(intent: I): void {
    if (!this.port.live) return;
    const seq = this.#pending.add(intent, performance.now());
    this.port.send({ ...intent, view: this.#id, seq });
    this.#invalidate();
  }

  /** Call when the port has changed. */
  received(): void {
    const { state, port } = this;
    if (!port.live) this.#pending.clear();
    this.#pending.handled(state.handled[this.#id] ?? 0);
    this.#followPlane();
    if (this.#wanted && !this.#pending.has("goto")) {
      if (samePlace(this.#wanted, state.place) || !port.live) this.#wanted = null;
      else this.send(this.gotoIntent(this.#wanted));
    }
    this.#followWindow();
    this.#invalidate();
  }

  /** Shows a hint for a few seconds. */
  note(text: string): void {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => {
      this.local.note = "";
      this.#invalidate();
    }, noteTime);
    this.local.note = text;
    this.#invalidate();
  }

  /** Stops the hint timer. */
  end(): void {
    clearTimeout(this.#noteTimer);
  }

  /** Goes to a slice, by default in the requested plane. Only the last of many requests reaches the kernel. */
  goTo(index: number, plane: Plane | null = this.wanted.plane): void {
    const place = { plane, index: clamp(index, 0, frameOf(this.state.subject, plane).count - 1) };
    if (!this.port.live || samePlace(place, this.wanted)) return;
    this.#wanted = place;
    if (!this.#pending.has("goto")) this.send(this.gotoIntent(place));
    this.#invalidate();
  }

  step(by: number): void {
    this.goTo(this.wanted.index + by);
  }

  /** Switches the plane, through the point being worked on. */
  setPlane(plane: Plane): void {
    const { subject } = this.state;
    if (plane === this.wanted.plane) return;
    const [from, to] = [frameOf(subject, this.wanted.plane), frameOf(subject, plane)];
    const here = [...this.attention(), this.wanted.index];
    const voxel = [0, 0, 0];
    [from.width, from.height, from.count].forEach((length, n) => {
      voxel[from.axis[n]] = from.direction[n] === 1 ? here[n] : length - 1 - here[n];
    });
    const through = voxel[to.axis[2]];
    this.goTo(Math.round(to.direction[2] === 1 ? through : to.count - 1 - through), plane);
  }

  /** The pixel that stays in view when the plane changes: the center of the picture. */
  protected attention(): [x: number, y: number] {
    return [this.local.camera.x - 0.5, this.local.camera.y - 0.5];
  }

  /**
   * While dragging, changes are shown locally; the kernel gets the next one after it has handled the last, and the
   * final one at the end.
   */
  dragWindow(low: number, high: number, done = false): void {
    const window = { low, high, name: "as shown" };
    this.#show(window);
    if (done || !this.#pending.has("window")) this.send(this.windowIntent(window));
    if (!this.port.live && done) this.#show(null);
  }

  /** The window that `resetView` restores. */
  protected get firstWindow(): WindowRange | null {
    return this.state.window?.presets[0] ?? null;
  }

  /** Resets zoom, pan and window. */
  resetView(): void {
    const { window } = this.state;
    this.local.camera = wholeSheet(this.frame);
    this.#show(null);
    const first = this.firstWindow;
    if (window && first && (first.low !== window.shown.low || first.high !== window.shown.high)) {
      this.send(this.windowIntent(first));
    }
  }

  /** Clears what belongs to the previous plane. */
  protected leavePlane(): void {
    Object.assign(this.local, { camera: wholeSheet(this.frame), pointer: null, cursor: null });
  }

  #show(window: WindowRange | null): void {
    this.local.window = window;
    this.#invalidate();
  }

  /** Drops the dragged window once the kernel has it. */
  #followWindow(): void {
    const { window } = this.local;
    const shown = this.state.window?.shown;
    if (window && shown && !this.#pending.has("window") && window.low === shown.low && window.high === shown.high) {
      this.local.window = null;
    }
  }

  #followPlane(): void {
    const { plane } = this.state.place;
    if (plane === this.#shownPlane) return;
    this.#shownPlane = plane;
    this.leavePlane();
  }
}
