import type { EvaluationProgress } from "../evaluate/options.js";
import type { Console } from "./command.js";

/** Plain lines (where there is no terminal) at most this often, ms. */
const patience = 10_000;

/** Tells an evaluation's progress: one line that is overwritten on a terminal, a line now and then elsewhere. */
export function progressLine(console: Console): { show(progress: EvaluationProgress): void; end(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  const end = () => {
    if (isOpen) console.err("\n");
    isOpen = false;
  };
  return {
    show(progress) {
      if (progress.note !== "") {
        end();
        console.err(`${progress.note}\n`);
        return;
      }
      const now = performance.now();
      const isLast = progress.casesDone === progress.cases;
      if (!isLast && now - last < (console.isTerminal ? 100 : patience)) return;
      last = now;
      if (console.isTerminal) {
        console.err(`\r\u001b[K${progressText(progress)}`);
        isOpen = true;
      } else {
        console.err(`${progressText(progress)}\n`);
      }
    },
    end,
  };
}

export function progressText(progress: EvaluationProgress): string {
  const { casesDone, cases, rows, failures, unitsPerSecond, secondsLeft } = progress;
  const failed = failures > 0 ? `, ${failures} failed` : "";
  const left = Number.isNaN(secondsLeft) ? "" : `, ${duration(secondsLeft)} left`;
  return `${casesDone} of ${cases} cases, ${rows} rows${failed}, ${unitsPerSecond.toFixed(2)} slices/s${left}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
