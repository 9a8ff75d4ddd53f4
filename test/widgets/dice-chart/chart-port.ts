import { type DiceChartState, diceChartProtocol } from "../../../src/protocol/dice-chart.js";
import type { ChartIntentMessage } from "../../../src/protocol/dice-chart-intents.js";
import { FakePort } from "../fake-port.js";

const bytes = (data: ArrayBufferView) => new Uint8Array(data.buffer);

/** Two rows of the chart, two series; five points, of which the fourth has no size. */
export const chartState: DiceChartState = {
  protocol: diceChartProtocol,
  kind: "modalities",
  title: "",
  subtitle: "m · policy first · 3 objects from 2 cases",
  footnote: ["how"],
  notices: [],
  series: [
    { name: "box", color: "#0072b2", symbol: "circle" },
    { name: "points:1", color: "#e69f00", symbol: "square" },
  ],
  groups: [
    { name: "CT · liver", modality: "CT", label: "liver", clicks: -1 },
    { name: "MR · <b>", modality: "MR", label: "<b>", clicks: -1 },
  ],
  cells: [
    cell({ group: 0, series: 0, n: 2, mean: 0.7, low: 0.6, high: 0.75 }),
    cell({ group: 0, series: 1, n: 2, mean: 0.4, fenceLow: 0.35 }),
    cell({ group: 1, series: 0, n: 1, mean: 0.2 }),
  ],
  cases: ["a", "b & c"],
  labels: ["liver", "<b>"],
  points: {
    count: 5,
    group: bytes(Uint16Array.of(0, 0, 0, 0, 1)),
    series: bytes(Uint16Array.of(0, 0, 1, 1, 0)),
    dice: bytes(Float32Array.of(0.75, 0.65, 0.5, 0.3, 0.2)),
    size: bytes(Float32Array.of(100, 1000, 10, Number.NaN, 5)),
    contrast: bytes(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5)),
    complexity: bytes(Float32Array.of(1, 1, 1, 1, 1)),
    case: bytes(Uint32Array.of(0, 1, 0, 1, 1)),
    label: bytes(Uint16Array.of(0, 0, 0, 0, 1)),
    slice: bytes(Int32Array.of(7, 8, 7, 8, -1)),
    part: bytes(Int32Array.of(0, 0, 0, 0, 2)),
  },
  correlations: [],
  anchors: [],
  shown: { view: "modalities", marks: "bars" },
  selection: null,
  opens: false,
  opened: null,
  handled: {},
};

function cell(values: Partial<DiceChartState["cells"][number]>): DiceChartState["cells"][number] {
  const { mean = 0 } = values;
  const spread = { q1: mean - 0.05, median: mean, q3: mean + 0.05, fenceLow: mean - 0.1, fenceHigh: mean + 0.1 };
  return { group: 0, series: 0, n: 1, subjects: 1, mean, low: null, high: null, ...spread, ...values };
}

export class ChartPort extends FakePort<DiceChartState, ChartIntentMessage> {
  constructor(patch: Partial<DiceChartState> = {}) {
    super(chartState, patch);
  }
}
