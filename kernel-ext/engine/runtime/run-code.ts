import { constants, Script } from "node:vm";
import { scriptReady } from "../../debugger/script-stop.js";
import { callback, dead, never } from "../../execute/cell-guard.js";
import type { CompiledCode } from "../protocol.js";
import { RUNTIME, variableIn } from "../runtime-names.js";
import type { Variables } from "./variable.js";

/** Context of running code: a cell uses the notebook's folder, a module its own. */
export interface CodeContext {
  readonly variables: Variables;
  /** Script name in stack traces. */
  readonly url: string;
  readonly meta: object;
  readonly require: NodeJS.Require;
  readonly filename: string;
  readonly dirname: string;
  import(specifier: unknown, options?: unknown): Promise<unknown>;
}

/** Lines before the compiled code in the script. */
export const PREFIX_LINES = 1;

type CompiledFunction = (...args: unknown[]) => Promise<unknown>;

const first = (value: unknown) => value;

/**
 * Runs compiled code whose imports have been loaded. @returns the value of its last statement, wrapped because it may
 * be a promise
 */
export async function runCode(code: CompiledCode, around: CodeContext): Promise<{ readonly value: unknown }> {
  const { variables } = around;
  const cell = {
    result: undefined as unknown,
    /** A `var` is undefined before its line is reached. */
    hoist: (...names: string[]) => {
      for (const name of names) if (!variables.get(name).isSet) variables.get(name).ˑ = undefined;
    },
  };
  const names = {
    [RUNTIME.cell]: cell,
    [RUNTIME.import]: around.import,
    [RUNTIME.meta]: around.meta,
    [RUNTIME.first]: first,
    [RUNTIME.dead]: dead,
    [RUNTIME.never]: never,
    [RUNTIME.callback]: callback,
    require: around.require,
    __filename: around.filename,
    __dirname: around.dirname,
    ...Object.fromEntries(code.variables.map((name) => [variableIn(name), variables.get(name)])),
  };
  const source = `(async function (${Object.keys(names).join(", ")}) {"use strict";\n${code.js}\n})`;
  const script = new Script(source, {
    filename: around.url,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const run = script.runInThisContext() as CompiledFunction;
  scriptReady();
  await run(...Object.values(names));
  return { value: cell.result };
}
