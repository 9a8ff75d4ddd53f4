import baseStyle from "../../../../style/base.raw.css";
import style from "../../../../style/training.raw.css";
import type { TrainingState } from "../../../src/protocol/training.js";
import type { TrainingMessage } from "../../../src/protocol/training-intents.js";
import { mountTraining } from "../training/mount.js";
import { afmModule } from "./module.js";

export default afmModule<TrainingState, TrainingMessage>(
  {
    protocol: true,
    subject: true,
    phase: true,
    stopping: true,
    step: true,
    steps: true,
    lastLoss: true,
    loss: true,
    validation: true,
    isValidated: true,
    secondsLeft: true,
    resumedFrom: true,
    note: true,
    handled: true,
  },
  [baseStyle, style],
  (host, port) => mountTraining(host, port, Promise.resolve()),
);
