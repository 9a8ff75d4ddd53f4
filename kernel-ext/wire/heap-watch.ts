import { Session } from "node:inspector";

const LOOK_MS = 100;
/** The process must be at least this large, as part of the heap's limit, before the heap is looked at. */
const LOOK_FROM = 0.5;
/** The heap counts as full above this part of its limit. Node ends the process a little later. */
const FULL = 0.9;
/** Of that, so much must be left after what nobody uses was thrown away. */
const STILL_FULL = 0.8;

/**
 * Watches the heap of the main thread from this one. When it is full Node ends the process within moments, without a word and without
 * a chance for anything to be said then.
 *
 * @param limit bytes at which Node ends the process
 * @param full called when the heap is full of what is in use; not again before it had room
 */
export function watchHeap(limit: number, full: (used: number) => void): void {
  let session: Session | undefined;
  let asking = false;
  let told = false;
  const look = () => {
    if (asking) return;
    if (process.memoryUsage.rss() < LOOK_FROM * limit) {
      session?.disconnect();
      session = undefined;
      told = false;
      return;
    }
    if (!session) {
      session = new Session();
      session.connectToMainThread();
    }
    asking = true;
    void measure(session, limit).then((used) => {
      asking = false;
      if (used > STILL_FULL * limit) {
        if (!told) full(used);
        told = true;
      } else {
        told = false;
      }
    });
  };
  setInterval(look, LOOK_MS);
}

/** Bytes in use; much of a heap that looks full may be garbage, so that is collected first. */
async function measure(session: Session, limit: number): Promise<number> {
  const used = await usedSize(session);
  if (used < FULL * limit) return 0;
  await new Promise<void>((resolve) => session.post("HeapProfiler.collectGarbage", () => resolve()));
  return await usedSize(session);
}

function usedSize(session: Session): Promise<number> {
  return new Promise((resolve) => {
    session.post("Runtime.getHeapUsage", (error, usage) => {
      resolve(error ? 0 : (usage as { usedSize: number }).usedSize);
    });
  });
}
