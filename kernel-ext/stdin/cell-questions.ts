import { SamlabError } from "../../src/core/errors.js";
import type { Questions } from "../context.js";
import type { Scope } from "../execute/scope.js";
import type { InputRequest } from "../wire/thread-protocol.js";
import type { Wire } from "../wire/wire.js";

function canceled(): SamlabError {
  return new SamlabError("canceled", "The cell was interrupted while it waited for input.");
}

/** Input requests of cells. Only the running cell may ask, and only if the front end supports it. */
export class CellQuestions implements Questions {
  readonly #wire: Wire;
  readonly #running: () => Scope | undefined;
  readonly #own: () => Scope | undefined;

  /** `running` returns the scope of the running cell, `own` that of the calling code. */
  constructor(wire: Wire, running: () => Scope | undefined, own: () => Scope | undefined) {
    this.#wire = wire;
    this.#running = running;
    this.#own = own;
  }

  async ask(question: InputRequest): Promise<string> {
    const scope = this.#mayAsk();
    const answer = await this.#ask(scope, question);
    if (answer !== undefined) return answer;
    if (scope.abort.signal.aborted) throw canceled();
    // The cell has ended without waiting for the answer.
    return await new Promise(() => {});
  }

  askSync(question: InputRequest): string {
    const answer = this.#wire.askSync(this.#mayAsk().request, question);
    if (answer === undefined) throw canceled();
    return answer;
  }

  /**
   * A line for a reader of process.stdin; resolves to undefined if it is no longer needed; no promise if no cell is
   * running that may ask.
   */
  askLine(): Promise<string | undefined> | undefined {
    return this.#asker() && this.#ask(this.#mayAsk(), { prompt: "", password: false });
  }

  #ask({ request, abort }: Scope, question: InputRequest): Promise<string | undefined> {
    const { answer, cancel } = this.#wire.ask(request, question);
    abort.signal.addEventListener("abort", cancel, { once: true });
    return answer.finally(() => abort.signal.removeEventListener("abort", cancel));
  }

  #asker(): Scope | undefined {
    const running = this.#running();
    return (this.#own() ?? running) === running ? running : undefined;
  }

  #mayAsk(): Scope {
    const scope = this.#asker();
    if (!scope) {
      throw new SamlabError("state-order", "Only the running cell can ask for input.", {
        remedy: "Ask in a cell, and await the answer in the same cell.",
      });
    }
    if (scope.request.content.allow_stdin !== true) {
      throw new SamlabError("environment", "Input is not possible here: the notebook runs without a user.", {
        remedy: "Set the value in the code, or run the cell in JupyterLab.",
      });
    }
    return scope;
  }
}
