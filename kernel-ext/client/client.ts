import { randomUUID } from "node:crypto";
import { SamlabError } from "../../src/core/errors.js";
import type { CommMessage, JsonObject } from "../comm/comm.js";
import { type Header, headerFactory, type Message } from "../wire/message.js";
import { type ClientComm, OpenClientComm } from "./client-comm.js";
import { type Displays, type Output, OutputCollector } from "./output.js";
import { onFreePorts } from "./ports.js";
import { type KernelProcess, type ProcessOptions, startKernelProcess } from "./process.js";
import { type ClientChannel, type ClientSockets, connectSockets } from "./sockets.js";

export interface LaunchOptions extends ProcessOptions {
  /** Maximum time for the kernel's first response. */
  readonly timeoutMs?: number;
}

export interface ExecuteOptions {
  /** Called for each output when it arrives and each time it changes. */
  readonly onOutput?: ((output: Output) => void) | undefined;
  /** Interrupts the cell when aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly userExpressions?: JsonObject;
  /** Id of the cell, as notebooks give it. */
  readonly cellId?: string | undefined;
  /** Answers a cell's input request; without it, the cell is told that input is not available. */
  readonly onInput?: ((question: { prompt: string; password: boolean }) => string | Promise<string>) | undefined;
}

export interface ExecuteResult {
  /** Content of execute_reply. */
  readonly reply: JsonObject;
  readonly outputs: readonly Output[];
}

export interface RequestOptions {
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
}

type Listener = (channel: ClientChannel | "iopub", message: Message) => void;

/** A request that has not been fully answered. */
interface PendingReply {
  /** Undefined for messages that get no reply. */
  reply: Message | undefined;
  needsReply: boolean;
  needsIdle: boolean;
  readonly collector: OutputCollector | undefined;
  readonly onOutput: ((output: Output) => void) | undefined;
  readonly onInput: ExecuteOptions["onInput"];
  readonly resolve: (reply: Message | undefined) => void;
  readonly reject: (error: Error) => void;
}

const RETRY_MS = 100;
const PORTS = 5;
const EXIT_MS = 3_000;
const FINAL_MESSAGES_MS = 30;

/**
 * A headless Jupyter client: starts a kernel, runs code in it and communicates over comms. Works with any kernel.
 *
 * @example
 * const kernel = await KernelClient.launch(spec.argv, { cwd: "notebooks" });
 * const { outputs } = await kernel.execute("1 + 1");
 * await kernel.shutdown();
 */
export class KernelClient {
  readonly process: KernelProcess;
  readonly #sockets: ClientSockets;
  readonly #session = randomUUID();
  readonly #newHeader = headerFactory(this.#session, "samlab");
  readonly #pending = new Map<string, PendingReply>();
  readonly #comms = new Map<string, OpenClientComm>();
  readonly #commTargets = new Map<string, (comm: ClientComm) => void>();
  readonly #listeners = new Set<Listener>();
  readonly #displays: Displays = new Map();
  #heardIopub = false;
  #ended: Error | undefined;

