import type { FinetuneProgress } from "../predict/finetune/types.js";
import type { Console } from "./command.js";
import { duration } from "./progress-line.js";

/** Plain lines (where there is no terminal) at most this often, ms. */
const patience = 10_000;

/** Tells a training's progress: one line that is overwritten on a terminal; elsewhere a line now and then, and one for each validation. */
export function finetuneLine(console: Console): { show(progress: FinetuneProgress): void; end(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  return {
    show(progress) {
      const now = performance.now();
      const isRoutine = progress.phase === "training" || progress.phase === "embedding";
      if (isRoutine && now - last < (console.isTerminal ? 100 : patience)) return;
      last = now;
      const { note, secondsLeft } = progress;
      const text = secondsLeft > 0 ? `${note}, ${duration(secondsLeft)} left` : note;
      console.err(console.isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      isOpen = console.isTerminal;
    },
    end() {
      if (isOpen) console.err("\n");
      isOpen = false;
    },
  };
}
