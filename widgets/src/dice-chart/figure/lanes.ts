import { seriesBand, seriesOffset } from "../../../../src/protocol/dice-chart.js";
import { pointJitter } from "../../../../src/protocol/dice-chart-columns.js";
import type { FigureInput } from "./figure-input.js";

/** Position of each series' lane within a row, in rows from the top. */
export class Lanes {
  readonly #count: number;
  readonly #hasAnchors: boolean;

  constructor({ state }: FigureInput) {
    this.#count = state.series.length;
    this.#hasAnchors = state.anchors.length > 0;
  }

  get height(): number {
    return seriesBand(this.#hasAnchors) / this.#count;
  }

  middle(group: number, series: number): number {
    return group + seriesOffset(series, this.#count, this.#hasAnchors);
  }

  ofPoint(n: number, group: number, series: number): number {
    return this.middle(group, series) + pointJitter(n) * this.height * 0.7;
  }
}
