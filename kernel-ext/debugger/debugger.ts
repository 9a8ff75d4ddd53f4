import type { Runtime, Debugger as V8 } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { SamlabError, show } from "../../src/core/errors.js";
import { withoutRuntimeNames } from "../engine/runtime-names.js";
import { Breakpoints } from "./breakpoints.js";
import { Conditions } from "./conditions.js";
import { Expressions } from "./expressions.js";
import { type Frame, FrameVariables, readFrames } from "./frames.js";
import { Inspector, resultOf } from "./inspector.js";
import { type CompiledScript, HOOK, THREAD_ID } from "./protocol.js";
import { Sources } from "./sources.js";
import { type StepKind, Stepper } from "./stepper.js";
import { type ObjectLifetime, VariableStore } from "./variables.js";

/** What a debug session needs from its thread. */
export interface DebuggerPort {
  event(event: string, body?: object): void;
  /** True while an interrupt is in progress, which itself pauses the main thread. */
  isInterrupting(): boolean;
  /** Prints under the running cell. */
  write(text: string): void;
}

/** Delay before a pause made during an interrupt is rechecked, in case the interrupt has ended without resuming. */
const LEFT_PAUSE_MS = 50;

/** Delay before a pause that hit kernel code is retried. */
const PAUSE_AGAIN_MS = 150;

/**
 * Blackbox pattern: everything but user code and the place where scripts are announced. The code does not stop there,
 * and steps skip it.
 */
const NOT_USERS = `^(?!.*/kernel-ext/debugger/script-stop\\.js$)(?:$|node:|.*/node_modules/|${literally(new URL("../../", import.meta.url).href)})`;

const EXCEPTION_FILTERS: DebugProtocol.ExceptionBreakpointsFilter[] = [
  { filter: "all", label: "All exceptions", default: false },
  { filter: "uncaught", label: "Uncaught exceptions", default: false },
];

export const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: EXCEPTION_FILTERS,
};

interface Stop {
  readonly frames: readonly Frame[];
  readonly calls: readonly V8.CallFrame[];
  readonly exception: Runtime.RemoteObject | undefined;
}

/** Reason for a stop, as in the Debug Adapter Protocol. */
type Reason = "breakpoint" | "step" | "exception" | "pause" | "debugger statement";

/** A debug session: controls the inspector of the main thread, and reports positions in the user's source. */
export class DebugSession {
  readonly #port: DebuggerPort;
  readonly #inspector: Inspector;
  readonly #sources = new Sources();
  readonly #breakpoints: Breakpoints;
  readonly #stepper: Stepper;
  readonly #store: VariableStore;
  readonly #variables: FrameVariables;
  readonly #expressions: Expressions;
  readonly #conditions: Conditions;
  #exceptions: "none" | "all" | "uncaught" = "none";
  #stop: Stop | undefined;
  /** The main thread is paused, whether or not the user knows. */
  #paused = false;
  #closed = false;
  /** The user requested a pause in whatever user code runs next. */
  #pauseWanted = false;

