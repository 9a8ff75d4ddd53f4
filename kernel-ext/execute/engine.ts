import { join } from "node:path";
import type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter.js";
import type { Executor } from "tslab/dist/executor.js";
import { cellUrl } from "../code-origin.js";
import { type CellError, INTERRUPTED } from "./cell-error.js";
import { type Compiler, loadCompiler } from "./compiler.js";
import { type Completion, filterCompletions } from "./complete.js";
import { describeDiagnostics } from "./diagnostics.js";
import { type Completeness, completeness } from "./is-complete.js";
import { installStackTraces, rememberCode } from "./stack.js";
import { describeThrown } from "./traceback.js";

/** How a cell ended. `value` is that of its last expression, undefined when there is none. */
export type CellOutcome =
  | { readonly status: "ok"; readonly value: unknown }
  | { readonly status: "error"; readonly error: CellError };

export interface Inspection {
  readonly text: string;
  readonly markdown: string;
}

/** What one run of a cell leaves behind, gathered while tslab's executor works on it. */
interface Run {
  readonly id: string | number;
  readonly label: string;
  readonly source: string;
  diagnostics: readonly Diagnostic[];
  resultName: string | undefined;
  thrown: { readonly value: unknown } | undefined;
}

const INTERRUPTED_BY_SIGNAL = "ERR_SCRIPT_EXECUTION_INTERRUPTED";

const NO_BROWSER_CELLS: CellError = {
  ename: "NotSupported",
  evalue: "Cells marked @browser cannot be run by this kernel.",
  traceback: ["NotSupported: Cells marked @browser cannot be run by this kernel."],
};

/** The TypeScript engine: checks, compiles and runs cells, and answers questions about their code. Cells run one at a time. */
export class Engine {
  readonly #cwd: string;
  readonly #compiler: Compiler;
  readonly #converter: Converter;
  readonly #executor: Executor;
  readonly #modules = new Map<string, string>();
  #run: Run = newRun(0, "");
  /**
   * The declarations of all cells so far. The executor keeps its own and forgets those of a cell that throws, though the cell has
   * made their values.
   */
  #declarations = "";

