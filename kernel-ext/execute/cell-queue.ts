import { clearTimeout, setTimeout } from "node:timers";
import type { JsonObject } from "../comm/comm.js";
import type { CellEnd } from "../context.js";
import { displayIdOf, formatValue } from "../display/format.js";
import { isDisplayHandle } from "../display/public.js";
import type { Shown } from "../display/shown.js";
import type { CellOutcome } from "../engine/engine.js";
import type { Completeness, Inspection } from "../engine/protocol.js";
import type { Request, Wire } from "../wire/wire.js";
import { type CellError, INTERRUPTED, kernelError } from "./cell-error.js";
import { pagePayload, questionedName } from "./help.js";
import type { CellHistory } from "./history.js";
import { runWithMagics } from "./run-magics.js";
import { endScope, inScope, newScope, type Scope, setLastCell, startSoon } from "./scope.js";
import { describeThrown } from "./traceback.js";

/** The part of the engine used by the queue. */
export interface CellRunner {
  run(code: string, id: string | number): Promise<CellOutcome>;
  inspect(code: string, cursor: number): Promise<Inspection | null>;
  isComplete(code: string): Promise<Completeness>;
  interrupt(): void;
}

interface Cell {
  readonly request: Request;
  readonly scope: Scope;
  readonly code: string;
  readonly count: number;
  readonly silent: boolean;
  readonly stopOnError: boolean;
  readonly userExpressions: JsonObject;
  readonly started: string;
}

interface Success {
  readonly status: "ok";
  readonly result: Shown | undefined;
  /** Show the result as this display: see `DISPLAY_ID`. */
  readonly displayId?: string | undefined;
  readonly userExpressions: object;
  readonly payload: readonly object[];
}

type Ending = Success | { readonly status: "error"; readonly error: CellError };

/** No cell waits longer for work at its end. */
const LAST_WORK_MS = 1_000;

const NO_VALUE: CellOutcome = { status: "ok", value: undefined };

type ReplyContent = { readonly status: string; readonly [field: string]: unknown };

/**
 * Runs execute requests one after another. Each cell is answered exactly once, by {@link CellQueue.#finish}: when its
 * promise settles, or when it is interrupted, after which its promise may never settle.
 */
export class CellQueue {
  readonly #wire: Wire;
  readonly #runner: () => CellRunner;
  readonly #history: CellHistory;
  readonly #lastWork = new Set<() => Promise<unknown> | undefined>();
  readonly #endings = new WeakMap<Scope, ((how: CellEnd) => void)[]>();
  #waiting: Request[] = [];
  #running: Cell | undefined;
  #aborting = false;
  #leaving = false;
  #count = 0;
  #silentCount = 0;

  /** `runner` is called for each cell: the engine may still be starting. */
  constructor(wire: Wire, runner: () => CellRunner, history: CellHistory) {
    this.#wire = wire;
    this.#runner = runner;
    this.#history = history;
  }

  /** The scope of the running cell. */
  get runningScope(): Scope | undefined {
    return this.#running?.scope;
  }

  /** Calls `work` at the end of every cell that is not silent, which then ends when it is done, or after a second. */
  beforeEnd(work: () => Promise<unknown> | undefined): void {
    this.#lastWork.add(work);
  }

