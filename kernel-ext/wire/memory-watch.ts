import { Session } from "node:inspector";
import { totalmem } from "node:os";

const LOOK_MS = 100;
/** The heap is checked only once the process has reached this fraction of the heap limit. */
const LOOK_FROM = 0.5;
/**
 * The heap counts as full above this fraction of its limit. V8 collects garbage halfway between the used size and the
 * limit, so more than four fifths are in use by then; Node ends the process a little later.
 */
const FULL = 0.9;
/** Number of consecutive checks, so that a running collection can finish. */
const LOOKS = 2;

/**
 * Watches the heap of the main thread from this thread. When the heap is full, Node ends the process within moments,
 * without an error message and without running any handler.
 *
 * @param limit bytes at which Node ends the process
 * @param full called when the heap is full; again only after it had free space in between
 */
export function watchHeap(limit: number, full: (used: number) => void): void {
  let session: Session | undefined;
  let asking = false;
  let looks = 0;
  const look = () => {
    if (asking) return;
    if (process.memoryUsage.rss() < LOOK_FROM * limit) {
      session?.disconnect();
      session = undefined;
      looks = 0;
      return;
    }
    if (!session) {
      session = new Session();
      session.connectToMainThread();
    }
    asking = true;
    session.post("Runtime.getHeapUsage", (error, usage) => {
      asking = false;
      const used = error ? 0 : (usage as { usedSize: number }).usedSize;
      looks = used > FULL * limit ? looks + 1 : 0;
      if (looks === LOOKS) full(used);
    });
  };
  setInterval(look, LOOK_MS);
}

/** The process's memory counts as full above this fraction of what the machine or its container has. */
const FULL_MACHINE = 0.9;

/** What is full is reported again after it has grown by this fraction: a cell after the first one goes on taking. */
const GROWTH = 0.02;

/** What the machine has, or what the container, cgroup, or job may use of it, bytes. */
export function machineMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/**
 * Watches the memory of the whole process, volumes and typed arrays included. When there is no more, the system ends
 * the process, without an error message and without running any handler.
 *
 * @param limit bytes
 * @param full called when it is full, and again each time that it grows
 * @returns ends the watch
 */
export function watchMemory(limit: number, full: (used: number) => void): () => void {
  let next = FULL_MACHINE * limit;
  const watch = setInterval(() => {
    const used = process.memoryUsage.rss();
    if (used > next) {
      full(used);
      next = used + GROWTH * limit;
    } else if (used <= FULL_MACHINE * limit) next = FULL_MACHINE * limit;
  }, LOOK_MS);
  return () => clearInterval(watch);
}
