import { type MaskCompareState, maskCompareProtocol } from "../../../src/protocol/mask-compare.js";
import type { CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import { FakePort } from "../fake-port.js";
import { ownWindow, smallVolume } from "../small-volume.js";

const start: MaskCompareState = {
  protocol: maskCompareProtocol,
  ...smallVolume,
  window: { shown: ownWindow, presets: [ownWindow] },
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
  hasLabelsAsOne: false,
  handled: {},
};

export class ComparePort extends FakePort<MaskCompareState, CompareMessage> {
  constructor(patch: Partial<MaskCompareState> = {}) {
    super(start, patch);
  }
}
