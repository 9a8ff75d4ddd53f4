import { parentPort, workerData } from "node:worker_threads";
import type { CompilerReply, CompilerRequest, CompilerThreadData } from "../protocol.js";
import { NotebookCompiler } from "./compiler.js";
import { completeness } from "./is-complete.js";
import { LanguageService } from "./language-service.js";

// The thread that checks and compiles. It answers while a cell computes, and can be ended and started again while the cells' values live on.

const { cwd, root } = workerData as CompilerThreadData;
const port = parentPort!;
const compiler = new NotebookCompiler(cwd, root);
let service: LanguageService | undefined;

function answer(request: CompilerRequest): unknown {
  switch (request.kind) {
    case "warmUp":
      compiler.warmUp();
      return null;
    case "compileCell":
      return guarded(() => compiler.compileCell(request.code, request.cell));
    case "compileModule":
      return guarded(() => compiler.compileModule(request.file));
    case "resolve":
      return compiler.resolveFile(request.specifier, request.from) ?? null;
    case "complete":
      service ??= new LanguageService(compiler);
      return service.complete(request.code, request.cursor);
    case "inspect":
      service ??= new LanguageService(compiler);
      return service.inspect(request.code, request.cursor);
    case "isComplete":
      return completeness(request.code);
    case "restore":
      for (const { code, cell } of request.cells) compiler.restore(code, cell);
      return null;
  }
}

/** A compiler that failed in the middle of its work is in no state to go on from. */
function guarded<T>(work: () => T): T | { status: "failed"; reason: string; source: string } {
  try {
    return work();
  } catch (error) {
    compiler.project.forgetProgram();
    service = undefined;
    const tooDeep = error instanceof RangeError;
    const reason = tooDeep
      ? "The code is nested too deeply for the compiler. Split the expression into several statements."
      : `The compiler failed: ${error instanceof Error ? error.message : String(error)}`;
    return { status: "failed", reason, source: "" };
  }
}

port.on("message", (request: CompilerRequest) => {
  let reply: CompilerReply;
  try {
    reply = { id: request.id, answer: answer(request) };
  } catch (error) {
    service = undefined;
    reply = { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
