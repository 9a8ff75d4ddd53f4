import { appendTo } from "../../src/core/append-to.js";
import type { MimeBundle } from "../context.js";
import type { Message } from "../wire/message.js";

/** A cell output in the notebook file format (nbformat 4). */
export type Output =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: MimeBundle; metadata: object }
  | { output_type: "execute_result"; data: MimeBundle; metadata: object; execution_count: number }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** Outputs by display id, across all cells of a session: a later cell may update the output of an earlier one. */
export type Displays = Map<string, Extract<Output, { data: MimeBundle }>[]>;

/** A string has a maximum length; a cell's output does not. */
const MAX_STREAM_CHARS = 1 << 28;

/** Combines the iopub messages of a cell into its final outputs, like a notebook. */
export class OutputCollector {
  readonly outputs: Output[] = [];
  readonly #displays: Displays;
  #clearBeforeNext = false;

  constructor(displays: Displays) {
    this.#displays = displays;
  }

  /** The output that the message added or changed; undefined for any other message. */
  add({ header, content }: Message): Output | undefined {
    switch (header.msg_type) {
      case "stream":
        return this.#stream(String(content.name), String(content.text));
      case "display_data":
      case "execute_result":
        return this.#push(this.#shown(header.msg_type, content as unknown as ShownContent));
      case "error": {
        const { ename, evalue, traceback } = content as unknown as Extract<Output, { ename: string }>;
        return this.#push({ output_type: "error", ename, evalue, traceback });
      }
      case "update_display_data":
        return this.#update(content as unknown as ShownContent);
      case "clear_output":
        if (content.wait === true) this.#clearBeforeNext = true;
        else this.outputs.length = 0;
    }
    return undefined;
  }

  #push<T extends Output>(output: T): T {
    if (this.#clearBeforeNext) this.outputs.length = 0;
    this.#clearBeforeNext = false;
    this.outputs.push(output);
    return output;
  }

  #stream(name: string, text: string): Output {
    const last = this.#clearBeforeNext ? undefined : this.outputs.at(-1);
    const joins = last?.output_type === "stream" && last.name === name && last.text.length < MAX_STREAM_CHARS;
    if (!joins) return this.#push({ output_type: "stream", name, text });
    last.text += text;
    return last;
  }

  #shown(type: "display_data" | "execute_result", { data, metadata, transient, execution_count }: ShownContent) {
    const output =
      type === "display_data"
        ? { output_type: type, data, metadata }
        : { output_type: type, data, metadata, execution_count: execution_count ?? 0 };
    const id = transient?.display_id;
    if (id !== undefined) appendTo(this.#displays, id, output);
    return output;
  }

  #update({ data, metadata, transient }: ShownContent): Output | undefined {
    const shown = this.#displays.get(transient?.display_id ?? "") ?? [];
    for (const output of shown) Object.assign(output, { data, metadata });
    return shown.at(-1);
  }
}

interface ShownContent {
  readonly data: MimeBundle;
  readonly metadata: object;
  readonly transient?: { readonly display_id?: string };
  readonly execution_count?: number;
}
