import type { ReplacedPackage } from "./package-versions.js";

/** A compiler diagnostic, ready to be shown. Lines and columns from 1, in the user's source. */
export interface Finding {
  readonly code: number;
  /** The message, followed by explanatory messages of increasing depth. */
  readonly messages: readonly { readonly text: string; readonly depth: number }[];
  /** Path of a user file; undefined for the cell itself. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  /** Length to underline in the line, in UTF-16 units. */
  readonly length: number;
  /** The text of the line. */
  readonly lineText: string;
  /** What to do about it, as a sentence. */
  readonly remedy?: string | undefined;
}

/** An import to run before the code. */
export interface ImportPlan {
  readonly specifier: string;
  /** `with { type: "json" }` */
  readonly attributes: Readonly<Record<string, string>>;
  /** Notebook variable → imported name: an export of the module, "default", or "*" for the namespace. */
  readonly bindings: readonly { readonly name: string; readonly imported: string }[];
  /** The resolved user file, if any: it is compiled and loaded by this engine. */
  readonly file: string | undefined;
}

/** Exports of a module: export name → variable of the module, or a name of another module. */
export type ExportPlan =
  | { readonly kind: "local"; readonly exported: string; readonly variable: string }
  | { readonly kind: "from"; readonly exported: string; readonly imported: string; readonly from: number }
  | { readonly kind: "all"; readonly from: number };

/** Code ready to run: the body of an async function whose parameters are `variables` and the runtime helpers. */
export interface CompiledCode {
  readonly js: string;
  /** Source map (version 3) from `js` to the user's source. */
  readonly map: string;
  /** Top-level variables used by the code, its own and those of earlier cells. */
  readonly variables: readonly string[];
  /** Those of `variables` that the code itself declares. */
  readonly declared: readonly string[];
  readonly imports: readonly ImportPlan[];
  /** Only for modules. `from` is an index into `imports`. */
  readonly exports: readonly ExportPlan[];
  /** True if the last statement has a value, which the code stores as the cell's result. */
  readonly hasResult: boolean;
}

/** The part of a declaration that determines a variable's type: `: number`, ` = 1`. */
export interface WrittenType {
  readonly text: string;
  /** Built-in type names it uses: `Map`, `Promise`. */
  readonly names: readonly string[];
}

/** A compiled cell, for a compiler that is started later. */
export interface KeptCell {
  readonly cell: string;
  readonly code: string;
  /** The types of its variables that can be written down, by name. */
  readonly types: readonly (readonly [name: string, type: WrittenType])[];
  /** Names of its declarations that did not run: they mean what they did before. */
  readonly unreached?: readonly string[];
}

export type CompileResult =
  | {
      readonly status: "ok";
      readonly code: CompiledCode;
      /** For a cell: see {@link KeptCell}. */
      readonly types?: KeptCell["types"];
      /** For a cell that defines a module: its file, which exists only in memory. */
      readonly module?: string;
    }
  | {
      readonly status: "error";
      readonly findings: readonly Finding[];
      /** Imported packages that were replaced after their types were read. */
      readonly replaced: readonly ReplacedPackage[];
    }
  /** The compiler failed, for example because the code is nested too deeply. */
  | { readonly status: "failed"; readonly reason: string };

export interface Match {
  readonly text: string;
  /** TypeScript's kind: function, property, class, keyword … */
  readonly kind: string;
}

export interface Completion {
  readonly matches: readonly Match[];
  /** Start of the text that a match replaces, in UTF-16 units. */
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

/** Requests from the main thread to the compiler, with their replies. */
export interface CompilerRequests {
  warmUp: { ask: Record<never, never>; answer: null };
  /** `cell` identifies the cell in file names: its execution count, or "s1", "s2" … for silent ones. */
  compileCell: {
    ask: { code: string; cell: string };
    /** `faults` is what is wrong with tsconfig.json, told once. */
    answer: CompileResult & { readonly faults?: readonly string[] };
  };
  compileModule: { ask: { file: string }; answer: CompileResult & { readonly source: string } };
  /** Resolves an import made at run time. */
  resolve: { ask: { specifier: string; from: string }; answer: string | null };
  complete: { ask: { code: string; cursor: number }; answer: Completion };
  inspect: { ask: { code: string; cursor: number }; answer: Inspection | null };
  isComplete: { ask: { code: string }; answer: Completeness };
  /** Gives names of the last compiled cell the meaning they had before it; without `names`, all of them. */
  revert: { ask: { cell: string; names: readonly string[] | undefined }; answer: null };
  /** Declares the names of cells that ran before this compiler was started. */
  restore: { ask: { cells: readonly KeptCell[] }; answer: null };
}

export type CompilerRequest = {
  [K in keyof CompilerRequests]: { readonly id: number; readonly kind: K } & CompilerRequests[K]["ask"];
}[keyof CompilerRequests];

export type CompilerReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/** Start-up data of the compiler. */
export interface CompilerSetup {
  /** The notebook's folder. */
  readonly cwd: string;
  /** samlab's installation folder. */
  readonly root: string;
  /** Folder of TypeScript and its libraries. */
  readonly libFolder: string;
}
