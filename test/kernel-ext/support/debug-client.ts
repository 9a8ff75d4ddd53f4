import type { DebugProtocol } from "@vscode/debugprotocol";
import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";

type Body = Record<string, unknown>;

export interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly source: { readonly name: string; readonly path: string };
}

/** The end of JupyterLab in a debugging session: requests on control, events from iopub. */
export class DebugClient {
  readonly kernel: KernelClient;
  readonly events: DebugProtocol.Event[] = [];
  #seq = 0;
  #waiting: { readonly event: string; resolve(event: DebugProtocol.Event): void }[] = [];
  #taken = 0;

  constructor(kernel: KernelClient) {
    this.kernel = kernel;
    kernel.onMessage((channel, { header, content }) => {
      if (channel !== "iopub" || header.msg_type !== "debug_event") return;
      this.events.push(content as unknown as DebugProtocol.Event);
      this.#deliver();
    });
  }

  async raw(command: string, args: object = {}): Promise<DebugProtocol.Response> {
    const content = { type: "request", seq: ++this.#seq, command, arguments: args } as unknown as JsonObject;
    return (await this.kernel.request("control", "debug_request", content))
      .content as unknown as DebugProtocol.Response;
  }

  /** The body of the answer, which must be a success. */
  async ask<T = Body>(command: string, args: object = {}): Promise<T> {
    const { success, message, body } = await this.raw(command, args);
    if (!success) throw new Error(`${command}: ${message}`);
    return body as T;
  }

  async start(): Promise<void> {
    await this.ask("initialize", { clientID: "test" });
    await this.ask("attach");
  }

  /** The next event of this kind that was not waited for before. */
  next(event: string): Promise<DebugProtocol.Event> {
    return new Promise((resolve) => {
      this.#waiting.push({ event, resolve });
      this.#deliver();
    });
  }

  /** Sets breakpoints in the source of a cell. @returns the lines at which they stand */
  async breakAt(code: string, ...breakpoints: (number | DebugProtocol.SourceBreakpoint)[]): Promise<number[]> {
    const { sourcePath } = await this.ask<{ sourcePath: string }>("dumpCell", { code });
    const wanted = breakpoints.map((each) => (typeof each === "number" ? { line: each } : each));
    const { breakpoints: set } = await this.ask<{ breakpoints: { line: number }[] }>("setBreakpoints", {
      source: { path: sourcePath },
      breakpoints: wanted,
      sourceModified: false,
    });
    return set.map(({ line }) => line);
  }

  /** Runs a cell until it stops. */
  async runToStop(code: string): Promise<{ frames: Frame[]; reason: string; cell: Promise<ExecuteResult> }> {
    const cell = this.kernel.execute(code);
    cell.catch(() => {});
    return { ...(await this.stop(cell)), cell };
  }

  /** Where the code stops next. */
  async stop(cell?: Promise<ExecuteResult>): Promise<{ frames: Frame[]; reason: string }> {
    const ended = cell?.then(({ reply }) => {
      throw new Error(`The cell ended without a stop: ${JSON.stringify(reply)}`);
    });
    const event = await (ended ? Promise.race([this.next("stopped"), ended]) : this.next("stopped"));
    return { frames: await this.frames(), reason: (event.body as { reason: string }).reason };
  }

  async frames(): Promise<Frame[]> {
    return (await this.ask<{ stackFrames: Frame[] }>("stackTrace", { threadId: 1 })).stackFrames;
  }

  /** `next`, `stepIn`, `stepOut` or `continue`, and where that comes to a stop. */
  async go(command: string, cell?: Promise<ExecuteResult>): Promise<{ frames: Frame[]; reason: string }> {
    await this.ask(command, { threadId: 1 });
    return this.stop(cell);
  }

  async variables(reference: number): Promise<Record<string, string>> {
    return Object.fromEntries((await this.children(reference)).map(({ name, value }) => [name, value]));
  }

  async children(reference: number): Promise<DebugProtocol.Variable[]> {
    const body = await this.ask<{ variables: DebugProtocol.Variable[] }>("variables", {
      variablesReference: reference,
    });
    return body.variables;
  }

  /** The variables of a scope: 0 are the locals, 1 the globals. */
  async scope(frame: Frame, index: number): Promise<Record<string, string>> {
    const { scopes } = await this.ask<{ scopes: DebugProtocol.Scope[] }>("scopes", { frameId: frame.id });
    return this.variables(scopes[index]!.variablesReference);
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    return (await this.ask<{ result: string }>("evaluate", { expression, frameId, context: "repl" })).result;
  }

  #deliver(): void {
    const [first] = this.#waiting;
    if (!first) return;
    for (let n = this.#taken; n < this.events.length; n++) {
      const event = this.events[n]!;
      if (event.event !== first.event) continue;
      this.#taken = n + 1;
      this.#waiting.shift();
      first.resolve(event);
      this.#deliver();
      return;
    }
  }
}
