import { planeView } from "../../../src/core/plane.js";
import { type SlicePrompterState, slicePrompterProtocol } from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";
import type { Port } from "../../../widgets/src/slice-prompter/port.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const size = [10, 8, 5] as const;
const window = { low: 0, high: 100, name: "own" };

const start: SlicePrompterState = {
  protocol: slicePrompterProtocol,
  subject: {
    kind: "volume",
    source: "test",
    format: { type: "uint8", slope: 1, intercept: 0 },
    frames: [planeView(size, affine, "axial"), planeView(size, affine, "coronal")],
    affine,
    unit: "mm",
    valueUnit: "",
  },
  model: { name: "m", provider: "CPU", prompts: { points: true, box: true, mask: false, note: "" } },
  place: { plane: "axial", index: 2 },
  slice: { plane: "axial", index: 2, data: new Uint8Array(80) },
  window: { shown: window, model: window, outdated: 0, presets: [window] },
  objects: [{ id: 1, name: "object 1", color: "#e69f00", locked: false, area: null, lost: 0, slices: 0 }],
  active: 1,
  overlap: "upper",
  prompts: [],
  masks: [],
  answer: null,
  mask: null,
  overview: null,
  crossSlices: [],
  surface: null,
  scores: null,
  marks: [],
  work: { phase: "idle" },
  problem: null,
  restored: null,
  history: { undo: false, redo: false },
  handled: {},
};

/** A port without a kernel: keeps what is sent, and has the state that the test gives it. */
export class FakePort implements Port {
  state: SlicePrompterState;
  live = true;
  readonly sent: IntentMessage[] = [];

  constructor(patch: Partial<SlicePrompterState> = {}) {
    this.state = { ...start, ...patch };
  }

  send(message: IntentMessage): void {
    this.sent.push(message);
  }

  onChange(): void {}

  onNote(): void {}

  /** As if the kernel had handled the last intent, with this outcome. */
  answer(patch: Partial<SlicePrompterState> = {}): void {
    const last = this.sent.at(-1);
    const handled = last ? { [last.view]: last.seq } : {};
    this.state = { ...this.state, ...patch, handled };
  }
}
