import type { FileMessage } from "../../../src/protocol/intent-checks.js";

/** A view's connection to the kernel: a Jupyter widget model, or anything else with a state. */
export interface WidgetPort<State, Message> {
  /** The latest state from the kernel. The object may be changed in place: copy it to compare states. */
  readonly state: State;
  /** False if the kernel is gone: the state stays, but intents are not delivered. */
  readonly live: boolean;
  /** True while a lost connection is restored: what is sent now arrives then. */
  readonly connecting?: boolean;
  send(message: Message): void;
  /** Called after the state, `live`, or `connecting` has changed, until the signal aborts. */
  onChange(listener: () => void, signal: AbortSignal): void;
  /** Called with messages from the kernel for the user. */
  onNote(listener: (text: string) => void, signal: AbortSignal): void;
  /** Called with files sent by the kernel. */
  onFile?(listener: (file: FileMessage, bytes: ArrayBufferView) => void, signal: AbortSignal): void;
}
