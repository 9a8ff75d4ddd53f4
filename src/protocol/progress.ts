import { type Addressed, nothing, type Parsed, parseMessage } from "./intent-checks.js";

/** Raised when a state or intent changes its meaning; a view rejects a kernel with a different version. */
export const progressProtocol = 2;

/** The name of the progress bars' model, by which the browser finds its code. */
export const progressModel = "ProgressModel";
/** The name of the progress bars' view. */
export const progressView = "ProgressView";

/**
 * State of a task. All but `running` are final; `stopped` means it ended early without being canceled, such as by a
 * `break`.
 */
export type ProgressPhase = "running" | "done" | "stopped" | "canceled" | "failed";

/** One bar. */
export interface ProgressRow {
  /** Identifies the bar within its group. */
  readonly id: number;
  /** Label before the bar; may be empty. */
  readonly label: string;
  /** What is counted, in the singular; `B` for bytes, `%` for work that is not counted. */
  readonly unit: string;
  /** How many are done. */
  readonly done: number;
  /** Null when unknown. */
  readonly total: number | null;
  /** Seconds. */
  readonly elapsed: number;
  /** Recent rate per second; null while unknown. */
  readonly rate: number | null;
  /** Running, or how it ended. */
  readonly phase: ProgressPhase;
}

/** A group of progress bars, the outermost first. */
export interface ProgressState {
  /** As {@link progressProtocol}. */
  readonly protocol: number;
  /** The bars, the outermost first. */
  readonly rows: readonly ProgressRow[];
  /** Cancellation was requested but the work has not ended yet. */
  readonly canceling: boolean;
  /** Their cell is running: an interrupt would end this cell and no other. */
  readonly isCellRunning: boolean;
  /** The last view that the kernel has heard; empty before. */
  readonly heard: string;
}

/** `cancel`: cancel the work. `seen`: a view displays the bars. */
export interface ProgressIntent {
  /** The type of the intent. */
  readonly kind: "cancel" | "seen";
}

/** An intent as sent in a message. */
export type ProgressMessage = Addressed<ProgressIntent>;

/** Validates the content of a custom message. Never throws: for an invalid message it returns a `problem` text. */
export function parseProgressIntent(content: unknown): Parsed<ProgressIntent> {
  return parseMessage<ProgressIntent, null>(content, null, { cancel: nothing, seen: nothing });
}

/** Completed fraction, 0 to 1; null when the total is unknown. */
export function progressFraction({ done, total }: ProgressRow): number | null {
  if (total === null) return null;
  return total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
}

/** How much of a bar is filled, 0 to 1. With an unknown total, nothing unless it is done or has stopped. */
export function filledFraction(row: ProgressRow): number {
  return progressFraction(row) ?? (row.phase === "done" || row.phase === "stopped" ? 1 : 0);
}

/** `45 %`, rounded down so that 100 % is the end; empty when the total is unknown. */
export function percentText(row: ProgressRow): string {
  const fraction = progressFraction(row);
  return fraction === null ? "" : `${Math.floor(100 * fraction)} %`;
}

/** `45/100`, or `45 slices` when the total is not known; bytes as `1.2/3.4 MB`; nothing for `%`. */
export function amountText({ done, total, unit }: ProgressRow): string {
  if (unit === "%") return "";
  if (unit === "B") return total === null ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`;
  const count = Number.isInteger(done) ? String(done) : done.toFixed(1);
  return total === null ? `${count} ${unit}` : `${count}/${total}`;
}

/** `12.3 it/s`, or `2.4 s/it` for slow ones; empty while it is unknown. */
export function rateText({ rate, unit }: ProgressRow): string {
  if (rate === null || rate <= 0 || unit === "%") return "";
  if (unit === "B") return `${bytesText(rate)}/s`;
  return rate >= 1 ? `${threeDigits(rate)} ${unit}/s` : `${threeDigits(1 / rate)} s/${unit}`;
}

/** Remaining seconds; null when unknown. */
export function secondsLeft({ done, total, rate, phase }: ProgressRow): number | null {
  if (phase !== "running" || total === null || rate === null || rate <= 0) return null;
  return Math.max(0, total - done) / rate;
}

/** `0:03`, `12:34`, `1:02:03` */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The text beside a bar: amount, rate, elapsed and remaining time, and how it ended unless it is done. */
export function detailText(row: ProgressRow): string {
  const left = secondsLeft(row);
  const { phase, elapsed } = row;
  return [
    amountText(row),
    rateText(row),
    left === null ? clockText(elapsed) : `${clockText(elapsed)}, ${clockText(left)} left`,
    phase === "running" || phase === "done" ? "" : phase,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${power === 0 ? Math.round(bytes) : threeDigits(bytes / 1000 ** power)} ${units[power]}`;
}

function threeDigits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
