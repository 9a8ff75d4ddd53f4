import type { Debugger, Runtime } from "node:inspector";
import { SamlabError } from "../../src/core/errors.js";
import type { Frame, FrameVariables } from "./frames.js";
import { type Inspector, resultOf } from "./inspector.js";
import { HOOK } from "./protocol.js";
import type { ObjectLifetime } from "./variables.js";

/** Time limit for an expression, which blocks the notebook meanwhile. */
const EVALUATION_MS = 5_000;

type Compiler = typeof import("../engine/compiler/expression.js");

/** Evaluates user expressions in the debugger, with the names of the user's source. */
export class Expressions {
  readonly #inspector: Inspector;
  readonly #variables: FrameVariables;

  constructor(inspector: Inspector, variables: FrameVariables) {
    this.#inspector = inspector;
    this.#variables = variables;
  }

  /**
   * Evaluates an expression in a frame, or at the notebook's top level. @throws {Error} with what the expression threw,
   * or {SamlabError} `run-failed` if it takes too long
   */
  async evaluate(
    text: string,
    frame: Frame | undefined,
    group: ObjectLifetime,
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
      if (!(error instanceof Error && /terminated/i.test(error.message))) throw error;
      throw new SamlabError("run-failed", `The expression took longer than ${EVALUATION_MS / 1_000} s and was ended.`, {
        field: "expression",
        value: text,
        remedy: "Run it in a cell.",
        cause: error,
      });
    }
  }

  /** True if an error thrown at the top of these frames is caught by user code below. */
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

/** Loads TypeScript, which is slow, on first use. */
function compiler(): Promise<Compiler> {
  loading ??= import("../engine/compiler/expression.js");
  return loading;
}
