import { type Debugger, Session } from "node:inspector";
import { isHookCode, isKernelCode, isNodeCode } from "../code-origin.js";

/** How long the main thread may take to answer before it counts as blocked. */
const PATIENCE_MS = 150;
/** After this the interrupt has failed: the main thread is in native code that does not return. */
const GIVE_UP_MS = 60_000;

/** What the interrupter needs of the main thread. */
export interface InterruptPort {
  /** Sends the request to the main thread, which answers through {@link Interrupter.acknowledge}. */
  ask(id: number): void;
  /** The last request that the main thread has dealt with, read from shared memory: its answer may still be on the way. */
  lastSeen(): number;
}

/**
 * Interrupts the main thread from the wire thread. A main thread that is free is asked to stop what it awaits. One that is
 * blocked is paused through the inspector; if it is found in code of the user, that code is terminated, which nothing in it can
 * catch. The promise of the terminated code never settles, so the main thread answers for the cell when it gets to read the
 * request, which has been waiting at its port.
 */
export class Interrupter {
  readonly #port: InterruptPort;
  #id = 0;
  #asked: { readonly done: Promise<boolean>; finish(acknowledged: boolean): void } | undefined;

  constructor(port: InterruptPort) {
    this.#port = port;
  }

  /** True once the main thread has stopped what it did; false when it could not be stopped. */
  interrupt(): Promise<boolean> {
    if (this.#asked) return this.#asked.done;
    const id = ++this.#id;
    let terminator: Terminator | undefined;
    let answer: (acknowledged: boolean) => void = () => {};
    const done = new Promise<boolean>((resolve) => {
      answer = resolve;
    });
    const patience = setTimeout(() => {
      terminator = new Terminator(() => this.#port.lastSeen() >= id);
    }, PATIENCE_MS);
    const giveUp = setTimeout(() => this.#asked?.finish(false), GIVE_UP_MS);
    const finish = (acknowledged: boolean) => {
      clearTimeout(patience);
      clearTimeout(giveUp);
      terminator?.close();
      this.#asked = undefined;
      answer(acknowledged);
    };
    this.#asked = { done, finish };
    this.#port.ask(id);
    return done;
  }

  acknowledge(id: number): void {
    if (id === this.#id) this.#asked?.finish(true);
  }
}

/** Pauses the main thread again and again, and terminates what it runs unless that is the kernel itself, until it is closed. */
class Terminator {
  readonly #session = new Session();
  readonly #urls = new Map<string, string>();
  readonly #acknowledged: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(acknowledged: () => boolean) {
    this.#acknowledged = acknowledged;
    this.#session.connectToMainThread();
    this.#session.on("Debugger.scriptParsed", ({ params }) => this.#urls.set(params.scriptId, params.url));
    this.#session.on("Debugger.paused", ({ params }) => this.#decide(params.callFrames));
    this.#session.post("Debugger.enable", () => this.#pause());
  }

  /** Lets the main thread run, also when it pauses just now. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#session.disconnect();
  }

  #leaveImmediates(frames: readonly Debugger.CallFrame[]): void {
    const loop = frames.findLast(({ functionName }) => functionName === "processImmediate");
    if (loop === undefined || this.#urls.get(loop.location.scriptId) !== "node:internal/timers") return;
    const { callFrameId } = loop;
    this.#session.post("Debugger.evaluateOnCallFrame", { callFrameId, expression: STEP_OVER_IMMEDIATE, silent: true });
  }

  #pause(): void {
    if (!this.#closed) this.#session.post("Debugger.pause");
  }

  #decide(frames: readonly Debugger.CallFrame[]): void {
    // Once it has seen the request, what the main thread runs is the next cell.
    const terminateOnResume = !this.#acknowledged() && runsUserCode(frames, this.#urls);
    if (terminateOnResume) this.#leaveImmediates(frames);
    this.#session.post("Debugger.resume", { terminateOnResume }, () => {
      if (!this.#closed) this.#timer = setTimeout(() => this.#pause(), PATIENCE_MS);
    });
  }
}

/**
 * What Node does itself when the callback of an immediate has ended. Without it, Node would run into the terminated immediate again
 * and fail on it for ever.
 */
const STEP_OVER_IMMEDIATE = "if (immediate._destroyed) outstandingQueue.head = immediate._idleNext";

/**
 * A pause may land in the kernel itself: while it compiles a cell, or just after the cell ended. Terminating there would break
 * the kernel and not the loop; the next attempt finds the loop, if there is one. A loop of awaits is mostly found in the hooks
 * around its turns.
 */
function runsUserCode(frames: readonly Debugger.CallFrame[], urls: ReadonlyMap<string, string>): boolean {
  const known = frames.map((frame) => urls.get(frame.location.scriptId) ?? frame.url).filter((url) => !isNodeCode(url));
  if (known.some((url) => !isKernelCode(url))) return true;
  return known.length > 0 && known.every(isHookCode);
}
