import type { EvaluationProgress } from "../evaluate/options.js";
import type { Console } from "./command.js";
import { statusLine } from "./status-line.js";

/** Reports the progress of an evaluation. */
export function progressLine(console: Console): { show(progress: EvaluationProgress): void; end(): void } {
  const line = statusLine(console);
  return {
    show(progress) {
      if (progress.note === "") {
        line.show(progressText(progress), progress.casesDone < progress.cases);
        return;
      }
      line.end();
      console.err(`${progress.note}\n`);
    },
    end: line.end,
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
