import type { TrainingState } from "../../../src/protocol/training.js";
import type { TrainingMessage } from "../../../src/protocol/training-intents.js";
import { FakePort } from "../fake-port.js";

const bytes = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** Four of ten steps, two validations. */
export const trainingState: TrainingState = {
  protocol: 1,
  subject: "m · maskDecoder",
  phase: "training",
  stopping: false,
  step: 4,
  steps: 10,
  lastLoss: 0.5,
  loss: { every: 1, values: bytes([2, 1, 1, 0.5]) },
  validation: [
    { step: 2, dice: 0.75 },
    { step: 4, dice: 0.5 },
  ],
  isValidated: true,
  secondsLeft: 65,
  resumedFrom: null,
  note: "step 4 of 10, loss 0.500",
  handled: {},
};

export class TrainingPort extends FakePort<TrainingState, TrainingMessage> {
  constructor(patch: Partial<TrainingState> = {}) {
    super(trainingState, patch);
  }
}
