import type { Plane } from "../../../src/core/plane.js";
import type { BoxPrompt } from "../../../src/core/prompt.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import {
  frameOf,
  type ListedPrompt,
  type ObjectState,
  type Place,
  type SliceFrame,
  type SlicePrompterState,
  samePlace,
} from "../../../src/protocol/slice-prompter.js";
import type { Intent } from "../../../src/protocol/slice-prompter-intents.js";
import { type Camera, clamp, wholeSheet } from "../shared/camera.js";
import { Pending } from "./pending.js";
import type { Port } from "./port.js";

export type Tool = "include" | "exclude" | "box";

/** A pixel of the current slice. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** What belongs to this view alone. Everything else is the kernel's. */
export interface LocalState {
  tool: Tool;
  camera: Camera;
  /** Opacity of the masks' fill, 0 to 1. */
  opacity: number;
  masksHidden: boolean;
  crosshair: boolean;
  helpOpen: boolean;
  /** The pixel under the pointer. */
  pointer: Pixel | null;
  /** The pixel under the keyboard cursor, while there is one. */
  cursor: Pixel | null;
  /** Where a box was begun with the keyboard. */
  cursorBox: Pixel | null;
  /** The box that is being dragged. */
  rubber: BoxPrompt | null;
  /** A point that is being dragged, and where it is now. */
  moving: { readonly prompt: number; readonly x: number; readonly y: number } | null;
  /** The box that is being resized is not drawn where it was. */
  resizing: boolean;
  selected: number | null;
  /** The window while it is dragged. */
  window: WindowRange | null;
  /** A hint that goes by itself. */
  note: string;
}

/** How long a hint stays, in ms. */
const noteTime = 5000;

/** Binds a view's parts together: they read from here, and say here what the user did. */
export class Controller {
  readonly port: Port;
  readonly local: LocalState;
  readonly #id: string;
  readonly #pending = new Pending();
  readonly #invalidate: () => void;
  /** The slice the user has scrolled to; the kernel's place follows. */
  #wanted: Place | null = null;
  #shownPlane: Plane | null;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  /** `invalidate` is called after every change; `id` tells this view from others of the same widget. */
  constructor(port: Port, invalidate: () => void, id: string) {
    this.port = port;
    this.#invalidate = invalidate;
    this.#id = id;
    const { place, model } = port.state;
    this.#shownPlane = place.plane;
    this.local = {
      tool: model.prompts.points ? "include" : "box",
      camera: wholeSheet(frameOf(port.state.subject, place.plane)),
      opacity: 0.35,
      masksHidden: false,
      crosshair: true,
      helpOpen: false,
      pointer: null,
      cursor: null,
      cursorBox: null,
      rubber: null,
      moving: null,
      resizing: false,
      selected: null,
      window: null,
      note: "",
    };
  }

  get state(): SlicePrompterState {
    return this.port.state;
  }

  /** The pixel grid of the slice that is shown. */
  get frame(): SliceFrame {
    return frameOf(this.state.subject, this.state.place.plane);
  }

  /** Where the user wants to be: the slider and label show it at once. */
  get wanted(): Place {
    return this.#wanted ?? this.state.place;
  }

  get active(): ObjectState {
    return this.state.objects.find(({ id }) => id === this.state.active) ?? this.state.objects[0];
  }

  /** The window that is shown: the dragged one, else the kernel's; null for colour. */
  get window(): WindowRange | null {
    return this.local.window ?? this.state.window?.shown ?? null;
  }

  get pending(): Pending {
    return this.#pending;
  }

  /** Changes what belongs to the view. */
  set(patch: Partial<LocalState>): void {
    Object.assign(this.local, patch);
    this.#invalidate();
  }

