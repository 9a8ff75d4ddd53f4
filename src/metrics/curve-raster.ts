import type { Outline } from "./outline.js";

/** Fills closed curves by the even-odd rule at pixel centers and compares them with an outline, filled. */
export class CurveRaster {
  readonly #width: number;
  readonly #height: number;
  readonly #left: number;
  readonly #top: number;
  readonly #shape: Uint8Array;
  readonly #area: number;
  readonly #other: Uint8Array;

  constructor({ x, y }: Outline) {
    const range = (values: Float64Array) => {
      let [low, high] = [values[0], values[0]];
      for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      return [Math.floor(low), Math.ceil(high)];
    };
    const [[x0, x1], [y0, y1]] = [range(x), range(y)];
    // Low orders reach beyond the outline.
    const margin = Math.ceil(Math.max(x1 - x0, y1 - y0) / 2) + 1;
    this.#left = x0 - margin;
    this.#top = y0 - margin;
    this.#width = x1 - x0 + 2 * margin;
    this.#height = y1 - y0 + 2 * margin;
    this.#shape = new Uint8Array(this.#width * this.#height);
    this.#other = new Uint8Array(this.#width * this.#height);
    this.#area = this.#fill(this.#shape, x, y);
  }

  /**
   * The Dice coefficient of a closed curve, filled, and the outline, filled. What lies far outside the outline is not
   * counted.
   */
  dice(x: ArrayLike<number>, y: ArrayLike<number>): number {
    const area = this.#fill(this.#other, x, y);
    let both = 0;
    for (let n = 0; n < this.#shape.length; n++) both += this.#shape[n] & this.#other[n];
    return (2 * both) / (area + this.#area);
  }

  /** Fills the curve with ones and counts them. */
  #fill(out: Uint8Array, x: ArrayLike<number>, y: ArrayLike<number>): number {
    const [width, height] = [this.#width, this.#height];
    out.fill(0);
    for (let n = 0, before = x.length - 1; n < x.length; before = n++) {
      let [xa, ya, xb, yb] = [x[before] - this.#left, y[before] - this.#top, x[n] - this.#left, y[n] - this.#top];
      if (ya > yb) [xa, ya, xb, yb] = [xb, yb, xa, ya];
      // Rows whose center lies in [ya, yb).
      const end = Math.min(height, Math.ceil(yb - 0.5));
      for (let row = Math.max(0, Math.ceil(ya - 0.5)); row < end; row++) {
        const crossing = xa + ((row + 0.5 - ya) / (yb - ya)) * (xb - xa);
        const column = Math.max(0, Math.ceil(crossing - 0.5));
        if (column < width) out[row * width + column] ^= 1;
      }
    }
    let area = 0;
    for (let row = 0, n = 0; row < height; row++) {
      let inside = 0;
      for (const end = n + width; n < end; n++) {
        inside ^= out[n];
        out[n] = inside;
        area += inside;
      }
    }
    return area;
  }
}
