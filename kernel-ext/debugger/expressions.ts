import type { Debugger, Runtime } from "node:inspector";
import type { Frame, FrameVariables } from "./frames.js";
import { type Inspector, resultOf } from "./inspector.js";
import { HOOK } from "./protocol.js";
import type { ObjectGroup } from "./variables.js";

/** An expression may take this long; it holds the notebook meanwhile. */
const EVALUATION_MS = 5_000;

const TOO_LONG = `The expression took longer than ${EVALUATION_MS / 1_000} s and was ended.`;

type Compiler = typeof import("../engine/compiler/expression.js");

/** Evaluates what users write in the debugger, in their names. */
export class Expressions {
  readonly #inspector: Inspector;
  readonly #variables: FrameVariables;

  constructor(inspector: Inspector, variables: FrameVariables) {
    this.#inspector = inspector;
    this.#variables = variables;
  }

  /** The value of an expression in a frame, or at the top of the notebook. @throws {Error} with what the expression has thrown */
  async evaluate(
    text: string,
    frame: Frame | undefined,
    group: ObjectGroup,
    sideEffects = true,
  ): Promise<Runtime.RemoteObject> {
    const expression = await this.#compile(text, frame);
    const common = {
      expression,
      objectGroup: group,
      generatePreview: true,
      silent: true,
      timeout: EVALUATION_MS,
      throwOnSideEffect: !sideEffects,
    };
    try {
      if (!frame) {
        return resultOf(
          await this.#inspector.post("Runtime.evaluate", {
            ...common,
            disableBreaks: true,
          } as object as Runtime.EvaluateParameterType),
        );
      }
      const { callFrameId } = frame.call;
      const inFrame = { ...common, callFrameId } as Debugger.EvaluateOnCallFrameParameterType;
      return resultOf(await this.#inspector.post("Debugger.evaluateOnCallFrame", inFrame));
    } catch (error) {
      if (error instanceof Error && /terminated/i.test(error.message)) throw new Error(TOO_LONG, { cause: error });
      throw error;
    }
  }

  /** True when what is thrown at the top of these frames is caught by code of the user that waits below. */
  async isCaught(frames: readonly Frame[]): Promise<boolean> {
    const { isCaughtAt } = await compiler();
    return frames.some(
      ({ script, shown }) => script && isCaughtAt(script.code.source, shown.line - 1, shown.column - 1),
    );
  }

  async #compile(text: string, frame: Frame | undefined): Promise<string> {
    const { locals, shared } = frame ? await this.#variables.names(frame) : { locals: EMPTY, shared: EMPTY };
    const isInCell = frame?.script === undefined || frame.script.isCell;
    const notebook = isInCell ? new Set(await this.#inspector.ask<string[]>(`${HOOK}.names()`)) : EMPTY;
    const { compileExpression } = await compiler();
    return compileExpression(text, (name) => {
      if (locals.has(name)) return undefined;
      if (shared.has(name)) return `ˑ${name}.ˑ`;
      return notebook.has(name) ? `${HOOK}.vars.${name}` : undefined;
    });
  }
}

const EMPTY: ReadonlySet<string> = new Set();

let loading: Promise<Compiler> | undefined;

/** Loads TypeScript, which takes its time, when it is needed first. */
function compiler(): Promise<Compiler> {
  loading ??= import("../engine/compiler/expression.js");
  return loading;
}
