import { SamlabError } from "../src/core/errors.js";
import type { CommHost, JsonObject } from "./comm/comm.js";
import type { InputRequest } from "./wire/thread-protocol.js";

/** Content by MIME type; a widget view or JSON is an object, everything else text or base64. */
export type MimeBundle = { readonly [mime: string]: unknown };

/** Both throw a SamlabError where the user cannot be asked; the second one blocks until the answer is there. */
export interface Questions {
  ask(question: InputRequest): Promise<string>;
  askSync(question: InputRequest): string;
}

/** How a cell ended. */
export type CellEnd = "ok" | "error" | "interrupted";

/** What the running kernel offers to code in cells. */
export interface KernelContext {
  readonly comms: CommHost;
  /** Sends display_data (or update_display_data with `update`) to the cell that runs now. `metadata` is by MIME type. */
  display(bundle: MimeBundle, options?: { displayId?: string; update?: boolean; metadata?: JsonObject }): void;
  /** Shows an error under the cell that runs now, which goes on. */
  showError?(thrown: unknown): void;
  /** Aborted when the user interrupts the cell that runs now. */
  readonly signal: AbortSignal;
  /** The cell that runs now, if the front end names its cells: the same cell has the same `id` when it runs again, and another `run`. */
  readonly cell?: { readonly id: string; readonly run: string } | undefined;
  /** The request handled now is not answered before `work` has settled; if it fails, so does the cell. */
  keepBusy?(work: Promise<unknown>): void;
  /** Asks the user for lines of text. */
  readonly questions?: Questions;
  /** Calls `handler` when the cell that runs now ends, before its end is told. */
  atEnd?(handler: (how: CellEnd) => void): void;
  /** Removes the outputs of the cell that runs now, with `wait` only when the next one arrives. */
  clearOutput?(wait: boolean): void;
}

let current: KernelContext | undefined;

/** Called once by the kernel at start. */
export function setKernelContext(context: KernelContext | undefined): void {
  current = context;
}

/** The kernel this code runs in, if there is one. */
export function currentKernel(): KernelContext | undefined {
  return current;
}

/** The kernel this code runs in. `what` is the function that needs it. */
export function kernelContext(what: string): KernelContext {
  if (!current) {
    throw new SamlabError("environment", `${what} needs a running samlab kernel.`, {
      remedy: "Call it from a notebook cell with the TypeScript (samlab) kernel.",
    });
  }
  return current;
}
