import type { Outline } from "./outline.js";

/** Points of the curve for outlines that have fewer. */
const leastPoints = 64;

/**
 * The sum of the first elliptic harmonics of an outline, as a closed curve of points (Kuhl and Giardina 1982, Elliptic
 * Fourier features of a closed contour). Without any it is the outline's center.
 */
export class EllipticHarmonics {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly #outline: Outline;
  /** 2π times the share of the outline's length at which each of its points lies. */
  readonly #angle: Float64Array;
  /** The length from each point back to the one before. */
  readonly #step: Float64Array;
  readonly #length: number;

  constructor(outline: Outline) {
    const { x, y } = outline;
    this.#outline = outline;
    this.#step = x.map((_, n) => Math.hypot(x[n] - previous(x, n), y[n] - previous(y, n)));
    let length = 0;
    this.#angle = this.#step.map((step) => (length += step));
    this.#length = length;
    this.#angle.forEach((at, n) => {
      this.#angle[n] = (2 * Math.PI * at) / length;
    });
    const points = Math.max(leastPoints, x.length);
    this.x = new Float64Array(points).fill(this.#mean(x));
    this.y = new Float64Array(points).fill(this.#mean(y));
  }

  /** The mean along the outline. */
  #mean(values: Float64Array): number {
    return this.#step.reduce((sum, step, n) => sum + (step * (values[n] + previous(values, n))) / 2, 0) / this.#length;
  }

  /** Adds the harmonic of an order, 1 or more: equations 8 to 14 of Kuhl and Giardina for a polygon. */
  add(order: number): void {
    const { x, y } = this.#outline;
    let [ax, bx, ay, by] = [0, 0, 0, 0];
    let [cosBefore, sinBefore] = [1, 0];
    for (let n = 0; n < x.length; n++) {
      const [cos, sin] = [Math.cos(order * this.#angle[n]), Math.sin(order * this.#angle[n])];
      const slopeX = (x[n] - previous(x, n)) / this.#step[n];
      const slopeY = (y[n] - previous(y, n)) / this.#step[n];
      ax += slopeX * (cos - cosBefore);
      bx += slopeX * (sin - sinBefore);
      ay += slopeY * (cos - cosBefore);
      by += slopeY * (sin - sinBefore);
      [cosBefore, sinBefore] = [cos, sin];
    }
    const scale = this.#length / (2 * (order * Math.PI) ** 2);
    for (let n = 0; n < this.x.length; n++) {
      const angle = (2 * Math.PI * order * n) / this.x.length;
      const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
      this.x[n] += ax * cos + bx * sin;
      this.y[n] += ay * cos + by * sin;
    }
  }
}

/** The value before the n-th of a closed line. */
function previous(values: Float64Array, n: number): number {
  return values[n === 0 ? values.length - 1 : n - 1];
}
