import { Session } from "node:inspector";

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
