/** One finding of the compiler, ready to be shown. Lines and columns from one, in the text that the user wrote. */
export interface Finding {
  readonly code: number;
  /** The message and the messages that explain it, each one level deeper than the one before. */
  readonly messages: readonly { readonly text: string; readonly depth: number }[];
  /** The path of a file of the user; undefined for the cell itself. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  /** UTF-16 units to mark in the line. */
  readonly length: number;
  /** The text of that line. */
  readonly lineText: string;
}

/** One import to carry out before the code runs. */
export interface ImportPlan {
  readonly specifier: string;
  /** `with { type: "json" }` */
  readonly attributes: Readonly<Record<string, string>>;
  /** Notebook variable → what it stands for: a name of the module, "default", or "*" for all of it. */
  readonly bindings: readonly { readonly name: string; readonly imported: string }[];
  /** The file of the user that the compiler found, if it is one: it is compiled and loaded by this engine. */
  readonly file: string | undefined;
}

/** What a module gives to others: export name → variable of the module, or a name of another module. */
export type ExportPlan =
  | { readonly kind: "local"; readonly exported: string; readonly variable: string }
  | { readonly kind: "from"; readonly exported: string; readonly imported: string; readonly from: number }
  | { readonly kind: "all"; readonly from: number };

/** Code that is ready to run: the body of an async function whose parameters are `variables` and the helpers of the runtime. */
export interface CompiledCode {
  readonly js: string;
  /** Source map (version 3) from `js` to the user's text. */
  readonly map: string;
  /** Names of top-level variables that the code uses, its own and those of earlier cells. */
  readonly variables: readonly string[];
  readonly imports: readonly ImportPlan[];
  /** Only for modules. `from` counts the entries of `imports`. */
  readonly exports: readonly ExportPlan[];
  /** True when the last statement has a value, which the code stores in the cell's result. */
  readonly hasResult: boolean;
}

export type CompileResult =
  | { readonly status: "ok"; readonly code: CompiledCode }
  | { readonly status: "error"; readonly findings: readonly Finding[] }
  /** The compiler itself gave up, for example because the code is nested too deeply. */
  | { readonly status: "failed"; readonly reason: string };

export interface Match {
  readonly text: string;
  /** The compiler's word for what it is: function, property, class, keyword … */
  readonly kind: string;
}

export interface Completion {
  readonly matches: readonly Match[];
  /** The text that a match replaces, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface Inspection {
  readonly text: string;
  readonly markdown: string;
}

/** Content of is_complete_reply. */
export type Completeness =
  | { readonly status: "complete" }
  | { readonly status: "invalid" }
  | { readonly status: "incomplete"; readonly indent: string };

/** What the main thread may ask the compiler, each with its answer. */
export interface CompilerRequests {
  warmUp: { ask: Record<never, never>; answer: null };
  /** `cell` names the cell in file names: its execution count, or "s1", "s2" … for silent ones. */
  compileCell: { ask: { code: string; cell: string }; answer: CompileResult };
  compileModule: { ask: { file: string }; answer: CompileResult & { readonly source: string } };
  /** Where an import that is made at run time leads. */
  resolve: { ask: { specifier: string; from: string }; answer: string | null };
  complete: { ask: { code: string; cursor: number }; answer: Completion };
  inspect: { ask: { code: string; cursor: number }; answer: Inspection | null };
  isComplete: { ask: { code: string }; answer: Completeness };
  /** Learns the declarations of cells that ran before this thread was started. */
  restore: { ask: { cells: readonly { code: string; cell: string }[] }; answer: null };
}

export type CompilerRequest = {
  [K in keyof CompilerRequests]: { readonly id: number; readonly kind: K } & CompilerRequests[K]["ask"];
}[keyof CompilerRequests];

export type CompilerReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/** What the compiler is started with. */
export interface CompilerSetup {
  /** The folder of the notebook. */
  readonly cwd: string;
  /** Where samlab is installed. */
  readonly root: string;
  /** Where TypeScript and its libraries are. */
  readonly libFolder: string;
}
