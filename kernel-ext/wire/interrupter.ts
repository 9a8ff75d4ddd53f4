import { type Debugger, type Runtime, Session } from "node:inspector";
import { isHookCode, isKernelCode, isNodeCode } from "../code-origin.js";
import { childrenOf, descendants, signalAll } from "../process-tree.js";
import { condemn, prepareTermination } from "./termination.js";

/** Time for the main thread to respond before it counts as blocked. */
const RESPONSE_MS = 60;
/** Time for an awaited child process to exit after it is signaled. */
const CHILD_MS = 150;
/** After this, the user is told that the main thread cannot be stopped. */
const STUCK_MS = 1_000;
/**
 * Interval between checks while the kernel's own code is running: V8 11 ends the process if busy code is paused too
 * often.
 */
const KERNEL_MS = 150;
/** Interval between checks while the main thread is somewhere it must not be terminated. */
const AGAIN_MS = 5;
/** Maximum time for Node and kernel code called by user code, and for the hooks around it, to finish. */
const FINISH_MS = 60;
/** Maximum time for code of an earlier cell to finish. */
const SPARE_MS = 200;

/** This many missed pauses indicate a full stack. */
const LOST_PAUSES = 3;
/** A pause that has not happened within this time will not happen. */
const LOST_MS = 80;
/** Number of attempts to prepare the termination on a full stack, before terminating unprepared. */
const FULL_STACKS = 30;

export const STUCK =
  "The running code cannot be interrupted (it is usually native code). The cell ends as interrupted when that code returns. To end it now, restart the kernel.";

/** What the interrupter needs from the main thread. */
export interface InterruptPort {
  /** Sends the request to the main thread, which responds through {@link Interrupter.acknowledge}. */
  ask(id: number): void;
  /** The last request handled by the main thread, read from shared memory: its response may still be on the way. */
  lastSeen(): number;
  /** Prints a warning under the running cell. */
  warn(text: string): void;
}

interface Attempt {
  readonly id: number;
  readonly waiting: Set<(stopped: boolean) => void>;
  isStuck: boolean;
  close(): void;
}

/**
 * Interrupts the main thread from the wire thread. A responsive main thread is asked to stop what it awaits. A blocked
 * one is paused through the inspector; if it is running user code, that code is terminated, which it cannot catch. The
 * promise of terminated code never settles, so the main thread replies for the cell once it reads the request waiting
 * at its port. If it waits for a child process, that process is ended.
 */
export class Interrupter {
  readonly #port: InterruptPort;
  #id = 0;
  #attempt: Attempt | undefined;
  /** While the main thread waits for a child process: the pids of its other children. */
  childrenBesides: readonly number[] | undefined;

  constructor(port: InterruptPort) {
    this.#port = port;
  }

  /** True from the interrupt until the main thread has stopped. */
  get isActive(): boolean {
    return this.#attempt !== undefined;
  }

  /**
   * Resolves to true once the main thread has stopped; false if it is in native code, which is stopped when it returns.
   */
  interrupt(): Promise<boolean> {
    const attempt = this.#attempt ?? this.#begin();
    return new Promise((resolve) => {
      attempt.waiting.add(resolve);
      if (attempt.isStuck) this.#sayStuck(attempt);
    });
  }

  /** Does V8's slow one-time debugger initialization in advance. */
  warmUp(): void {
    if (this.#attempt !== undefined) return;
    const session = new Session();
    session.connectToMainThread();
    session.post("Debugger.enable", () => session.disconnect());
  }

  acknowledge(id: number): void {
    const attempt = this.#attempt;
    if (attempt === undefined || id !== attempt.id) return;
    this.#attempt = undefined;
    attempt.close();
    answer(attempt, true);
  }

  #begin(): Attempt {
    const id = ++this.#id;
    let terminator: Terminator | undefined;
    let child: ChildEnder | undefined;
    const blockedTimer = setTimeout(() => {
      terminator = new Terminator(() => this.#port.lastSeen() >= id);
    }, RESPONSE_MS);
    const stuck = setTimeout(() => this.#sayStuck(attempt), STUCK_MS);
    const attempt: Attempt = {
      id,
      waiting: new Set(),
      isStuck: false,
      close() {
        clearTimeout(blockedTimer);
        clearTimeout(stuck);
        child?.close();
        terminator?.close();
      },
    };
    this.#attempt = attempt;
    this.#port.ask(id);
    // Afterwards: when the child has ended, the main thread looks whether an interrupt is coming.
    child = new ChildEnder(() => this.childrenBesides);
    return attempt;
  }

  #sayStuck(attempt: Attempt): void {
    attempt.isStuck = true;
    this.#port.warn(`${STUCK}\n`);
    answer(attempt, false);
  }
}

function answer({ waiting }: Attempt, stopped: boolean): void {
  for (const resolve of waiting) resolve(stopped);
  waiting.clear();
}

/** Ends the child processes that the main thread waits for, one after another, until closed. */
class ChildEnder {
  readonly #besides: () => readonly number[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #signal: NodeJS.Signals = "SIGTERM";

  constructor(besides: () => readonly number[] | undefined) {
    this.#besides = besides;
    this.#look();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const besides = this.#besides();
    if (besides !== undefined) {
      const roots = childrenOf(process.pid).filter((pid) => !besides.includes(pid));
      signalAll([...roots, ...roots.flatMap(descendants)], this.#signal);
      this.#signal = "SIGKILL";
    }
    this.#timer = setTimeout(() => this.#look(), CHILD_MS);
  }
}

/** Repeatedly pauses the main thread and terminates its code, unless it is the kernel's own, until closed. */
class Terminator {
  readonly #session = new Session();
  readonly #urls = new Map<string, string>();
  readonly #acknowledged: () => boolean;
  readonly #begun = performance.now();
  #finishing = 0;
  #lostPauses = 0;
  #fullStacks = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(acknowledged: () => boolean) {
    this.#acknowledged = acknowledged;
    this.#session.connectToMainThread();
    this.#session.on("Debugger.scriptParsed", ({ params }) => this.#urls.set(params.scriptId, params.url));
    this.#session.on("Debugger.paused", ({ params }) => this.#decide(params.callFrames));
    this.#session.post("Debugger.enable", () => this.#pause());
  }

