import { Session } from "node:inspector";

const LOOK_MS = 100;
/** The process must be at least this large, as part of the heap's limit, before the heap is looked at. */
const LOOK_FROM = 0.5;
/**
 * The heap counts as full above this part of its limit. V8 collects garbage halfway between what is in use and the limit, so more than
 * four fifths are in use then; Node ends the process a little later.
 */
const FULL = 0.9;
/** So often in a row, so that a collection that is under way can end. */
const LOOKS = 2;

/**
 * Watches the heap of the main thread from this one. When it is full Node ends the process within moments, without a word and without
 * a chance for anything to be said then.
 *
 * @param limit bytes at which Node ends the process
 * @param full called when the heap is full; not again before it had room
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
