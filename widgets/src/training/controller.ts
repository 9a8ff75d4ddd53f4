import { hasEnded, type TrainingState } from "../../../src/protocol/training.js";
import type { TrainingIntent, TrainingMessage } from "../../../src/protocol/training-intents.js";
import { Pending } from "../shared/pending.js";
import type { WidgetPort } from "../shared/port.js";

export type TrainingPort = WidgetPort<TrainingState, TrainingMessage>;

/** Combines the kernel's state of a training run with the view's, and performs the user's actions. */
export class TrainingController {
  readonly port: TrainingPort;
  readonly #view: string;
  readonly #invalidate: () => void;
  readonly #pending = new Pending<TrainingIntent>();

  constructor(port: TrainingPort, invalidate: () => void, view: string) {
    this.port = port;
    this.#invalidate = invalidate;
    this.#view = view;
  }

  get state(): TrainingState {
    return this.port.state;
  }

  get hasEnded(): boolean {
    return hasEnded(this.state);
  }

  /** The kernel was lost before the end: no more updates will come. */
  get isLost(): boolean {
    return !this.port.live && !this.hasEnded;
  }

  /** Also true before the kernel has received the stop. */
  get isStopping(): boolean {
    return !this.hasEnded && (this.state.stopping || this.#pending.has("stop"));
  }

  /** Call when the port's state has changed. */
  received(): void {
    const seq = this.state.handled[this.#view];
    if (seq !== undefined) this.#pending.handled(seq);
    if (!this.port.live) this.#pending.clear();
    this.#invalidate();
  }

  stop(): void {
    if (this.hasEnded || this.isStopping || !this.port.live) return;
    const intent: TrainingIntent = { kind: "stop" };
    this.port.send({ ...intent, view: this.#view, seq: this.#pending.add(intent, 0) });
    this.#invalidate();
  }
}