  private constructor(kernel: KernelProcess) {
    this.process = kernel;
    this.#sockets = connectSockets(kernel.connection, this.#session, (channel, message) =>
      this.#receive(channel, message),
    );
    // Its final messages may still be in transit.
    void kernel.exited.then((code) => delay(FINAL_MESSAGES_MS).then(() => this.#end(code)));
  }

  /**
   * Starts a kernel from the argv of a kernelspec and waits until it responds and its output can be received. Starts it
   * again, with other ports, if another program has taken one.
   */
  static async launch(argv: readonly string[], options: LaunchOptions = {}): Promise<KernelClient> {
    return onFreePorts(PORTS, async (ports) => {
      const client = new KernelClient(startKernelProcess(argv, ports, options));
      try {
        await client.#ready(options.timeoutMs ?? 60_000);
        return client;
      } catch (error) {
        client.kill();
        throw error;
      }
    });
  }

  /**
   * Runs a cell; resolves when it is done and all of its output has arrived. An error of the cell is in the reply, not
   * thrown.
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    const {
      onOutput,
      signal,
      silent = false,
      storeHistory = !silent,
      stopOnError = true,
      userExpressions = {},
      onInput,
      cellId,
    } = options;
    const metadata = cellId === undefined ? {} : { cellId };
    const collector = new OutputCollector(this.#displays);
    const content = {
      code,
      silent,
      store_history: storeHistory,
      user_expressions: userExpressions,
      allow_stdin: onInput !== undefined,
      stop_on_error: stopOnError,
    };
    const interrupt = () => void this.interrupt().catch(() => {});
    signal?.addEventListener("abort", interrupt, { once: true });
    try {
      const reply = await this.#post("shell", "execute_request", content, { metadata, collector, onOutput, onInput });
      return { reply: reply!.content, outputs: collector.outputs };
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  }

  /** Sends a request; resolves with its reply once the kernel is idle again. */
  async request(channel: ClientChannel, type: string, content: JsonObject = {}): Promise<Message> {
    return (await this.#post(channel, type, content, {}))!;
  }

  /** `cursor` in code points; without it, the end of the code. */
  async complete(code: string, cursor = [...code].length): Promise<JsonObject> {
    return (await this.request("shell", "complete_request", { code, cursor_pos: cursor })).content;
  }

  /** `cursor` in code points; without it, the end of the code. */
  async inspect(code: string, cursor = [...code].length): Promise<JsonObject> {
    return (await this.request("shell", "inspect_request", { code, cursor_pos: cursor, detail_level: 0 })).content;
  }

  /** Calls `handler` for each comm that the kernel opens with this target. */
  onComm(target: string, handler: (comm: ClientComm) => void): void {
    this.#commTargets.set(target, handler);
  }

  /** All open comms, opened by either side. */
  get comms(): readonly ClientComm[] {
    return [...this.#comms.values()];
  }

  /** Opens a comm; resolves when the kernel has handled the open message. */
  async openComm(target: string, data: JsonObject = {}, options: RequestOptions = {}): Promise<ClientComm> {
    const id = randomUUID();
    const comm = this.#addComm(id, target, { data, metadata: options.metadata ?? {}, buffers: options.buffers ?? [] });
    await this.#post("shell", "comm_open", { comm_id: id, target_name: target, data }, options);
    return comm;
  }

  /** Calls `listener` for every message from the kernel. Returns a function that unsubscribes. */
  onMessage(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Interrupts the running cell; resolves when the kernel has confirmed it. */
  async interrupt(): Promise<JsonObject> {
    return (await this.request("control", "interrupt_request")).content;
  }

  /** Requests a shutdown, and kills the kernel if it does not exit. Idempotent. */
  async shutdown(): Promise<void> {
    if (!this.#ended) {
      this.request("control", "shutdown_request", { restart: false }).catch(() => {});
      const timer = setTimeout(() => this.kill(), EXIT_MS);
      await this.process.exited;
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.process.child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /**
   * Output published before the subscription has reached the kernel is lost, so both a reply and a status must have
   * arrived.
   */
  async #ready(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    let answered = false;
    while (!answered || !this.#heardIopub) {
      if (Date.now() > until) {
        throw new SamlabError("environment", `The kernel did not answer within ${timeoutMs / 1000} s.${this.#said}`, {
          remedy: "Run `samlab doctor` to check the installation.",
        });
      }
      const info = this.#post("shell", "kernel_info_request", {}, { withoutIdle: true }).then(() => {
        answered = true;
      });
      info.catch(() => {});
      await Promise.race([info, delay(RETRY_MS)]);
      if (this.#ended) throw this.#ended;
      if (answered && !this.#heardIopub) await delay(5);
    }
  }

  #post(
    channel: ClientChannel,
    type: string,
    content: JsonObject,
    options: RequestOptions & {
      collector?: OutputCollector;
      onOutput?: ((output: Output) => void) | undefined;
      onInput?: ExecuteOptions["onInput"];
      withoutIdle?: boolean;
    },
  ): Promise<Message | undefined> {
    if (this.#ended) return Promise.reject(this.#ended);
    const header = this.#newHeader(type);
    const promise = new Promise<Message | undefined>((resolve, reject) => {
      this.#pending.set(header.msg_id, {
        reply: undefined,
        needsReply: type.endsWith("_request"),
        needsIdle: options.withoutIdle !== true,
        collector: options.collector,
        onOutput: options.onOutput,
        onInput: options.onInput,
        resolve,
        reject,
      });
    });
    this.#send(channel, header, "{}", content, options);
    return promise;
  }

  #send(
    channel: ClientChannel,
    header: Header,
    parent: string,
    content: JsonObject,
    { metadata = {}, buffers = [] }: RequestOptions = {},
  ): void {
    this.#sockets.send(channel, {
      identities: [],
      header: JSON.stringify(header),
      parent,
      metadata: JSON.stringify(metadata),
      content: JSON.stringify(content),
      buffers,
    });
  }

