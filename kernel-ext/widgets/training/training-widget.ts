import type { FineTuned, FinetuneProgress } from "../../../src/finetune/types.js";
import { type TrainingState, trainingModel, trainingView } from "../../../src/protocol/training.js";
import { parseTrainingIntent } from "../../../src/protocol/training-intents.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import type { CommHost, JsonObject } from "../../comm/comm.js";
import { WidgetModel } from "../../comm/widget-model.js";
import type { MimeBundle } from "../../context.js";
import type { DisplayHandle } from "../../display/public.js";
import { changedKeys } from "../shared/diff-state.js";
import { rememberHandled } from "../shared/handled.js";
import { trainingCurves } from "./training-curves.js";
import { TrainingRecord, type TrainingStart } from "./training-record.js";

/** Minimum interval between routine reports, ms. */
const reportInterval = 200;

export interface TrainingHost {
  readonly comms: CommHost;
  /** Displays content under the cell. */
  show(content: MimeBundle): DisplayHandle;
  /** Called when the user stops training. */
  onStop(): void;
}

/**
 * Live view of a training run under its cell, with a stop button. Front ends without widgets show a still picture,
 * which is final once training ends.
 */
export class TrainingWidget {
  readonly #record: TrainingRecord;
  readonly #host: TrainingHost;
  readonly #link: WidgetModel<TrainingState>;
  readonly #shown: DisplayHandle;
  #handled: TrainingState["handled"] = {};
  #sent: TrainingState;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(start: TrainingStart, host: TrainingHost) {
    this.#record = new TrainingRecord(start);
    this.#host = host;
    this.#sent = this.#record.state(this.#handled);
    this.#link = new WidgetModel<TrainingState>(host.comms, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName: trainingModel,
      viewName: trainingView,
      state: this.#sent,
    });
    this.#link.onCustom((content) => this.#receive(content));
    this.#shown = host.show(this.#bundle());
  }

  progress(progress: FinetuneProgress): void {
    this.#record.progress(progress);
    const isRoutine = progress.phase === this.#sent.phase && progress.phase !== "validating";
    if (!isRoutine || performance.now() - this.#sentAt >= reportInterval) this.#send();
  }

  /** A stop was requested, here or elsewhere. */
  stopping(): void {
    if (this.#record.stop()) this.#send();
  }

  finished(tuned: FineTuned): void {
    this.#record.finished(tuned);
    this.#end();
  }

  failed(message: string): void {
    this.#record.failed(message);
    this.#end();
  }

  /**
   * Sends the state first: a view that knows training has ended keeps its place while the front end re-renders the
   * output.
   */
  #end(): void {
    this.#send();
    // Not earlier: JupyterLab recreates the view for each new picture.
    this.#shown.update(this.#bundle());
  }

  #bundle(): MimeBundle {
    const { title, loss } = this.#record;
    const picture = trainingCurves({ ...this.#record.state(this.#handled), title, loss });
    return this.#link.mimeBundle({ "text/plain": title, "image/svg+xml": picture });
  }

  #receive(content: JsonObject): void {
    const parsed = parseTrainingIntent(content);
    if (!parsed.ok) {
      this.#link.sendCustom({ kind: "note", text: `The kernel ignored ${parsed.problem}.` });
      return;
    }
    this.#handled = rememberHandled(this.#handled, parsed.intent.view, parsed.intent.seq);
    this.#host.onStop();
    this.stopping();
    this.#send();
  }

  /** Sends changes since the last call. */
  #send(): void {
    this.#sentAt = performance.now();
    const next = this.#record.state(this.#handled);
    const patch = changedKeys(this.#sent, next);
    this.#sent = next;
    if (Object.keys(patch).length > 0) this.#link.set(patch);
  }
}