  /** Does what is due at the end of a cell, for at most so many ms; undefined if nothing is. */
  workLast(most: number): Promise<unknown> | undefined {
    const works = [...this.#lastWork].flatMap((work) => work() ?? []);
    if (works.length === 0) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, most);
    });
    return Promise.race([Promise.allSettled(works), late]).finally(() => clearTimeout(timer));
  }

  /** Calls `handler` when the cell of this scope ends, before its status is published. */
  atEnd(scope: Scope | undefined, handler: (how: CellEnd) => void): void {
    if (scope) this.#endings.set(scope, [...(this.#endings.get(scope) ?? []), handler]);
  }

  push(request: Request): void {
    this.#waiting.push(request);
    this.#next();
  }

  /** Ends the running cell as interrupted and drops queued ones. No-op if no cell is running. */
  interrupt(): void {
    const cell = this.#running;
    if (!cell) return;
    this.#runner().interrupt();
    this.#finish(cell, { status: "error", error: INTERRUPTED });
  }

  /**
   * Ends the running cell with an error that its promise did not catch; false if the error belongs to another scope.
   */
  fail(scope: Scope | undefined, error: CellError): boolean {
    const cell = this.#running;
    if (!cell || cell.scope !== scope) return false;
    this.#runner().interrupt();
    this.#finish(cell, { status: "error", error });
    return true;
  }

  /** The process is exiting now. If a cell is running, it caused the exit and gets an error. */
  exit(code: number): void {
    const cell = this.#running;
    if (!cell || this.#leaving) return;
    const error = exitError(code);
    if (!cell.silent) this.#publish(cell, "error", error);
    this.#reply(cell, { status: "error", execution_count: cell.count, ...error });
  }

  /** The kernel is about to exit on request. */
  leave(): void {
    this.#leaving = true;
  }

  #next(): void {
    if (this.#running || this.#aborting) return;
    const request = this.#waiting.shift();
    if (request) this.#start(request);
  }

  #start(request: Request): void {
    const { content } = request;
    const silent = content.silent === true;
    const stored = !silent && content.store_history !== false;
    const scope = newScope(request, silent);
    const cell: Cell = {
      request,
      scope,
      code: typeof content.code === "string" ? content.code : "",
      count: stored ? ++this.#count : this.#count,
      silent,
      stopOnError: content.stop_on_error !== false,
      userExpressions: (content.user_expressions ?? {}) as JsonObject,
      started: new Date().toISOString(),
    };
    this.#running = cell;
    this.#wire.status("busy", request);
    if (!silent) {
      setLastCell(scope);
      this.#publish(cell, "execute_input", { code: cell.code, execution_count: cell.count });
    }
    if (stored) this.#history.add(cell.count, cell.code);
    void inScope(scope, () => this.#run(cell, stored)).then(async (ending) => {
      // What a silent cell shows is not published.
      if (!silent) await this.workLast(LAST_WORK_MS);
      this.#finish(cell, ending);
    });
  }

  async #run(cell: Cell, stored: boolean): Promise<Ending> {
    try {
      const questioned = questionedName(cell.code);
      if (questioned !== undefined) return await this.#explain(questioned);
      const runner = this.#runner();
      const id = stored ? cell.count : `s${++this.#silentCount}`;
      const run = (code: string) => runner.run(code, id);
      const outcome = await runWithMagics(cell.code, runner, cell.scope.abort.signal, run, NO_VALUE);
      if (outcome.status === "error") return outcome;
      const isShown = outcome.value !== undefined && !isDisplayHandle(outcome.value);
      const result = isShown ? await formatValue(outcome.value) : undefined;
      await settled(cell.scope);
      const userExpressions = await this.#evaluate(cell.userExpressions);
      return { status: "ok", result, displayId: displayIdOf(outcome.value), userExpressions, payload: [] };
    } catch (error) {
      return { status: "error", error: describeThrown(error) };
    }
  }

  async #explain(name: string): Promise<Ending> {
    const found = await this.#runner().inspect(name, name.length);
    if (!found) return { status: "error", error: kernelError("ReferenceError", `Nothing is known about ${name}.`) };
    return { status: "ok", result: undefined, userExpressions: {}, payload: [pagePayload(found)] };
  }

  async #evaluate(expressions: JsonObject): Promise<object> {
    const results: Record<string, object> = {};
    for (const [name, expression] of Object.entries(expressions)) {
      const outcome = await this.#runner().run(String(expression), `s${++this.#silentCount}`);
      results[name] =
        outcome.status === "ok"
          ? { status: "ok", ...(await formatValue(outcome.value)) }
          : { status: "error", ...outcome.error };
    }
    return results;
  }

  #finish(cell: Cell, ending: Ending): void {
    if (cell !== this.#running) return;
    // An interrupt arrived during native code or just now: it will end the cell shortly.
    if (!(ending.status === "error" && ending.error === INTERRUPTED) && this.#wire.isInterruptComing()) return;
    this.#running = undefined;
    this.#tellEnd(cell, ending);
    if (!cell.scope.dead) endScope(cell.scope);
    if (ending.status === "error") {
      this.#fail(cell, ending.error);
      return;
    }
    try {
      this.#succeed(cell, ending);
    } catch (error) {
      // A value may display itself as something that cannot be serialized to JSON.
      this.#fail(cell, describeThrown(error));
    }
  }

  #tellEnd({ scope, request, silent }: Cell, ending: Ending): void {
    const how = ending.status === "ok" ? "ok" : ending.error === INTERRUPTED ? "interrupted" : "error";
    // The cell's own scope may be dead, which would suppress the output of handlers.
    for (const handler of this.#endings.get(scope) ?? []) inScope(newScope(request, silent), () => handler(how));
  }

  #succeed(cell: Cell, { result, displayId, userExpressions: user_expressions, payload }: Success): void {
    if (result && !cell.silent) {
      // Front ends track display ids only for displays, not for results.
      if (displayId !== undefined) {
        this.#publish(cell, "display_data", { ...result, transient: { display_id: displayId } });
      } else this.#publish(cell, "execute_result", { execution_count: cell.count, ...result });
      this.#history.setOutput(cell.count, String(result.data["text/plain"]));
    }
    this.#reply(cell, { status: "ok", execution_count: cell.count, user_expressions, payload });
    // In a separate turn, so that messages and interrupts are processed between two cells.
    startSoon(() => this.#next());
  }

  #fail(cell: Cell, error: CellError): void {
    if (!cell.silent) this.#publish(cell, "error", error);
    const reply = { status: "error", execution_count: cell.count, ...error };
    if (cell.stopOnError || error === INTERRUPTED) {
      this.#replyAndAbort(cell, reply);
    } else {
      this.#reply(cell, reply);
      startSoon(() => this.#next());
    }
  }

  #reply({ request, started }: Cell, content: ReplyContent): void {
    this.#wire.reply(request, content, { started, status: content.status, dependencies_met: true });
    this.#wire.status("idle", request);
  }

  /**
   * After an error, cells that were sent before the front end could know of it are not run; later ones are. So pending
   * requests are read before the reply is sent.
   */
  #replyAndAbort(cell: Cell, reply: ReplyContent): void {
    this.#aborting = true;
    this.#wire.fence(() => {
      this.#aborting = false;
      const aborted = this.#waiting;
      this.#waiting = [];
      this.#reply(cell, reply);
      for (const request of aborted) {
        this.#wire.status("busy", request);
        this.#wire.reply(request, { status: "aborted", execution_count: this.#count }, { status: "aborted" });
        this.#wire.status("idle", request);
      }
    });
  }

  #publish(cell: Cell, type: string, content: object): void {
    this.#wire.publish(type, cell.request.raw.header, content);
  }
}

function exitError(code: number): CellError {
  const evalue =
    `The cell ended the kernel by calling process.exit(${code}); its variables are lost. ` +
    "Run the notebook from the top. To end a cell early, throw an error instead.";
  return kernelError("KernelExit", evalue);
}

/** Resolves when all pending work of the request is done, including work started by it. */
export async function settled(scope: Scope): Promise<void> {
  while (scope.pending.size > 0) {
    const works = [...scope.pending];
    scope.pending.clear();
    await Promise.all(works);
  }
}