  #receive(channel: ClientChannel | "iopub", message: Message): void {
    if (channel === "iopub") this.#heardIopub = true;
    for (const listener of this.#listeners) listener(channel, message);
    const id = (message.parent as Partial<Header>).msg_id;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    const type = message.header.msg_type;
    if (channel === "stdin") {
      void this.#answerInput(message, pending?.onInput);
    } else if (channel !== "iopub") {
      if (pending) {
        pending.reply = message;
        pending.needsReply = false;
      }
    } else if (type === "status") {
      if (pending && message.content.execution_state === "idle") pending.needsIdle = false;
    } else if (type.startsWith("comm_")) {
      this.#receiveComm(type, message);
    } else {
      // Without a collector, only updates of existing displays are relevant.
      const collector = pending?.collector ?? new OutputCollector(this.#displays);
      const output = collector.add(message);
      if (output) pending?.onOutput?.(output);
    }
    if (pending && !pending.needsReply && !pending.needsIdle) {
      this.#pending.delete(id!);
      pending.resolve(pending.reply);
    }
  }

  async #answerInput({ raw, content }: Message, onInput: ExecuteOptions["onInput"]): Promise<void> {
    const value = await onInput?.({ prompt: String(content.prompt), password: content.password === true });
    if (value !== undefined) this.#send("stdin", this.#newHeader("input_reply"), raw.header, { value });
  }

  #receiveComm(type: string, { content, metadata, buffers }: Message): void {
    const id = String(content.comm_id);
    const message: CommMessage = { data: (content.data ?? {}) as JsonObject, metadata, buffers };
    if (type === "comm_open") {
      const target = String(content.target_name);
      const comm = this.#addComm(id, target, message);
      this.#commTargets.get(target)?.(comm);
    } else if (type === "comm_msg") {
      this.#comms.get(id)?.receive(message);
    } else if (type === "comm_close") {
      this.#comms.get(id)?.ended();
      this.#comms.delete(id);
    }
  }

  #addComm(id: string, target: string, opened: CommMessage): OpenClientComm {
    const comm = new OpenClientComm(id, target, opened, async (type, content, options) => {
      if (type === "comm_close") this.#comms.delete(id);
      await this.#post("shell", type, content, options);
    });
    this.#comms.set(id, comm);
    return comm;
  }

  get #said(): string {
    const said = this.process.stderr().trim();
    return said ? ` It said: ${said}` : "";
  }

  #end(code: number | null): void {
    const how = code === null ? "killed" : `exit code ${code}`;
    this.#ended = new SamlabError("environment", `The kernel has ended (${how}).${this.#said}`);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
    this.#sockets.close();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
