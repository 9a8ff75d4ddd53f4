import type { CompilerReply, CompilerRequest, CompilerSetup } from "../protocol.js";
import { NotebookCompiler } from "./compiler.js";
import { completeness } from "./is-complete.js";
import { LanguageService } from "./language-service.js";
import type { PackageFiles } from "./project.js";

/** Handles the requests of a {@link CompilerClient}, for one notebook. */
export class CompilerServer {
  readonly #compiler: NotebookCompiler;
  #service: LanguageService | undefined;

  /** `files`: previously read files of packages. */
  constructor(data: CompilerSetup, files?: PackageFiles) {
    this.#compiler = new NotebookCompiler(data, files);
  }

  get packageFiles(): PackageFiles {
    return this.#compiler.project.packageFiles;
  }

  answer(request: CompilerRequest): CompilerReply {
    try {
      return { id: request.id, answer: this.#answer(request) };
    } catch (error) {
      this.#service = undefined;
      return { id: request.id, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #answer(request: CompilerRequest): unknown {
    const compiler = this.#compiler;
    switch (request.kind) {
      case "warmUp":
        compiler.warmUp();
        return null;
      case "compileCell":
        return {
          ...this.#guarded(() => compiler.compileCell(request.code, request.cell)),
          faults: compiler.project.takeFaults(),
        };
      case "compileModule":
        return this.#guarded(() => compiler.compileModule(request.file));
      case "resolve":
        return compiler.resolveFile(request.specifier, request.from) ?? null;
      case "complete":
        return this.#languageService().complete(request.code, request.cursor);
      case "inspect":
        return this.#languageService().inspect(request.code, request.cursor);
      case "isComplete":
        return completeness(request.code);
      case "revert":
        compiler.revert(request.cell, request.names);
        return null;
      case "restore":
        for (const cell of request.cells) compiler.restore(cell);
        return null;
    }
  }

  #languageService(): LanguageService {
    this.#service ??= new LanguageService(this.#compiler);
    return this.#service;
  }

  /** A compiler that failed during its work cannot be used any more. */
  #guarded<T>(work: () => T): T | { status: "failed"; reason: string; source: string } {
    try {
      return work();
    } catch (error) {
      this.#compiler.project.forgetProgram();
      this.#service = undefined;
      const tooDeep = error instanceof RangeError;
      const reason = tooDeep
        ? "The code is nested too deeply for the compiler. Split the expression into several statements."
        : `The compiler failed: ${error instanceof Error ? error.message : String(error)}`;
      return { status: "failed", reason, source: "" };
    }
  }
}
