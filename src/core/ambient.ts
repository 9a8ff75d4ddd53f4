/**
 * Execution context of a library call, set by a host that runs many tasks in one process, such as the notebook kernel.
 */
export interface Ambient {
  /** Aborted when the task that the calling code belongs to should stop. */
  signal(): AbortSignal | undefined;
  /** Runs `body` outside the calling task, so that what it starts outlives that task. */
  detached<T>(body: () => T): T;
  /** What runs work later as part of the calling task. */
  task(): <T>(body: () => T) => T;
  /** Shows the progress of work of the calling task, if it lasts; `undefined` if nobody would see it. */
  showWork(name: string, options: ShowOptions): ShownWork | undefined;
}

/** How work is shown. */
export interface ShowOptions {
  /** Whether it stays shown once it is done. */
  readonly leave: boolean;
}

/** Work whose progress is shown by the host. */
export interface ShownWork {
  /** Aborted when the user cancels the work. */
  readonly signal: AbortSignal;
  /** Shows the current step and, if known, the completed fraction 0 to 1. */
  step(step: string, fraction?: number): void;
  /** Shows how the work ended. */
  end(how: "done" | "canceled" | "failed"): void;
}

let ambient: Ambient = {
  signal: () => undefined,
  detached: (body) => body(),
  task: () => (body) => body(),
  showWork: () => undefined,
};

/** Sets the host's context. Call it once, at startup. */
export function setAmbient(host: Ambient): void {
  ambient = host;
}

/** Signal for long-running work: aborts when the given signal or the host's does. */
export function workSignal(given: AbortSignal | undefined): AbortSignal | undefined {
  const surrounding = ambient.signal();
  if (!given || !surrounding || given === surrounding) return given ?? surrounding;
  return AbortSignal.any([given, surrounding]);
}

/** The given signal or the host's, whichever has aborted; `undefined` if neither has. */
export function abortedSignal(given: AbortSignal | undefined): AbortSignal | undefined {
  if (given?.aborted) return given;
  const surrounding = ambient.signal();
  return surrounding?.aborted ? surrounding : undefined;
}

/** As {@link Ambient.showWork}. */
export function showWork(name: string, options: ShowOptions): ShownWork | undefined {
  return ambient.showWork(name, options);
}

/** Runs `body` outside the calling task. For process-wide resources, such as a shared thread. */
export function detached<T>(body: () => T): T {
  return ambient.detached(body);
}

/** As {@link Ambient.task}. For queues, whose work was asked for by several tasks. */
export function callingTask(): <T>(body: () => T) => T {
  return ambient.task();
}
