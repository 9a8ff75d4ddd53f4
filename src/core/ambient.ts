/** What surrounds a call of the library, for a host that runs many pieces of work in one process: the notebook's kernel. */
export interface Ambient {
  /** Aborted when the work that the calling code belongs to is to stop. */
  signal(): AbortSignal | undefined;
  /** Runs `body` so that what it starts does not end with the work that the calling code belongs to. */
  detached<T>(body: () => T): T;
}

let ambient: Ambient = { signal: () => undefined, detached: (body) => body() };

/** Called once by a host. */
export function setAmbient(host: Ambient): void {
  ambient = host;
}

/** The signal that long work listens to: the given one, and that of the host. */
export function workSignal(given: AbortSignal | undefined): AbortSignal | undefined {
  const surrounding = ambient.signal();
  if (!given || !surrounding || given === surrounding) return given ?? surrounding;
  return AbortSignal.any([given, surrounding]);
}

/** The one of these two signals that has been aborted. */
export function abortedSignal(given: AbortSignal | undefined): AbortSignal | undefined {
  if (given?.aborted) return given;
  const surrounding = ambient.signal();
  return surrounding?.aborted ? surrounding : undefined;
}

/** Starts what serves the whole process, such as a thread that everybody shares. */
export function detached<T>(body: () => T): T {
  return ambient.detached(body);
}
