import { setImmediate as startSoon } from "node:timers";
import type { JsonObject } from "./comm/comm.js";
import { Comms } from "./comm/comm-host.js";
import { widgetRegistry } from "./comm/widget-registry.js";
import { type KernelContext, type MimeBundle, setKernelContext } from "./context.js";
import { encodeBinary } from "./display/format.js";
import { CellQueue, settled } from "./execute/cell-queue.js";
import type { Engine } from "./execute/engine.js";
import { History } from "./execute/history.js";
import { readMagics } from "./execute/magics.js";
import { completeReply, inspectReply } from "./execute/replies.js";
import { codeKnowledge } from "./execute/run-magics.js";
import { currentScope, inScope, leaveScopes, newScope, ownScope, type Scope, scopeOf } from "./execute/scope.js";
import { captureStreams, type StreamName } from "./execute/streams.js";
import { describeThrown } from "./execute/traceback.js";
import { warn } from "./wire/warn.js";
import type { Request, Wire } from "./wire/wire.js";

/** Makes the content of a reply from that of a request. */
type Answer = (content: JsonObject) => object;

const NEVER = new AbortController().signal;

/** Handles the requests of front ends on the main thread, where the cells run. */
export class Kernel {
  readonly #wire: Wire;
  readonly #history = new History();
  readonly #cells: CellQueue;
  readonly #comms: Comms;
  readonly #openScopes = new Set<Scope>();
  readonly #answers: Readonly<Record<string, Answer>>;

  /** `engine` is called when the engine is needed and always returns the same one. */
  constructor(wire: Wire, engine: () => Engine) {
    this.#wire = wire;
    this.#cells = new CellQueue(wire, engine, this.#history);
    this.#comms = new Comms({
      publish: (type, content, options) => {
        wire.publish(type, currentScope()?.request.raw.header ?? "{}", content, options);
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

  /** Takes over the streams and stray errors of this process, and becomes the kernel that code in cells finds. */
  install(): void {
    captureStreams((name, text) => this.#write(currentScope(), name, text));
    process.on("uncaughtException", (error) => this.#report(error, scopeOf(error), "Uncaught"));
    process.on("unhandledRejection", (thrown, promise) => {
      this.#report(thrown, scopeOf(promise) ?? scopeOf(thrown), "Uncaught (in promise)");
    });
    setKernelContext(this.#context());
  }

  handle(request: Request): void {
    const type = request.header.msg_type;
    if (type === "execute_request") this.#cells.push(request);
    else if (/^comm_(?:open|msg|close)$/.test(type)) this.#handleComm(request);
    else if (type.endsWith("_request")) this.#answer(request, this.#answers[type] ?? unknownRequest(type));
  }

  /** Stops the running cell and the comm messages that are being handled; their code may be gone already. */
  interrupt(): void {
    leaveScopes();
    this.#cells.interrupt();
    for (const scope of this.#openScopes) {
      this.#close(scope);
      startSoon(() => scope.abort.abort());
    }
  }

  #answer(request: Request, answer: Answer): void {
    this.#wire.status("busy", request);
    let reply: object;
    try {
      reply = answer(request.content);
    } catch (error) {
      reply = { status: "error", ...describeThrown(error) };
    }
    this.#wire.reply(request, reply);
    this.#wire.status("idle", request);
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
    this.#wire.status("idle", scope.request);
  }

  #report(thrown: unknown, scope: Scope | undefined, lead: string): void {
    const { traceback } = describeThrown(thrown);
    const lines = `${lead} ${traceback.join("\n")}\n`;
    const owner = scope ?? currentScope();
    if (owner) this.#write(owner, "stderr", lines);
    else warn(lines);
  }

  #write(scope: Scope | undefined, name: StreamName, text: string): void {
    if (scope !== undefined && !scope.silent) this.#wire.stream(scope.request.raw.header, name, text);
  }

  #context(): KernelContext {
    const cells = this.#cells;
    return {
      comms: this.#comms,
      display: (bundle, options) => this.#display(bundle, options),
      get signal() {
        return (ownScope() ?? cells.runningScope)?.abort.signal ?? NEVER;
      },
      atEnd: (handler) => cells.atEnd(ownScope() ?? cells.runningScope, handler),
      keepBusy: (work) => void currentScope()?.pending.add(work),
      showError: (thrown) => this.#publish("error", describeThrown(thrown)),
      clearOutput: (wait) => this.#publish("clear_output", { wait }),
    };
  }

  #display(
    bundle: MimeBundle,
    { displayId, update = false, metadata = {} }: { displayId?: string; update?: boolean; metadata?: JsonObject } = {},
  ): void {
    this.#publish(update ? "update_display_data" : "display_data", {
      data: encodeBinary(bundle),
      metadata,
      transient: displayId === undefined ? {} : { display_id: displayId },
    });
  }

  #publish(type: string, content: object): void {
    const scope = currentScope();
    if (scope?.silent) return;
    this.#wire.publish(type, scope?.request.raw.header ?? "{}", content);
  }
}

/** What magics leave of a cell decides; they themselves are complete. */
function completenessOf(engine: Engine, code: string): object {
  const magic = readMagics(code, codeKnowledge(engine));
  return magic?.kind === "plan" && magic.code !== ""
    ? engine.isComplete(magic.code)
    : magic
      ? { status: "complete" }
      : engine.isComplete(code);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function unknownRequest(type: string): Answer {
  return () => {
    throw new Error(`This kernel does not know ${type}.`);
  };
}
