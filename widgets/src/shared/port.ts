import type { FileMessage } from "../../../src/protocol/intent-checks.js";

/** The way to the kernel, as the view sees it: a Jupyter widget model, or anything else that keeps a state. */
export interface WidgetPort<State, Message> {
  /** The kernel's last word. A new object whenever something in it has changed. */
  readonly state: State;
  /** False when the kernel is gone: the state stays, intents lead nowhere. */
  readonly live: boolean;
  send(message: Message): void;
  /** Called after the state or `live` has changed, until the signal is aborted. */
  onChange(listener: () => void, signal: AbortSignal): void;
  /** Called with what the kernel wants the user to know. */
  onNote(listener: (text: string) => void, signal: AbortSignal): void;
  /** Called with the files that the kernel sends. */
  onFile?(listener: (file: FileMessage, bytes: ArrayBufferView) => void, signal: AbortSignal): void;
}
