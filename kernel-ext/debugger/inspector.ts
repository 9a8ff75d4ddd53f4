import { type Debugger, type InspectorNotification, type Runtime, Session } from "node:inspector/promises";

type Post = Session["post"];

/** The inspector of the main thread, used from another thread. */
export class Inspector {
  readonly #session = new Session();
  /** Script names by script id. */
  readonly urls = new Map<string, string>();
  readonly post: Post = this.#session.post.bind(this.#session) as Post;

  constructor(events: {
    paused(stop: Debugger.PausedEventDataType): void;
    resumed(): void;
  }) {
    this.#session.on("Debugger.scriptParsed", ({ params }) => this.urls.set(params.scriptId, params.url));
    this.#session.on("Debugger.paused", ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
      events.paused(params);
    });
    this.#session.on("Debugger.resumed", () => events.resumed());
    this.#session.connectToMainThread();
  }

  /** Evaluates an internal expression and parses its result as JSON. */
  async ask<T>(expression: string): Promise<T> {
    const answer = await this.post("Runtime.evaluate", { expression, returnByValue: true, silent: true });
    return JSON.parse(resultOf(answer).value as string) as T;
  }

  /** Resumes the main thread and detaches. */
  disconnect(): void {
    this.#session.disconnect();
  }
}

/** The result of an evaluation. @throws {Error} with the message of what it threw */
export function resultOf(answer: {
  result: Runtime.RemoteObject;
  exceptionDetails?: Runtime.ExceptionDetails | undefined;
}): Runtime.RemoteObject {
  const { result, exceptionDetails } = answer;
  if (exceptionDetails) {
    const { exception, text } = exceptionDetails;
    throw new Error(exception?.description?.split("\n    at ")[0] ?? (exception ? String(exception.value) : text));
  }
  return result;
}