  send(intent: Intent): void {
    if (!this.port.live) return;
    const seq = this.#pending.add(intent, performance.now());
    this.port.send({ ...intent, view: this.#id, seq });
    this.#invalidate();
  }

  /** To be called when the port has changed. */
  received(): void {
    const { state, port } = this;
    if (!port.live) this.#pending.clear();
    this.#pending.handled(state.handled[this.#id] ?? 0);
    this.#followPlane();
    if (this.#wanted && !this.#pending.has("goto")) {
      if (samePlace(this.#wanted, state.place) || !port.live) this.#wanted = null;
      else this.send({ kind: "goto", place: this.#wanted });
    }
    this.#followWindow();
    if (!state.prompts.some(({ id }) => id === this.local.selected)) this.local.selected = null;
    this.#invalidate();
  }

  /** Shows a hint for some seconds. */
  note(text: string): void {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => this.set({ note: "" }), noteTime);
    this.set({ note: text });
  }

  /** Stops the hint's clock. */
  end(): void {
    clearTimeout(this.#noteTimer);
  }

  /** Goes to a slice of the plane that is wanted. Only the last of many wishes reaches the kernel. */
  goTo(index: number, plane: Plane | null = this.wanted.plane): void {
    const place = { plane, index: clamp(index, 0, frameOf(this.state.subject, plane).count - 1) };
    if (!this.port.live || samePlace(place, this.wanted)) return;
    this.#wanted = place;
    if (!this.#pending.has("goto")) this.send({ kind: "goto", place });
    this.#invalidate();
  }

  step(by: number): void {
    this.goTo(this.wanted.index + by);
  }

  /** Another plane, through what is worked on: the last prompt of this slice, else the middle of the picture. */
  setPlane(plane: Plane): void {
    const { subject } = this.state;
    if (plane === this.wanted.plane) return;
    const [from, to] = [frameOf(subject, this.wanted.plane), frameOf(subject, plane)];
    const here = [...this.#attention(), this.wanted.index];
    const voxel = [0, 0, 0];
    [from.width, from.height, from.count].forEach((length, n) => {
      voxel[from.axis[n]] = from.direction[n] === 1 ? here[n] : length - 1 - here[n];
    });
    const through = voxel[to.axis[2]];
    this.goTo(Math.round(to.direction[2] === 1 ? through : to.count - 1 - through), plane);
  }

  #attention(): [x: number, y: number] {
    const prompt = this.state.prompts.at(-1);
    if (prompt?.kind === "point") return [prompt.x, prompt.y];
    if (prompt?.kind === "box") return [(prompt.box[0] + prompt.box[2]) / 2, (prompt.box[1] + prompt.box[3]) / 2];
    return [this.local.camera.x - 0.5, this.local.camera.y - 0.5];
  }

  /** Places a click, or says why not. */
  addPoint({ x, y }: Pixel, label: 0 | 1): void {
    const { prompts } = this.state.model;
    if (!prompts.points) {
      this.note(`This model takes no clicks. ${prompts.note}`);
      return;
    }
    this.set({ selected: null });
    this.send({ kind: "point", place: this.state.place, x, y, label });
  }

  addBox(box: BoxPrompt): void {
    const { prompts } = this.state.model;
    if (!prompts.box) {
      this.note(`This model takes no boxes. ${prompts.note}`);
      return;
    }
    this.send({ kind: "box", place: this.state.place, box });
  }

  /** Removes the selected prompt, else the last one. */
  removeOne(): void {
    const prompt = this.local.selected ?? this.state.prompts.at(-1)?.id;
    if (prompt !== undefined) this.send({ kind: "remove", prompt });
  }

  /** Picks a candidate; the one that is shown already gives way to the single mask. */
  choose(candidate: number): void {
    const { answer } = this.state;
    if (!answer?.candidates[candidate] && candidate !== -1) return;
    this.send({ kind: "choose", candidate: answer?.chosen === candidate ? -1 : candidate });
  }

  /** While dragging: only shown. The kernel is told when it has handled the last one, and at the end. */
  dragWindow(low: number, high: number, done = false): void {
    const name = "as shown";
    this.set({ window: { low, high, name } });
    if (done || !this.#pending.has("window")) this.send({ kind: "window", low, high, name, forModel: false });
    if (!this.port.live && done) this.set({ window: null });
  }

  /** Zoom, pan and window as they were at first. */
  resetView(): void {
    const { window } = this.state;
    this.set({ camera: wholeSheet(this.frame), window: null });
    if (!window) return;
    const { low, high, name } = window.model ?? window.presets[0];
    if (low !== window.shown.low || high !== window.shown.high) {
      this.send({ kind: "window", low, high, name, forModel: false });
    }
  }

  promptById(id: number | null): ListedPrompt | undefined {
    return this.state.prompts.find((prompt) => prompt.id === id);
  }

  /** The window in the hand gives way once the kernel has it. */
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
    Object.assign(this.local, {
      camera: wholeSheet(this.frame),
      pointer: null,
      cursor: null,
      cursorBox: null,
      rubber: null,
      moving: null,
    } satisfies Partial<LocalState>);
  }
}
