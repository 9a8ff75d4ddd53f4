import type { DebugProtocol } from "@vscode/debugprotocol";
import { messageOf, SamlabError } from "../../src/core/errors.js";
import type { JsonObject } from "../comm/comm.js";
import { CAPABILITIES, type DebuggerPort, DebugSession } from "./debugger.js";
import { THREAD_ID } from "./protocol.js";
import { CELL_NAMES } from "./sources.js";

type Arguments = Record<string, unknown>;
type Answer = (session: DebugSession, args: never) => object | Promise<object>;

export interface RequestsPort extends Omit<DebuggerPort, "event"> {
  /** Publishes a `debug_event`. */
  publish(event: object): void;
  /** Interrupts the running cell. */
  interrupt(): void;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  dumpCell: (session, { code }: { code?: unknown }) => {
    if (typeof code !== "string") throw new Error("dumpCell needs code.");
    return session.dumpCell(code);
  },
  setBreakpoints: (session, args: DebugProtocol.SetBreakpointsArguments) => session.setBreakpoints(args),
  setExceptionBreakpoints: (session, args: DebugProtocol.SetExceptionBreakpointsArguments) =>
    session.setExceptionBreakpoints(args),
  configurationDone: () => ({}),
  source: (session, args: DebugProtocol.SourceArguments) => session.source(args),
  stackTrace: (session, args: DebugProtocol.StackTraceArguments) => session.stackTrace(args),
  scopes: (session, args: DebugProtocol.ScopesArguments) => session.scopes(args),
  variables: (session, args: DebugProtocol.VariablesArguments) => session.variables(args),
  inspectVariables: (session) => session.inspectVariables(),
  richInspectVariables: (session, args: Arguments) => session.richInspectVariables(args),
  copyToGlobals: () => {
    throw new SamlabError(
      "state-order",
      "This kernel cannot copy to globals: a variable of the notebook needs a type.",
      { remedy: "Declare it in a cell, and assign it in the debugger's evaluation." },
    );
  },
  evaluate: (session, args: DebugProtocol.EvaluateArguments) => session.evaluate(args),
  continue: (session) => session.continue(),
  next: (session) => session.step("next"),
  stepIn: (session) => session.step("stepIn"),
  stepOut: (session) => session.step("stepOut"),
  pause: (session) => session.pause(),
  exceptionInfo: (session) => session.exceptionInfo(),
};

/** JupyterLab reads these lists without checking that they exist. */
const EMPTY: Readonly<Record<string, object>> = {
  setBreakpoints: { breakpoints: [] },
  stackTrace: { stackFrames: [] },
  scopes: { scopes: [] },
  variables: { variables: [] },
  inspectVariables: { variables: [] },
  modules: { modules: [] },
};

/**
 * Handles `debug_request`, whose content is a request of the Debug Adapter Protocol or of Jupyter's extensions to it.
 */
export class DebugRequests {
  readonly #port: RequestsPort;
  #session: DebugSession | undefined;
  #starting: Promise<DebugSession> | undefined;
  #seq = 0;

  constructor(port: RequestsPort) {
    this.#port = port;
  }

  /** The content of the reply. Never rejects: errors are part of the reply. */
  async answer(content: JsonObject): Promise<object> {
    const command = typeof content.command === "string" ? content.command : "";
    const head = { type: "response", request_seq: content.seq ?? 0, command };
    try {
      const body = await this.#run(command, (content.arguments ?? {}) as Arguments);
      return { ...head, seq: ++this.#seq, success: true, body };
    } catch (error) {
      const message = messageOf(error);
      return {
        ...head,
        seq: ++this.#seq,
        success: false,
        message,
        body: { ...EMPTY[command], error: { id: 1, format: message } },
      };
    }
  }

  /** The process is about to exit: a stopped main thread must not prevent it. */
  async close(): Promise<void> {
    await this.#session?.close(true);
  }

  async #run(command: string, args: Arguments): Promise<object> {
    switch (command) {
      case "debugInfo":
        return this.#info();
      case "initialize":
        (await this.#start()).client = String(args.clientID ?? "");
        return CAPABILITIES;
      case "attach":
        await this.#start();
        this.#event("initialized");
        return {};
      case "threads":
        return { threads: [{ id: THREAD_ID, name: "Notebook" }] };
      case "disconnect":
        await this.#end();
        return {};
      case "terminate":
        this.#port.interrupt();
        await this.#end();
        return {};
    }
    const answer = ANSWERS[command];
    if (!answer) throw new Error(`This kernel's debugger does not know the request "${command}".`);
    if (!this.#session) throw new Error(`The debugger is not started: "initialize" comes before "${command}".`);
    return answer(this.#session, args as never);
  }

  #info(): object {
    return {
      isStarted: this.#session !== undefined,
      ...CELL_NAMES,
      breakpoints: [],
      stoppedThreads: [],
      ...this.#session?.info(),
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    };
  }

  async #start(): Promise<DebugSession> {
    this.#starting ??= DebugSession.start({
      event: (event, body) => this.#event(event, body),
      isInterrupting: () => this.#port.isInterrupting(),
      write: (text) => this.#port.write(text),
    });
    this.#session = await this.#starting;
    return this.#session;
  }

  async #end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#starting = undefined;
    if (!session) return;
    await session.close();
    this.#event("terminated");
  }

  #event(event: string, body?: object): void {
    this.#port.publish({ type: "event", seq: ++this.#seq, event, ...(body ? { body } : {}) });
  }
}
