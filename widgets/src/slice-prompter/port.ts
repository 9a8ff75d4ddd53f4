import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";

/** The way to the kernel, as the view sees it: a Jupyter widget model, or anything else that keeps a state. */
export interface Port {
  /** The kernel's last word. A new object whenever something in it has changed. */
  readonly state: SlicePrompterState;
  /** False when the kernel is gone: the state stays, intents lead nowhere. */
  readonly live: boolean;
  send(message: IntentMessage): void;
  /** Called after the state or `live` has changed, until the signal is aborted. */
  onChange(listener: () => void, signal: AbortSignal): void;
  /** Called with what the kernel wants the user to know. */
  onNote(listener: (text: string) => void, signal: AbortSignal): void;
}
