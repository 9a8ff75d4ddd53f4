import style from "../../../../style/progress.raw.css";
import type { ProgressMessage, ProgressState } from "../../../src/protocol/progress.js";
import { mountProgress } from "../progress/mount.js";
import { afmModule } from "./module.js";

export default afmModule<ProgressState, ProgressMessage>(
  {
    protocol: true,
    rows: true,
    canceling: true,
    isCellRunning: true,
    heard: true,
  },
  [style],
  (host, port) => mountProgress(host, port, () => {}),
);
