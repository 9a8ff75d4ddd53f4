import type { WindowRange } from "../../../../src/protocol/samples.js";
import type { SliceSamples, Subject, WireBytes } from "../../../../src/protocol/slices.js";
import { frameOf } from "../../../../src/protocol/slices.js";
import { asInt16, asUint8 } from "../bytes.js";
import { colorPixels, GrayTable } from "./lookup.js";

/** The current slice as a canvas of one pixel per voxel with the window applied; kept until slice or window changes. */
export class SliceLayer {
  readonly canvas = document.createElement("canvas");
  readonly #subject: Subject;
  readonly #table: GrayTable | null;
  #bytes: WireBytes | null = null;
  #samples: Uint8Array | Int16Array = new Uint8Array();
  #width = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#table = subject.format.type === "rgb8" ? null : new GrayTable(subject.format);
  }

  /** Updates the canvas; true if it changed. `window` is null for color. */
  update(slice: SliceSamples, window: WindowRange | null): boolean {
    const { width, height } = frameOf(this.#subject, slice.plane);
    const fresh = slice.data !== this.#bytes;
    const windowed = this.#table?.setWindow(window ?? { low: 0, high: 255 }) ?? false;
    if (!fresh && !windowed) return false;
    if (fresh) {
      this.#bytes = slice.data;
      this.#samples = this.#subject.format.type === "int16" ? asInt16(slice.data) : asUint8(slice.data);
      this.#width = width;
    }
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d")!;
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    if (this.#table) this.#table.apply(this.#samples, pixels);
    else colorPixels(this.#samples as Uint8Array, pixels);
    context.putImageData(image, 0, 0);
    return true;
  }

  /** The stored numbers at a pixel: one, or three for color. */
  storedAt(x: number, y: number): number[] {
    const channels = this.#table ? 1 : 3;
    const at = (y * this.#width + x) * channels;
    return [...this.#samples.subarray(at, at + channels)];
  }
}
