import type { Debugger } from "node:inspector";
import { type Frame, readFrames } from "./frames.js";
import type { Inspector } from "./inspector.js";
import type { Sources } from "./sources.js";

export type StepKind = "next" | "stepIn" | "stepOut";

const COMMANDS = { next: "Debugger.stepOver", stepIn: "Debugger.stepInto", stepOut: "Debugger.stepOut" } as const;

/** A step is abandoned after this many stops that are not its end, for example in a one-line loop. */
const MAX_SILENT = 1_000;

interface From {
  readonly depth: number;
  readonly path: string | undefined;
  readonly line: number;
}

/** Steps by source lines, where the inspector steps by locations in compiled code. */
export class Stepper {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  #step: { readonly kind: StepKind; readonly from: From | undefined; silent: number } | undefined;

  constructor(inspector: Inspector, sources: Sources) {
    this.#inspector = inspector;
    this.#sources = sources;
  }

  /** True from the start of a step until the code has stopped after it. */
  get isStepping(): boolean {
    return this.#step !== undefined;
  }

  forget(): void {
    this.#step = undefined;
  }

  async start(kind: StepKind, calls: readonly Debugger.CallFrame[]): Promise<void> {
    this.#step = { kind, from: fromOf(this.#framesOf(calls)), silent: 0 };
    await this.#inspector.post(COMMANDS[kind]);
  }

  /** Called at each stop during a step: true if the step is complete; otherwise stepping continues. */
  arrives(calls: readonly Debugger.CallFrame[]): boolean {
    const step = this.#step;
    if (!step) return true;
    const [top] = calls;
    const frames = this.#framesOf(calls);
    const isUsers = frames[0]?.call === top;
    if (isUsers && (!this.#isSameLine(step.from, frames) || ++step.silent > MAX_SILENT)) {
      this.#step = undefined;
      return true;
    }
    if (frames.length === 0 || ++step.silent > MAX_SILENT) {
      this.#step = undefined;
      this.#post("Debugger.resume");
    } else if (!isUsers) this.#post("Debugger.stepOut");
    else this.#post(step.kind === "stepIn" ? "Debugger.stepInto" : "Debugger.stepOver");
    return false;
  }

  #post(command: "Debugger.resume" | "Debugger.stepOut" | "Debugger.stepOver" | "Debugger.stepInto"): void {
    (this.#inspector.post as (method: string) => Promise<void>)(command).catch(() => {});
  }

  /** One source line may have several locations in compiled code. */
  #isSameLine(from: From | undefined, frames: readonly Frame[]): boolean {
    const here = fromOf(frames);
    return here?.depth === from?.depth && here?.path === from?.path && here?.line === from?.line;
  }

  #framesOf(calls: readonly Debugger.CallFrame[]): Frame[] {
    return readFrames(calls, this.#sources, this.#inspector.urls).filter(({ script }) => script);
  }
}

/** After an await, the Node frames below differ, but those of the user are the same. */
function fromOf(frames: readonly Frame[]): From | undefined {
  const [top] = frames;
  return top && { depth: frames.length, path: top.script!.path, line: top.shown.line };
}