  private constructor(port: DebuggerPort) {
    this.#port = port;
    this.#inspector = new Inspector({
      paused: (stop) => {
        this.#paused = true;
        void this.#pausedAt(stop).catch(() => this.#resume());
      },
      resumed: () => this.#resumed(),
    });
    this.#breakpoints = new Breakpoints(this.#inspector, this.#sources);
    this.#stepper = new Stepper(this.#inspector, this.#sources);
    this.#store = new VariableStore(this.#inspector);
    this.#variables = new FrameVariables(this.#inspector, this.#store);
    this.#expressions = new Expressions(this.#inspector, this.#variables);
    this.#conditions = new Conditions(this.#expressions, (text) => port.write(text));
  }

  static async start(port: DebuggerPort): Promise<DebugSession> {
    const session = new DebugSession(port);
    await session.#inspector.post("Debugger.enable");
    await session.#inspector.post("Debugger.setBlackboxPatterns", { patterns: [NOT_USERS] });
    await session.#learn(true);
    return session;
  }

  get isStopped(): boolean {
    return this.#stop !== undefined;
  }

  /** The clientID of the front end. */
  set client(id: string) {
    this.#store.showsTypes = id !== "jupyterlab";
  }

  info(): object {
    return { breakpoints: this.#breakpoints.list(), stoppedThreads: this.isStopped ? [THREAD_ID] : [] };
  }

  /** Resumes the main thread without a debugger; `terminate` ends the code it runs, if it is paused. */
  async close(terminate = false): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (terminate && this.#stop) {
      await this.#inspector.post("Debugger.resume", { terminateOnResume: true }).catch(() => {});
    }
    this.#inspector.disconnect();
  }

  // Requests

  dumpCell(code: string): object {
    return { sourcePath: this.#sources.dump(code) };
  }

  async setBreakpoints({ source, breakpoints = [], lines }: DebugProtocol.SetBreakpointsArguments): Promise<object> {
    if (typeof source?.path !== "string") throw new Error("setBreakpoints needs source.path.");
    const wanted = breakpoints.length > 0 ? breakpoints : (lines ?? []).map((line) => ({ line }));
    const wrong = wanted.find(({ line }) => !Number.isInteger(line) || line < 1);
    if (wrong) {
      throw new SamlabError("argument-invalid", `A breakpoint cannot be at line ${show(wrong.line)}.`, {
        field: "line",
        value: wrong.line,
        remedy: "Give a whole number from 1.",
      });
    }
    return { breakpoints: await this.#breakpoints.replace(source.path, wanted) };
  }

  async setExceptionBreakpoints({ filters = [] }: DebugProtocol.SetExceptionBreakpointsArguments): Promise<object> {
    const known = EXCEPTION_FILTERS.map(({ filter }) => filter);
    const unknown = filters.find((filter) => !known.includes(filter));
    if (unknown !== undefined) {
      throw new SamlabError("argument-invalid", `There is no filter "${unknown}" for exceptions.`, {
        field: "filters",
        value: unknown,
        remedy: `Use ${known.join(" or ")}.`,
      });
    }
    this.#exceptions = filters.includes("all") ? "all" : filters.includes("uncaught") ? "uncaught" : "none";
    // To V8, all errors of cells are caught, by the kernel.
    const state = this.#exceptions === "none" ? "none" : "all";
    await this.#inspector.post("Debugger.setPauseOnExceptions", { state });
    return {};
  }

  source({ source, sourceReference }: DebugProtocol.SourceArguments): object {
    const path = source?.path;
    if (path === undefined) throw new Error(`source needs source.path; there is no source ${sourceReference}.`);
    try {
      return { content: this.#sources.text(path), mimeType: "text/typescript" };
    } catch (cause) {
      throw new SamlabError("file-missing", `The source ${path} is not there.`, {
        file: path,
        remedy: "Run the cell again that imports it.",
        cause,
      });
    }
  }

  stackTrace({ startFrame = 0, levels = 0 }: Partial<DebugProtocol.StackTraceArguments>): object {
    const frames = (this.#stop?.frames ?? []).map(({ shown }) => shown);
    const end = levels > 0 ? startFrame + levels : undefined;
    return { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length };
  }

  scopes({ frameId }: DebugProtocol.ScopesArguments): object {
    return { scopes: this.#variables.scopes(this.#frame(frameId)) };
  }

  async variables({ variablesReference, start = 0, count = 0 }: DebugProtocol.VariablesArguments): Promise<object> {
    const all = await this.#store.children(variablesReference);
    return { variables: count > 0 ? all.slice(start, start + count) : all };
  }

  async inspectVariables(): Promise<object> {
    const group = this.#group;
    if (group === "look") this.#store.release(group);
    return { variables: await this.#variables.notebook(group) };
  }

  async richInspectVariables({ variableName, frameId }: { variableName?: unknown; frameId?: number }): Promise<object> {
    if (typeof variableName !== "string") throw new Error("richInspectVariables needs variableName.");
    const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(variableName);
    // Ranges of arrays and the like have no value of their own.
    if (!isName) return { data: {}, metadata: {} };
    const value = await this.#expressions.evaluate(variableName, this.#frameOrTop(frameId), this.#group);
    const answer = await this.#inspector.post("Runtime.callFunctionOn", {
      functionDeclaration: `function (value, isStopped) { return ${HOOK}.show(value, isStopped); }`,
      objectId: await this.#anObject(),
      arguments: [argumentOf(value), { value: this.isStopped }],
      awaitPromise: !this.isStopped,
      returnByValue: true,
      silent: true,
    });
    return JSON.parse(String(resultOf(answer).value)) as object;
  }

  async evaluate({ expression, frameId, context }: DebugProtocol.EvaluateArguments): Promise<object> {
    if (typeof expression !== "string") throw new Error("evaluate needs an expression.");
    const frame = this.#frameOrTop(frameId);
    const group = this.#group;
    const value = await this.#expressions.evaluate(expression, frame, group, context !== "hover");
    const { value: result, type, variablesReference } = this.#store.described(value, group);
    return { result, type, variablesReference };
  }

  async continue(): Promise<object> {
    this.#needStop();
    this.#stepper.forget();
    await this.#inspector.post("Debugger.resume");
    return { allThreadsContinued: true };
  }

  async step(kind: StepKind): Promise<object> {
    await this.#stepper.start(kind, this.#needStop().calls);
    return {};
  }

  async pause(): Promise<object> {
    this.#pauseWanted = !this.isStopped;
    if (this.#pauseWanted) await this.#inspector.post("Debugger.pause");
    return {};
  }

  exceptionInfo(): object {
    const { exception } = this.#needStop();
    if (!exception) throw new SamlabError("state-order", "The code has not stopped for an exception.");
    const description = textOfException(exception);
    return { exceptionId: exception.className ?? exception.type, description, breakMode: this.#exceptions };
  }

  get #group(): ObjectLifetime {
    return this.isStopped ? "stop" : "look";
  }

  #needStop(): Stop {
    if (!this.#stop) {
      throw new SamlabError("state-order", "The code is not stopped.", {
        remedy: "Set a breakpoint and run the cell, or pause the running cell.",
      });
    }
    return this.#stop;
  }

  #frame(id: number): Frame {
    const frame = this.#needStop().frames.find((each) => each.id === id);
    if (!frame) {
      throw new SamlabError("state-order", `There is no frame ${id}: the code has gone on.`, {
        field: "frameId",
        value: id,
        remedy: "Choose a frame of the current stop.",
      });
    }
    return frame;
  }

  #frameOrTop(id: number | undefined): Frame | undefined {
    if (!this.#stop) return undefined;
    return id === undefined ? this.#stop.frames[0] : this.#frame(id);
  }

  async #anObject(): Promise<string> {
    const answer = await this.#inspector.post("Runtime.evaluate", { expression: HOOK, objectGroup: this.#group });
    return answer.result.objectId!;
  }

  // Events of the main thread

  async #learn(isNew: boolean): Promise<void> {
    const codes = await this.#inspector.ask<CompiledScript[]>(`${HOOK}.scripts(${isNew})`);
    for (const script of this.#sources.add(codes, this.#inspector.urls)) await this.#breakpoints.bind(script);
  }

  #resume(): void {
    this.#inspector.post("Debugger.resume").catch(() => {});
  }

  #resumed(): void {
    this.#paused = false;
    if (!this.#stop) return;
    this.#stop = undefined;
    this.#store.release("stop");
    this.#port.event("continued", { threadId: THREAD_ID, allThreadsContinued: true });
  }

  async #pausedAt(pause: V8.PausedEventDataType): Promise<void> {
    if (this.#port.isInterrupting()) {
      this.#stepper.forget();
      this.#pauseWanted = false;
      setTimeout(() => {
        if (this.#paused && !this.#closed && !this.#port.isInterrupting()) this.#resume();
      }, LEFT_PAUSE_MS);
      return;
    }
    const { callFrames: calls, reason, hitBreakpoints, data } = pause;
    if (
      /\/kernel-ext\/debugger\/script-stop\.[jt]s$/.test(this.#inspector.urls.get(calls[0]!.location.scriptId) ?? "")
    ) {
      await this.#learn(false);
      this.#resume();
      return;
    }
    const frames = readFrames(calls, this.#sources, this.#inspector.urls);
    if (reason === "exception" || reason === "promiseRejection") {
      const exception = data as Runtime.RemoteObject;
      if (await this.#wantsException(calls, frames))
        this.#stopAt({ frames, calls, exception }, "exception", textOfException(exception));
      else this.#resume();
      return;
    }
    const hit = this.#breakpoints.hit(hitBreakpoints);
    const wanted = hit.length > 0 ? await this.#conditions.met(hit, frames[0]) : [];
    if (wanted.length > 0) {
      this.#stepper.forget();
      const ids = wanted.map(({ id }) => id);
      this.#stopAt({ frames, calls, exception: undefined }, "breakpoint", undefined, ids);
      return;
    }
    if (this.#stepper.isStepping) {
      if (this.#stepper.arrives(calls)) this.#stopAt({ frames, calls, exception: undefined }, "step");
      return;
    }
    if (hit.length > 0 || !frames.some(({ script }) => script)) {
      this.#resume();
      if (this.#pauseWanted) setTimeout(() => this.#pauseAgain(), PAUSE_AGAIN_MS);
      return;
    }
    this.#stopAt({ frames, calls, exception: undefined }, "pause");
  }

  #pauseAgain(): void {
    if (this.#pauseWanted && !this.#closed && !this.#port.isInterrupting()) {
      this.#inspector.post("Debugger.pause").catch(() => {});
    }
  }

  #stopAt(stop: Stop, reason: Reason, text?: string, hitBreakpointIds?: readonly number[]): void {
    this.#stop = stop;
    this.#pauseWanted = false;
    this.#port.event("stopped", {
      reason,
      threadId: THREAD_ID,
      allThreadsStopped: true,
      ...(text === undefined ? {} : { text, description: text }),
      ...(hitBreakpointIds === undefined ? {} : { hitBreakpointIds }),
    });
  }

  /** Errors that a package throws and catches itself do not stop the code. */
  async #wantsException(calls: readonly V8.CallFrame[], frames: readonly Frame[]): Promise<boolean> {
    const own = frames.filter(({ script }) => script);
    if (own.length === 0) return false;
    if (this.#exceptions === "all") return own[0]!.call === calls[0];
    return !(await this.#expressions.isCaught(own));
  }
}

function textOfException(exception: Runtime.RemoteObject): string {
  return withoutRuntimeNames((exception.description ?? String(exception.value)).split("\n    at ")[0]!);
}

/** A value as an argument of a function called on the main thread. */
function argumentOf({ objectId, unserializableValue, value }: Runtime.RemoteObject): Runtime.CallArgument {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value } : { unserializableValue };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
