import { bytesView } from "../../../src/core/dtype.js";
import type { LossValues } from "../../../src/protocol/training.js";

/** Maximum number of values: a curve cannot show more, and the kernel resends all of them. */
const mostValues = 800;

/** The losses of all steps in a bounded number of values: above the bound, adjacent values are averaged. */
export class LossCurve {
  readonly #most: number;
  #every = 1;
  #values: number[] = [];
  /** Losses not yet combined into a value. */
  #open: number[] = [];
  #wire: LossValues | null = null;

  /** `most`: maximum number of values, even. */
  constructor(losses: readonly number[] = [], most = mostValues) {
    this.#most = most;
    for (const loss of losses) this.add(loss);
  }

  /** Adds the loss of the next step. */
  add(loss: number): void {
    this.#open.push(loss);
    if (this.#open.length < this.#every) return;
    this.#values.push(mean(this.#open));
    this.#open = [];
    this.#wire = null;
    if (this.#values.length < this.#most) return;
    this.#values = Array.from({ length: this.#most / 2 }, (_, n) => mean(this.#values.slice(2 * n, 2 * n + 2)));
    this.#every *= 2;
  }

  get every(): number {
    return this.#every;
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** The serialized curve: the same object while nothing has changed. */
  get wire(): LossValues {
    this.#wire ??= { every: this.#every, values: bytesView(Float32Array.from(this.#values)) };
    return this.#wire;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