  /** Resumes the main thread, also if it pauses just now. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#session.disconnect();
  }

  #pause(): void {
    if (this.#closed) return;
    this.#session.post("Debugger.pause", () => {
      if (++this.#lostPauses % LOST_PAUSES === 0) this.#pauseLost();
      else this.#pauseAfter(LOST_MS);
    });
  }

  /**
   * V8 acknowledged pauses but did not make them. If that is because the stack is full, the code can only be terminated
   * unprepared.
   */
  #pauseLost(): void {
    this.#session.post("Runtime.evaluate", { expression: "0", silent: true }, (error, answered) => {
      if (this.#closed) return;
      if (isFull(error, answered)) this.#terminateFull(FULL_STACKS);
      else this.#pauseAfter(LOST_MS);
    });
  }

  /**
   * Endless recursion has moments with some free stack in which termination can be prepared. Unprepared, it may end the
   * process.
   */
  #terminateFull(tries: number): void {
    const expression = prepareTermination(true);
    this.#session.post("Runtime.evaluate", { expression, silent: true, returnByValue: true }, (error, answered) => {
      if (this.#closed) return;
      if (isFull(error, answered) && tries > 0) {
        this.#timer = setTimeout(() => this.#terminateFull(tries - 1), AGAIN_MS);
        return;
      }
      this.#session.post("Runtime.terminateExecution");
      this.#pauseAfter(LOST_MS);
    });
  }

  #decide(frames: readonly Debugger.CallFrame[]): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#lostPauses = 0;
    // Once it has seen the request, the main thread is running the next cell.
    if (this.#acknowledged() || !runsUserCode(frames, this.#urls)) {
      this.#resume(KERNEL_MS);
    } else if (this.#letFinish(frames)) {
      // Not Debugger.stepOut: V8 11 may end the process when it stops at the start of a function.
      this.#resume(AGAIN_MS);
    } else {
      this.#terminate(frames);
    }
  }

  /**
   * Terminating Node or kernel code midway would leave its state inconsistent, and V8 loses a termination in the hook
   * of an await. Loops of awaits are mostly paused there, and end by themselves once they are condemned.
   */
  #letFinish(frames: readonly Debugger.CallFrame[]): boolean {
    if (isUsersCode(urlOf(frames[0]!, this.#urls))) {
      this.#finishing = 0;
      return false;
    }
    this.#finishing ||= performance.now();
    this.#session.post("Runtime.evaluate", { expression: condemn(), silent: true });
    return performance.now() - this.#finishing < FINISH_MS;
  }

  #terminate(frames: readonly Debugger.CallFrame[]): void {
    const late = performance.now() - this.#begun > SPARE_MS;
    const expression = prepareTermination(late);
    this.#session.post("Runtime.evaluate", { expression, silent: true, returnByValue: true }, (error, answered) => {
      if (this.#closed) return;
      const full = isFull(error, answered);
      if (full && ++this.#fullStacks < FULL_STACKS) {
        this.#resume(AGAIN_MS);
      } else if (full || answered.result.value === true) {
        this.#leaveImmediates(frames);
        this.#resume(RESPONSE_MS, true);
      } else {
        this.#resume(RESPONSE_MS);
      }
    });
  }

  #leaveImmediates(frames: readonly Debugger.CallFrame[]): void {
    const loop = frames.findLast(({ functionName }) => functionName === "processImmediate");
    if (loop === undefined || urlOf(loop, this.#urls) !== "node:internal/timers") return;
    const { callFrameId } = loop;
    this.#session.post("Debugger.evaluateOnCallFrame", { callFrameId, expression: STEP_OVER_IMMEDIATE, silent: true });
  }

  #resume(pauseAfter: number, terminateOnResume = false): void {
    this.#session.post("Debugger.resume", { terminateOnResume }, () => this.#pauseAfter(pauseAfter));
  }

  #pauseAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.#pause(), ms);
  }
}

/**
 * What Node itself does when the callback of an immediate has ended. Without it, Node would run the terminated
 * immediate again and fail on it forever.
 */
const STEP_OVER_IMMEDIATE = "if (immediate._destroyed) outstandingQueue.head = immediate._idleNext";

/** True if the main thread could not evaluate an expression because its stack is full. */
function isFull(error: Error | null, answered: Runtime.EvaluateReturnType | undefined): boolean {
  return error !== null || answered?.exceptionDetails !== undefined;
}

function isUsersCode(url: string): boolean {
  return !isNodeCode(url) && !isKernelCode(url);
}

function urlOf({ location, url }: Debugger.CallFrame, urls: ReadonlyMap<string, string>): string {
  return urls.get(location.scriptId) ?? url;
}

/**
 * A pause may land in the kernel itself: while it compiles a cell, or just after the cell ended. Terminating there
 * would break the kernel rather than the loop; the next attempt finds the loop, if there is one. A loop of awaits is
 * mostly found in the hooks around its turns.
 */
function runsUserCode(frames: readonly Debugger.CallFrame[], urls: ReadonlyMap<string, string>): boolean {
  const known = frames.map((frame) => urlOf(frame, urls)).filter((url) => !isNodeCode(url));
  if (known.some(isUsersCode)) return true;
  return known.length > 0 && known.every(isHookCode);
}
