import { type Addressed, nothing, type Parsed, parseMessage } from "./intent-checks.js";

/** `stop`: end the training early and keep the best weights so far. */
export interface TrainingIntent {
  /** What the view wants. */
  readonly kind: "stop";
}

/** An intent on the wire. */
export type TrainingMessage = Addressed<TrainingIntent>;

/** Checks the content of a custom message. Whatever arrives, this returns: a bad message is a `problem` in words. */
export function parseTrainingIntent(content: unknown): Parsed<TrainingIntent> {
  return parseMessage<TrainingIntent, null>(content, null, { stop: nothing });
}
