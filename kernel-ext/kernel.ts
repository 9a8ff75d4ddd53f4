import { setAmbient } from "../src/core/ambient.js";
import type { JsonObject } from "./comm/comm.js";
import { Comms } from "./comm/comm-host.js";
import { WIDGET_TARGET } from "./comm/widget-model.js";
import { widgetRegistry } from "./comm/widget-registry.js";
import { type KernelContext, type MimeBundle, setKernelContext } from "./context.js";
import { encodeBinary } from "./display/format.js";
import type { Engine } from "./engine/engine.js";
import { forgetTerminatedCallbacks } from "./execute/async-ids.js";
import { CellQueue, settled } from "./execute/cell-queue.js";
import { CellHistory } from "./execute/history.js";
import { readMagics } from "./execute/magics.js";
import { completeReply, inspectReply } from "./execute/replies.js";
import { codeKnowledge } from "./execute/run-magics.js";
import {
  currentScope,
  endScope,
  inScope,
  leaveScopes,
  newScope,
  ownScope,
  type Scope,
  scopeOf,
  startSoon,
} from "./execute/scope.js";
import { endThings } from "./execute/scope-things.js";
import { clearTimers } from "./execute/scope-timers.js";
import { captureStreams, type StreamName } from "./execute/streams.js";
import { describeThrown } from "./execute/traceback.js";
import { showWork } from "./progress/work-bar.js";
import { CellQuestions } from "./stdin/cell-questions.js";
import { replaceStdin } from "./stdin/process-stdin.js";
import { warn } from "./wire/warn.js";
import type { Request, Wire } from "./wire/wire.js";

/** Creates reply content from request content. */
type Answer = (content: JsonObject) => object | Promise<object>;

const NEVER = new AbortController().signal;
/** Time for work before the exit; the wire ends the process soon after. */
const LEAVE_MS = 400;

/**
 * The parent of a comm message. Widget messages sent by a cell have none: clients that run notebooks without a page
 * (nbclient, and so `nbconvert --execute`, papermill, and `jupyter execute`) save the state of each widget whose
 * messages belong to a cell, and `nbconvert --to html` then shows the widget, which needs a network, instead of its
 * picture. Front ends treat such messages like those with a parent.
 */
function commParent(target: string): string {
  const request = currentScope()?.request;
  if (!request || (target === WIDGET_TARGET && request.header.msg_type === "execute_request")) return "{}";
  return request.raw.header;
}

/** Handles requests of front ends on the main thread, where cells run. */
export class Kernel {
  readonly #wire: Wire;
  readonly #history = new CellHistory();
  readonly #cells: CellQueue;
  readonly #comms: Comms;
  readonly #questions: CellQuestions;
  readonly #openScopes = new Set<Scope>();
  /** Scopes whose code the interrupt in progress has terminated. */
  readonly #terminated = new Set<Scope>();
  readonly #answers: Readonly<Record<string, Answer>>;

