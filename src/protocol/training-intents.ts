import { type Addressed, nothing, type Parsed, parseMessage } from "./intent-checks.js";

/** `stop`: end the training early and keep the best weights so far. */
export interface TrainingIntent {
  /** The type of the intent. */
  readonly kind: "stop";
}

/** An intent as sent in a message. */
export type TrainingMessage = Addressed<TrainingIntent>;

/** Validates the content of a custom message. Never throws: for an invalid message it returns a `problem` text. */
export function parseTrainingIntent(content: unknown): Parsed<TrainingIntent> {
  return parseMessage<TrainingIntent, null>(content, null, { stop: nothing });
}
