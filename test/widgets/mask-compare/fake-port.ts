import { planeView } from "../../../src/core/plane.js";
import type { MaskCompareState } from "../../../src/protocol/mask-compare.js";
import type { CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import type { ComparePort } from "../../../widgets/src/mask-compare/controller.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const size = [10, 8, 5] as const;
const window = { low: 0, high: 100, name: "own" };

const start: MaskCompareState = {
  protocol: 2,
  subject: {
    kind: "volume",
    source: "test",
    format: { type: "uint8", slope: 1, intercept: 0 },
    frames: [planeView(size, affine, "axial"), planeView(size, affine, "coronal")],
    affine,
    unit: "mm",
    valueUnit: "",
  },
  place: { plane: "axial", index: 2 },
  slice: { plane: "axial", index: 2, data: new Uint8Array(80) },
  window: { shown: window, presets: [window] },
  masks: [
    { id: 0, name: "zero-shot", color: "#0072b2", role: "mask", model: null },
    { id: 1, name: "fine-tuned", color: "#e69f00", role: "mask", model: null },
    { id: 2, name: "truth", color: "#009e73", role: "truth", model: null },
  ],
  onSlice: [0, 1, 2].map((mask) => ({ mask, bits: new Uint8Array(10), absent: null, scores: null })),
  totals: [],
  strip: [],
  display: { layout: "side-by-side", paint: "masks" },
  work: null,
  problem: null,
  definition: "surface-distance",
  handled: {},
};

/** A port without a kernel: keeps what is sent, and has the state that the test gives it. */
export class FakeComparePort implements ComparePort {
  state: MaskCompareState;
  live = true;
  readonly sent: CompareMessage[] = [];

  constructor(patch: Partial<MaskCompareState> = {}) {
    this.state = { ...start, ...patch };
  }

  send(message: CompareMessage): void {
    this.sent.push(message);
  }

  onChange(): void {}

  onNote(): void {}

  /** As if the kernel had handled the last intent, with this outcome. */
  answer(patch: Partial<MaskCompareState> = {}): void {
    const last = this.sent.at(-1);
    const handled = last ? { [last.view]: last.seq } : {};
    this.state = { ...this.state, ...patch, handled };
  }
}
