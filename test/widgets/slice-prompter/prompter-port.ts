import { type SlicePrompterState, slicePrompterProtocol } from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";
import { FakePort } from "../fake-port.js";
import { ownWindow, smallVolume } from "../small-volume.js";

const start: SlicePrompterState = {
  protocol: slicePrompterProtocol,
  ...smallVolume,
  model: { name: "m", provider: "CPU", prompts: { points: true, box: true, mask: false, note: "" } },
  window: { shown: ownWindow, model: ownWindow, outdated: 0, presets: [ownWindow] },
  objects: [{ id: 1, name: "object 1", color: "#e69f00", locked: false, area: null, lost: 0, slices: 0 }],
  active: 1,
  overlap: "upper",
  prompts: [],
  masks: [],
  crossing: [],
  speculative: null,
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

export class PrompterPort extends FakePort<SlicePrompterState, IntentMessage> {
  constructor(patch: Partial<SlicePrompterState> = {}) {
    super(start, patch);
  }
}