  /** Takes about a second: the compiler reads its libraries. `cwd` is the folder of the notebook. */
  constructor(cwd: string) {
    installStackTraces();
    this.#cwd = cwd;
    this.#compiler = loadCompiler(cwd);
    this.#converter = this.#compiler.createConverter();
    const node = this.#observe(this.#converter);
    const converters = { node, browser: node, close: () => this.#converter.close() };
    this.#executor = this.#compiler.createExecutor(cwd, converters, {
      log: () => {},
      // Called with one argument for what a cell throws, with several for each finding of the compiler.
      error: (...args: unknown[]) => {
        if (args.length === 1) this.#run.thrown = { value: args[0] };
      },
    });
  }

  /** Runs a cell. `id` names it in stack traces: its execution count, or any word for a silent one. */
  async run(code: string, id: string | number): Promise<CellOutcome> {
    if (this.#compiler.getCodeMetadata(code).mode === "browser") return { status: "error", error: NO_BROWSER_CELLS };
    const run = newRun(id, code);
    this.#run = run;
    const ok = await this.#executor.execute(code);
    if (run.diagnostics.length > 0) {
      const read = (file: string) => this.#readModule(file);
      return { status: "error", error: describeDiagnostics(run.diagnostics, run.label, code, read) };
    }
    if (!ok) return { status: "error", error: describeFailure(run.thrown?.value) };
    return { status: "ok", value: this.#takeResult(run) };
  }

  /** Makes the cell that awaits give up. What it awaits goes on: JavaScript has no way to stop it. */
  interrupt(): void {
    this.#executor.interrupt();
  }

  /** Completions at a cursor; all offsets in UTF-16 units. */
  complete(code: string, cursor: number): Completion {
    return filterCompletions(this.#executor.complete(code, cursor), code, cursor);
  }

  /** What the compiler knows about the name at a cursor, or just before it. */
  inspect(code: string, cursor: number): Inspection | undefined {
    const info =
      this.#executor.inspect(code, cursor) ?? (cursor > 0 ? this.#executor.inspect(code, cursor - 1) : undefined);
    const text = info ? this.#compiler.printQuickInfo(info) : "any";
    // "any" and nothing else is what the compiler says of a name that it does not know.
    if (!info || text === "any") return undefined;
    const signature = (info.displayParts ?? []).map((part) => part.text).join("");
    return { text, markdown: `\`\`\`typescript\n${signature}\n\`\`\`\n${text.slice(signature.length)}` };
  }

  isComplete(code: string): Completeness {
    return completeness(this.#compiler.ts, code);
  }

  /** Lets the compiler do once, while nobody waits, what the first cell would wait for. */
  warmUp(): void {
    this.#converter.convert("", "const warm: number = 1;");
    this.#converter.complete("", "console.", 8);
  }

  /** The text of a module beside the notebook, or of one that a cell has made. */
  #readModule(file: string): string {
    return this.#modules.get(file) ?? this.#compiler.ts.sys.readFile(join(this.#cwd, file)) ?? "";
  }

  #takeResult({ resultName }: Run): unknown {
    if (resultName === undefined) return undefined;
    const value: unknown = this.#executor.locals[resultName];
    delete this.#executor.locals[resultName];
    return value;
  }

  /** The converter that the executor gets: the real one, with an eye on what passes. */
  #observe(converter: Converter): Converter {
    return {
      ...converter,
      convert: (_, source) => this.#convert(converter, source),
      complete: (_, source, position) => converter.complete(this.#declarations, source, position),
      inspect: (_, source, position) => converter.inspect(this.#declarations, source, position),
      addModule: (name, content, meta) => {
        this.#modules.set(`${name}.ts`, content);
        this.#run.diagnostics = converter.addModule(name, content, meta);
        return [...this.#run.diagnostics];
      },
    };
  }

  #convert(converter: Converter, source: string): ConvertResult {
    const result = converter.convert(this.#declarations, source);
    const run = this.#run;
    run.diagnostics = result.diagnostics;
    run.resultName = result.lastExpressionVar;
    const url = cellUrl(run.id);
    this.#rememberCode(url, result);
    if (result.diagnostics.length === 0) this.#declarations = result.declOutput ?? "";
    if (result.output === undefined) return result;
    // The value of the last expression is taken from the executor's variables, which know null and undefined.
    const { lastExpressionVar: _, ...rest } = result;
    return { ...rest, output: `${result.output}\n//# sourceURL=${url}` };
  }

  #rememberCode(url: string, { output = "", sideOutputs = [] }: ConvertResult): void {
    const { label, source } = this.#run;
    const maps = this.#compiler.takeSourceMaps();
    const compiledLines = output.split("\n").length - 1;
    rememberCode(url, { label, source, compiledLines, map: maps.get("__tslab__.ts"), prefixLines: 1 });
    for (const side of sideOutputs) {
      const name = [...maps.keys()].find((key) => join(this.#cwd, key).replace(/\.tsx?$/, ".js") === side.path);
      if (name === undefined) continue;
      rememberCode(side.path, {
        label: name,
        source: this.#readModule(name),
        compiledLines: Number.MAX_SAFE_INTEGER,
        map: maps.get(name),
        prefixLines: this.#modules.has(name) ? 1 : 0,
      });
    }
  }
}

function newRun(id: string | number, source: string): Run {
  return { id, label: `Cell [${id}]`, source, diagnostics: [], resultName: undefined, thrown: undefined };
}

function describeFailure(thrown: unknown): CellError {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return code === INTERRUPTED_BY_SIGNAL ? INTERRUPTED : describeThrown(thrown);
}
