import { pixelsOfRuns } from "../../../../src/core/mask-runs.js";
import type { SurfaceState } from "../../../../src/protocol/overview.js";
import { frameOf, pixelUnder, type WireBytes } from "../../../../src/protocol/slices.js";
import { asUint8 } from "../../shared/bytes.js";
import { h } from "../../shared/dom.js";
import { clamp, type Size } from "../../shared/slice-view/camera.js";
import type { Controller } from "../controller.js";
import { type Box, boxAround, paintBox } from "./box.js";
import { rasterize, type Solid } from "./rasterize.js";
import { type Mesh, surfaceOf } from "./surface-nets.js";

/** From the front, a little from the patient's left and from above. */
const firstView = { yaw: -0.55, pitch: 0.3, zoom: 1 };
const zoomLimits = [0.6, 8] as const;
/** Turn for each CSS pixel of a drag, and for each press of an arrow key; radians. */
const [dragTurn, keyTurn] = [0.011, 0.12];
/** Samples a pixel has along each edge when nothing moves. */
const fine = 2;

/**
 * The surfaces of all masks; drags and arrow keys turn them. Painted without WebGL: of its contexts a page has about
 * sixteen, and machines without a graphics card would be slower with it.
 */
export class SurfaceView {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #canvas: HTMLCanvasElement;
  readonly #buffer = document.createElement("canvas");
  readonly #empty = h("span.sl-view-empty", {}, "no mask yet");
  readonly #meshes = new WeakMap<WireBytes, Mesh>();
  readonly #invalidate: () => void;
  #size: Size = { width: 0, height: 0 };
  #view = firstView;
  #drag: { readonly x: number; readonly y: number } | null = null;
  #painted: readonly unknown[] = [];
  /** What the surfaces in the buffer were painted from. */
  #rasterized: readonly unknown[] = [];

