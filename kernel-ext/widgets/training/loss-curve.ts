import { bytesView } from "../../../src/core/dtype.js";
import type { LossValues } from "../../../src/protocol/training.js";

/** More values than this a curve cannot show; the kernel sends all of them again and again. */
const mostValues = 800;

/** The losses of all steps, in a bounded number of values: when there are too many, neighbours are joined into their mean. */
export class LossCurve {
  readonly #most: number;
  #every = 1;
  #values: number[] = [];
  /** Losses of the steps that do not make a value yet. */
  #open: number[] = [];
  #wire: LossValues | null = null;

  /** `most`: an even number of values. */
  constructor(losses: readonly number[] = [], most = mostValues) {
    this.#most = most;
    for (const loss of losses) this.add(loss);
  }

  /** Of the next step. */
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

  /** As it travels: the same object while nothing has changed. */
  get wire(): LossValues {
    this.#wire ??= { every: this.#every, values: bytesView(Float32Array.from(this.#values)) };
    return this.#wire;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
