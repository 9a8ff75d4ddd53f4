import type { FineTuned, FinetuneProgress } from "../../../src/finetune/types.js";
import { type TrainingState, trainingModel, trainingView } from "../../../src/protocol/training.js";
import { parseTrainingIntent, type TrainingIntent } from "../../../src/protocol/training-intents.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import type { DisplayOptions } from "../../display/public.js";
import { WidgetHost } from "../shared/widget-host.js";
import { trainingCurves } from "./training-curves.js";
import { TrainingRecord, type TrainingStart } from "./training-record.js";

/** Minimum interval between routine reports, ms. */
const reportInterval = 200;

export interface TrainingHost {
  readonly comms: CommHost;
  /** Displays content under the cell. */
  show(content: MimeBundle, options: DisplayOptions): void;
  /** Called when the user stops training. */
  onStop(): void;
}

/** Live view of a training run under its cell, with a stop button. Front ends without widgets show a still picture. */
export class TrainingWidget {
  readonly #record: TrainingRecord;
  readonly #host: WidgetHost<TrainingState, TrainingIntent>;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(start: TrainingStart, { comms, show, onStop }: TrainingHost) {
    this.#record = new TrainingRecord(start);
    this.#host = new WidgetHost(comms, {
      modelName: trainingModel,
      viewName: trainingView,
      state: () => this.#record.state(),
      parse: parseTrainingIntent,
      handle: () => {
        onStop();
        this.stopping();
      },
      still: () => this.#still(),
    });
    show(this.#host.show(this.#still()), { displayId: this.#host.displayId });
  }

  progress(progress: FinetuneProgress): void {
    this.#record.progress(progress);
    const isRoutine = progress.phase === this.#host.now.phase && progress.phase !== "validating";
    if (!isRoutine || performance.now() - this.#sentAt >= reportInterval) this.#send();
  }

  /** A stop was requested, here or elsewhere. */
  stopping(): void {
    if (this.#record.stop()) this.#send();
  }

  finished(tuned: FineTuned): void {
    this.#record.finished(tuned);
    this.#send();
  }

  failed(message: string): void {
    this.#record.failed(message);
    this.#send();
  }

  #still(): MimeBundle {
    const { title, loss } = this.#record;
    const picture = trainingCurves({ ...this.#record.state(), title, loss });
    return { "text/plain": title, "image/svg+xml": picture };
  }

  #send(): void {
    this.#sentAt = performance.now();
    this.#host.changed();
  }
}
