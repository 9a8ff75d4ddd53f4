import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isPromise } from "node:util/types";
import { samlabPackage } from "../../src/io/files/package.js";
import { cellUrl } from "../code-origin.js";
import type { CellError } from "../execute/cell-error.js";
import { describeFindings } from "../execute/diagnostics.js";
import { startSoon } from "../execute/scope.js";
import { installStackTraces, rememberCode } from "../execute/stack.js";
import { describeThrown } from "../execute/traceback.js";
import { CompilerClient } from "./compiler-client.js";
import type { CompileResult, CompilerRequests, Completeness, Completion, Inspection } from "./protocol.js";
import { ModuleLoader } from "./runtime/module-loader.js";
import { requireFor } from "./runtime/package-loader.js";
import { PREFIX_LINES, runCode } from "./runtime/run-code.js";
import { Variables } from "./runtime/variable.js";

/** The outcome of a cell. `value` is that of its last expression, undefined if there is none. */
export type CellOutcome =
  | { readonly status: "ok"; readonly value: unknown }
  | { readonly status: "error"; readonly error: CellError };

/** Checks, compiles and runs the cells of one notebook, and answers questions about their code. */
export interface Engine {
  /**
   * Runs a cell. `id` names it in stack traces: its execution count, or "s1", "s2" … for silent ones. Cells run one at
   * a time.
   */
  run(code: string, id: string | number): Promise<CellOutcome>;
  /** Prevents the running cell from continuing, whatever it awaits; its promise may never settle. */
  interrupt(): void;
  /** Completions at a cursor; all offsets in UTF-16 units. */
  complete(code: string, cursor: number): Promise<Completion>;
  /** Information about the name at a cursor, or about the call whose arguments are being typed. */
  inspect(code: string, cursor: number): Promise<Inspection | null>;
  isComplete(code: string): Promise<Completeness>;
  /** The variables of the notebook. */
  readonly variables: Variables;
  close(): void;
}

/** Thrown for a module that does not compile: its findings are shown instead of a stack. */
class ModuleRefused extends Error {
  readonly shown: CellError;

  constructor(shown: CellError) {
    super(shown.evalue);
    this.shown = shown;
  }
}

/** Starts the engine for notebooks in `cwd`. The compiler starts in the background; the first cell waits for it. */
export function createEngine(cwd: string): Engine {
  return new TypeScriptEngine(cwd);
}

class TypeScriptEngine implements Engine {
  readonly #cwd: string;
  readonly #compiler: CompilerClient;
  readonly variables = new Variables();
  readonly #loader: ModuleLoader;
  readonly #notebookFile: string;
  /** Counts cells and interrupts, to detect work of an earlier turn. */
  #turn = 0;
  /** The cell that is being compiled, or runs; then with the variables that it declares. */
  #running: { readonly id: string; readonly declared?: readonly string[] } | undefined;

  constructor(cwd: string) {
    installStackTraces();
    this.#cwd = cwd;
    this.#notebookFile = join(cwd, "notebook.ts");
    this.#compiler = new CompilerClient({ cwd, root: samlabPackage.root });
    void this.#compiler.ask("warmUp", {}).catch(() => {});
    this.#loader = new ModuleLoader({
      compileModule: (file) => this.#compiler.ask("compileModule", { file }),
      resolve: (specifier, from) => this.#compiler.ask("resolve", { specifier, from }),
      remember: (url, code, source, file) => {
        const shown = file.startsWith(join(cwd, "/")) ? file.slice(join(cwd, "/").length) : file;
        rememberCode(url, {
          label: shown,
          source,
          compiledLines: lines(code.js),
          map: code.map,
          prefixLines: PREFIX_LINES,
        });
      },
      refuse: (result) => new ModuleRefused(describeResult(result, "")),
    });
  }

  async run(code: string, id: string | number): Promise<CellOutcome> {
    const turn = ++this.#turn;
    const isOver = () => turn !== this.#turn;
    const never = () => new Promise<never>(() => {});
    const label = `Cell [${id}]`;
    this.#running = { id: String(id) };
    let result: CompilerRequests["compileCell"]["answer"];
    try {
      result = await this.#compiler.ask("compileCell", { code, cell: String(id) });
    } catch (error) {
      if (isOver()) return never();
      this.#running = undefined;
      return { status: "error", error: describeThrown(error) };
    }
    if (isOver()) return never();
    this.#running = undefined;
    for (const fault of result.faults ?? []) process.stderr.write(`${fault}\n`);
    if (result.status !== "ok") return { status: "error", error: describeResult(result, label) };
    const { code: compiled, types = [], module } = result;
    if (module !== undefined) this.#loader.forget(module);
    this.#compiler.keep({ cell: String(id), code, types });
    const url = cellUrl(id);
    rememberCode(url, {
      label,
      source: code,
      compiledLines: lines(compiled.js),
      map: compiled.map,
      prefixLines: PREFIX_LINES,
    });
    this.#running = { id: String(id), declared: compiled.declared };
    this.variables.redeclare(compiled.declared);
    try {
      await this.#loader.runImports(compiled.imports, this.#cwd, this.variables);
      // Not in the compiler's message callback: Node does not recover if a full stack is terminated there.
      await new Promise<void>(startSoon);
      if (isOver()) return never();
      const { value } = await runCode(compiled, {
        variables: this.variables,
        url,
        meta: {
          url: pathToFileURL(this.#notebookFile).href,
          filename: this.#notebookFile,
          dirname: this.#cwd,
          resolve: (specifier: string) => pathToFileURL(requireFor(this.#cwd).resolve(specifier)).href,
        },
        require: requireFor(this.#cwd),
        filename: this.#notebookFile,
        dirname: this.#cwd,
        import: this.#loader.importer(this.#notebookFile),
      });
      if (!isOver()) this.#endRunning(true);
      return { status: "ok", value: isPromise(value) ? await value : value };
    } catch (error) {
      if (!isOver()) this.#endRunning(false);
      if (error instanceof ModuleRefused) return { status: "error", error: error.shown };
      return { status: "error", error: describeThrown(error) };
    }
  }

  interrupt(): void {
    this.#turn++;
    this.#endRunning(false);
    this.#compiler.interrupt();
  }

  /** Names whose declaration was not reached keep their old value, and so their old type. */
  #endRunning(isDone: boolean): void {
    if (!this.#running) return;
    const { id, declared } = this.#running;
    this.#running = undefined;
    const unreached = declared && this.variables.settle(declared);
    if (!isDone && unreached?.length !== 0) this.#compiler.revert(id, unreached);
  }

  complete(code: string, cursor: number): Promise<Completion> {
    return this.#compiler.ask("complete", { code, cursor });
  }

  inspect(code: string, cursor: number): Promise<Inspection | null> {
    return this.#compiler.ask("inspect", { code, cursor });
  }

  isComplete(code: string): Promise<Completeness> {
    return this.#compiler.ask("isComplete", { code });
  }

  close(): void {
    this.#compiler.close();
  }
}

function describeResult(result: Exclude<CompileResult, { status: "ok" }>, label: string): CellError {
  if (result.status === "error") return describeFindings(result.findings, label, result.replaced);
  return { ename: "TypeScript error", evalue: result.reason, traceback: [result.reason] };
}

function lines(text: string): number {
  return text.split("\n").length;
}
