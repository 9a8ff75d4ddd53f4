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

/** Routine reports are sent no more often than this, ms: a view draws no faster than makes sense. */
const patience = 200;

export interface TrainingHost {
  readonly comms: CommHost;
  /** Shows content under the cell. */
  show(content: MimeBundle): DisplayHandle;
  /** The user wants the training to end. */
  onStop(): void;
}

/**
 * A training under its cell, live: its views show what is known and can stop it. Where no widget runs stands a still picture, which is the final one
 * from the end of the training on.
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
    if (!isRoutine || performance.now() - this.#sentAt >= patience) this.#send();
  }

  /** It was asked to stop, here or elsewhere. */
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

  /** The state first: a view that knows of the end keeps its place while the front end shows the output anew. */
  #end(): void {
    this.#send();
    // Not before: JupyterLab makes the view anew with each new picture.
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

  /** Sends what has changed since the last time. */
  #send(): void {
    this.#sentAt = performance.now();
    const next = this.#record.state(this.#handled);
    const patch = changedKeys(this.#sent, next);
    this.#sent = next;
    if (Object.keys(patch).length > 0) this.#link.set(patch);
  }
}