  /** `engine` is called when the engine is needed and always returns the same one. */
  constructor(wire: Wire, engine: () => Engine) {
    this.#wire = wire;
    this.#cells = new CellQueue(wire, engine, this.#history);
    this.#questions = new CellQuestions(wire, () => this.#cells.runningScope, ownScope);
    this.#comms = new Comms({
      publish: (type, content, options, target) => {
        wire.publish(type, commParent(target), content, options);
      },
    });
    widgetRegistry(this.#comms);
    this.#answers = {
      complete_request: (content) => completeReply(engine(), content),
      inspect_request: (content) => inspectReply(engine(), content),
      is_complete_request: (content) => completenessOf(engine(), text(content.code)),
      history_request: (content) => this.#history.reply(content),
      comm_info_request: (content) => this.#comms.info(text(content.target_name) || undefined),
    };
  }

  /** Captures the streams and uncaught errors of this process, and registers as the kernel for code in cells. */
  install(): void {
    captureStreams((name, text) => this.#write(currentScope(), name, text));
    replaceStdin(() => this.#questions.askLine());
    process.on("uncaughtException", (error) => this.#uncaught(error));
    process.prependListener("exit", (code) => this.#cells.exit(code));
    process.on("unhandledRejection", (thrown, promise) => {
      this.#report(thrown, scopeOf(promise) ?? scopeOf(thrown), "Uncaught (in promise)");
    });
    setKernelContext(this.#context());
    setAmbient({
      signal: () => ownScope()?.abort.signal,
      detached: (body) => inScope(undefined, body),
      task: () => {
        const scope = ownScope();
        return (body) => inScope(scope, body);
      },
      showWork: (name, options) => {
        const scope = ownScope();
        const isCell = scope?.request.header.msg_type === "execute_request" && !scope.silent;
        // Nobody sees what is shown by a cell that has ended.
        return isCell ? showWork(name, { ...options, isShown: () => !scope.ended }) : undefined;
      },
    });
  }

  handle(request: Request): void {
    const type = request.header.msg_type;
    if (type === "execute_request") this.#cells.push(request);
    else if (/^comm_(?:open|msg|close)$/.test(type)) this.#handleComm(request);
    else if (type.endsWith("_request")) this.#answer(request, this.#answers[type] ?? unknownRequest(type));
  }

  /** Stops the running cell and comm messages being handled; their code may already have been terminated. */
  interrupt(): void {
    leaveScopes();
    forgetTerminatedCallbacks();
    const scopes = this.condemn();
    this.#cells.interrupt();
    for (const scope of this.#openScopes) this.#close(scope);
    for (const scope of new Set([...scopes, ...this.#terminated])) tellInterrupted(scope);
    this.#terminated.clear();
    for (const scope of scopes) {
      clearTimers(scope);
      // Abort listeners are user code, which may never return.
      startSoon(() => scope.abort.abort());
      startSoon(() => endThings(scope));
    }
  }

  /** Marks what an interrupt stops as dead: loops of awaits then end by themselves. */
  condemn(): Scope[] {
    const scopes = this.#scopes();
    for (const scope of scopes) scope.dead = true;
    return scopes;
  }

  /**
   * Called while the inspector has paused this thread in user code; it terminates that code if this returns true. Code
   * of an earlier cell is spared unless it is `late`: it may finish soon, and the code to interrupt is waiting behind
   * it.
   */
  prepareTermination(late: boolean): boolean {
    const scopes = this.#scopes();
    const own = ownScope();
    if (own !== undefined && scopes.length > 0 && !scopes.includes(own) && !own.dead && !late) return false;
    if (own !== undefined) this.#terminated.add(own);
    this.condemn();
    leaveScopes();
    forgetTerminatedCallbacks();
    return true;
  }

  #scopes(): Scope[] {
    const { runningScope } = this.#cells;
    return [...(runningScope ? [runningScope] : []), ...this.#openScopes];
  }

  /** True for scopes that have been or are about to be interrupted; their output is dropped. */
  #isOver(scope: Scope): boolean {
    return scope.dead || (this.#wire.isInterruptComing() && this.#scopes().includes(scope));
  }

  /** The process is about to exit, not because of a cell. */
  leave(): void {
    this.#cells.leave();
  }

  /** Does what is due before the process exits; undefined if nothing is. It may take a moment. */
  workLast(): Promise<unknown> | undefined {
    return this.#cells.workLast(LEAVE_MS);
  }

  #answer(request: Request, answer: Answer): void {
    this.#wire.status("busy", request);
    const done = (reply: object) => {
      this.#wire.reply(request, reply);
      this.#wire.status("idle", request);
    };
    const failed = (error: unknown) => done({ status: "error", ...describeThrown(error) });
    try {
      const reply = answer(request.content);
      if (reply instanceof Promise) reply.then(done, failed);
      else done(reply);
    } catch (error) {
      failed(error);
    }
  }

  #handleComm(request: Request): void {
    const scope = newScope(request);
    this.#openScopes.add(scope);
    this.#wire.status("busy", request);
    inScope(scope, () => this.#dispatchComm(request, scope)).then(
      () => this.#close(scope),
      (error: unknown) => {
        this.#report(error, scope, "Error in a message handler:");
        this.#close(scope);
      },
    );
  }

  async #dispatchComm({ header, content, metadata, buffers }: Request, scope: Scope): Promise<void> {
    const id = text(content.comm_id);
    const message = { data: (content.data ?? {}) as JsonObject, metadata, buffers };
    if (header.msg_type === "comm_open") this.#comms.handleOpen(id, text(content.target_name), message);
    else if (header.msg_type === "comm_close") this.#comms.handleClose(id, message);
    else await this.#comms.handleMessage(id, message);
    await settled(scope);
  }

  #close(scope: Scope): void {
    if (!this.#openScopes.delete(scope)) return;
    if (!scope.dead) endScope(scope);
    this.#wire.status("idle", scope.request);
  }

  /** Fails the cell, which would otherwise wait forever. Code terminated by an interrupt throws null. */
  #uncaught(error: unknown): void {
    const scope = error instanceof Error ? (scopeOf(error) ?? ownScope()) : scopeOf(error);
    if (!this.#cells.fail(scope, describeThrown(error))) this.#report(error, scope, "Uncaught");
  }

  #report(thrown: unknown, scope: Scope | undefined, lead: string): void {
    const { traceback } = describeThrown(thrown);
    const lines = `${lead} ${traceback.join("\n")}\n`;
    const owner = scope ?? currentScope();
    if (owner) this.#write(owner, "stderr", lines);
    else warn(lines);
  }

  #write(scope: Scope | undefined, name: StreamName, text: string): void {
    if (scope !== undefined && !scope.silent && !this.#isOver(scope))
      this.#wire.stream(scope.request.raw.header, name, text);
  }

  #context(): KernelContext {
    const cells = this.#cells;
    return {
      comms: this.#comms,
      display: (bundle, options) => this.#display(bundle, options),
      get signal() {
        return (ownScope() ?? cells.runningScope)?.abort.signal ?? NEVER;
      },
      questions: this.#questions,
      atEnd: (handler) => cells.atEnd(ownScope() ?? cells.runningScope, handler),
      beforeEnd: (work) => cells.beforeEnd(work),
      get cell() {
        const request = (ownScope() ?? cells.runningScope)?.request;
        const id = request?.metadata.cellId;
        return request && typeof id === "string"
          ? { id, run: request.header.msg_id, page: request.header.session }
          : undefined;
      },
      atInterrupt: (handler) => {
        const scope = ownScope();
        scope?.atInterrupt.add(handler);
        if (scope?.dead) tellInterrupted(scope);
        return () => void scope?.atInterrupt.delete(handler);
      },
      keepBusy: (work) => void currentScope()?.pending.add(work),
      showError: (thrown) => this.#publish("error", describeThrown(thrown)),
      clearOutput: (wait) => this.#publish("clear_output", { wait }),
    };
  }

  #display(
    bundle: MimeBundle,
    { displayId, update = false, metadata = {} }: { displayId?: string; update?: boolean; metadata?: JsonObject } = {},
  ): void {
    const content = {
      data: encodeBinary(bundle),
      metadata,
      transient: displayId === undefined ? {} : { display_id: displayId },
    };
    if (update) this.#publish("update_display_data", content, `display ${displayId}`);
    else this.#publish("display_data", content);
  }

  #publish(type: string, content: object, replaces?: string): void {
    const scope = currentScope();
    // A widget renews its picture for no cell: it goes on after an interrupt of the last one.
    const isOwn = replaces !== undefined && ownScope() === undefined;
    if (scope?.silent || (scope && !isOwn && this.#isOver(scope))) return;
    this.#wire.publish(type, scope?.request.raw.header ?? "{}", content, { replaces });
  }
}

/** Completeness of the code that remains without magics; magics themselves are always complete. */
async function completenessOf(engine: Engine, code: string): Promise<object> {
  const magic = await readMagics(code, codeKnowledge(engine));
  if (!magic) return engine.isComplete(code);
  return magic.kind === "plan" && magic.code !== "" ? engine.isComplete(magic.code) : { status: "complete" };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function tellInterrupted({ atInterrupt }: Scope): void {
  const handlers = [...atInterrupt];
  atInterrupt.clear();
  for (const handler of handlers) startSoon(handler);
}

function unknownRequest(type: string): Answer {
  return () => {
    throw new Error(`This kernel does not know ${type}.`);
  };
}
