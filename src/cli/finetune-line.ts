import type { FinetuneProgress } from "../finetune/types.js";
import type { Console } from "./command.js";
import { duration } from "./progress-line.js";
import { statusLine } from "./status-line.js";

/** Tells a training's progress; of a validation always. */
export function finetuneLine(console: Console): { show(progress: FinetuneProgress): void; end(): void } {
  const line = statusLine(console);
  return {
    show({ phase, note, secondsLeft }) {
      const isRoutine = phase === "training" || phase === "embedding";
      line.show(secondsLeft > 0 ? `${note}, ${duration(secondsLeft)} left` : note, isRoutine);
    },
    end: line.end,
  };
}