  constructor(controller: Controller, invalidate: () => void) {
    this.#controller = controller;
    this.#invalidate = invalidate;
    this.#canvas = h("canvas.sl-tile-canvas.sl-surface-canvas", {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "3D view",
      "aria-label": "surfaces of the masks; arrows turn them, plus and minus zoom, 0 is the first view",
      "data-jp-suppress-context-menu": "true",
    });
    this.element = h("div.sl-view.sl-ringed", {}, this.#canvas, this.#empty, h("span.sl-tile-label", {}, "3D"));
    this.#listen();
  }

  resized(size: Size): void {
    this.#size = size;
  }

  update(): void {
    const { state, local } = this.#controller;
    const { surface, overview } = state;
    if (!surface || !overview || this.#size.width === 0) return;
    const objects = local.masksHidden ? [] : surface.objects;
    this.#empty.hidden = surface.objects.length > 0;
    const colors = state.objects.map(({ id, color }) => `${id} ${color}`).join();
    const [x, y, z] = overview.crosshair;
    const size = [this.#size.width, this.#size.height, globalThis.devicePixelRatio];
    const scene = [surface, objects.length, colors, this.#view, this.#drag !== null, ...size];
    const now = [...scene, x, y, z];
    if (now.every((part, n) => part === this.#painted[n])) return;
    this.#painted = now;
    // A move of the crosshair changes the box alone.
    const isRasterOld = !scene.every((part, n) => part === this.#rasterized[n]);
    this.#rasterized = scene;
    const solids = objects.flatMap(({ object, runs }): Solid[] => {
      const color = state.objects.find(({ id }) => id === object)?.color;
      return color ? [{ mesh: this.#mesh(runs, surface), color: channels(color) }] : [];
    });
    this.#paint(solids, surface, isRasterOld);
  }

  #mesh(runs: WireBytes, { size, spacing }: SurfaceState): Mesh {
    const known = this.#meshes.get(runs);
    if (known) return known;
    const cells = pixelsOfRuns(asUint8(runs), size[0] * size[1] * size[2]);
    const mesh = surfaceOf(cells, size, spacing);
    this.#meshes.set(runs, mesh);
    return mesh;
  }

  #paint(solids: readonly Solid[], surface: SurfaceState, isRasterOld: boolean): void {
    const { width, height } = this.#size;
    const ratio = globalThis.devicePixelRatio || 1;
    const canvas = this.#canvas;
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const box = boxAround(solids, surface);
    const { yaw, pitch, zoom } = this.#view;
    const scale = (zoom * 0.98 * Math.min(width, height)) / (2 * Math.hypot(...box.half));
    const viewpoint = { yaw, pitch, scale, center: box.center };
    const samples = this.#drag ? 1 : Math.min(4, fine * ratio);
    const buffer = this.#buffer;
    if (isRasterOld) {
      Object.assign(buffer, { width: Math.round(width * samples), height: Math.round(height * samples) });
      const inside = buffer.getContext("2d")!;
      const image = inside.createImageData(buffer.width, buffer.height);
      rasterize(image, solids, { ...viewpoint, scale: scale * samples });
      inside.putImageData(image, 0, 0);
    }
    const shown = this.#shownSlice(surface, box);
    const { letters } = frameOf(this.#controller.state.subject, "axial");
    const { letters: upright } = frameOf(this.#controller.state.subject, "coronal");
    const names = letters &&
      upright && [letters.left, letters.right, letters.top, letters.bottom, upright.bottom, upright.top];
    const scene = { size: this.#size, viewpoint, box, shown, names };
    paintBox(context, scene, true);
    context.imageSmoothingQuality = "high";
    context.drawImage(buffer, 0, 0, width, height);
    paintBox(context, scene, false);
  }

  /** Where the main picture's slice cuts the box: an axis of the grid, and −1 to 1 along it; null outside of it. */
  #shownSlice({ size, spacing }: SurfaceState, { center, half }: Box): { axis: number; share: number } | null {
    const { subject, overview, place } = this.#controller.state;
    if (!overview) return null;
    const axial = frameOf(subject, "axial");
    const axis = axial.axis.indexOf(frameOf(subject, place.plane).axis[2]);
    const count = [axial.width, axial.height, axial.count][axis]!;
    const at = (pixelUnder(axial, overview.crosshair)[axis]! + 0.5) / count - 0.5;
    const share = (at * size[axis]! * spacing[axis]! - center[axis]!) / half[axis]!;
    return Math.abs(share) <= 1 ? { axis, share } : null;
  }

  #turn(yaw: number, pitch: number): void {
    const view = this.#view;
    this.#look({ ...view, yaw: view.yaw + yaw, pitch: clamp(view.pitch + pitch, -Math.PI / 2, Math.PI / 2) });
  }

  #look(view: typeof firstView): void {
    this.#view = view;
    this.#invalidate();
  }

  #zoom(factor: number): void {
    this.#look({ ...this.#view, zoom: clamp(this.#view.zoom * factor, ...zoomLimits) });
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus({ preventScroll: true });
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.#drag = { x: event.offsetX, y: event.offsetY };
    });
    canvas.addEventListener("pointermove", (event) => {
      const from = this.#drag;
      if (!from) return;
      this.#drag = { x: event.offsetX, y: event.offsetY };
      this.#turn((event.offsetX - from.x) * -dragTurn, (event.offsetY - from.y) * dragTurn);
    });
    const end = () => {
      this.#drag = null;
      this.#invalidate();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("dblclick", () => this.#look(firstView));
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (!canvas.matches(":focus")) return;
        event.preventDefault();
        this.#zoom(Math.exp(-clamp(event.deltaY, -100, 100) / 400));
      },
      { passive: false },
    );
    const keys: { readonly [key: string]: () => void } = {
      ArrowLeft: () => this.#turn(keyTurn, 0),
      ArrowRight: () => this.#turn(-keyTurn, 0),
      ArrowUp: () => this.#turn(0, -keyTurn),
      ArrowDown: () => this.#turn(0, keyTurn),
      "+": () => this.#zoom(1.25),
      "=": () => this.#zoom(1.25),
      "-": () => this.#zoom(0.8),
      "0": () => this.#look(firstView),
    };
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]!();
    });
  }
}

function channels(color: string): [number, number, number] {
  const number = Number.parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
