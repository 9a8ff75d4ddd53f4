import { SamlabError } from "../src/core/errors.js";
import type { CommHost, JsonObject } from "./comm/comm.js";
import type { InputRequest } from "./wire/thread-protocol.js";

/** Content by MIME type; widget views and JSON are objects, everything else text or base64. */
export type MimeBundle = { readonly [mime: string]: unknown };

/** Both throw a SamlabError if the user cannot be asked; the second one blocks until there is an answer. */
export interface Questions {
  ask(question: InputRequest): Promise<string>;
  askSync(question: InputRequest): string;
}

/** How a cell ended. */
export type CellEnd = "ok" | "error" | "interrupted";

/** What the running kernel provides to code in cells. */
export interface KernelContext {
  readonly comms: CommHost;
  /** Sends display_data (or update_display_data with `update`) to the running cell. `metadata` is by MIME type. */
  display(bundle: MimeBundle, options?: { displayId?: string; update?: boolean; metadata?: JsonObject }): void;
  /** Shows an error under the running cell, which continues. */
  showError?(thrown: unknown): void;
  /** Aborted when the user interrupts the running cell. */
  readonly signal: AbortSignal;
  /**
   * The running cell, if the front end provides cell ids: running the same cell again keeps `id` and changes `run`.
   * `page` is the client that runs it; a page that is loaded again is another one.
   */
  readonly cell?: { readonly id: string; readonly run: string; readonly page: string } | undefined;
  /** Delays the reply to the current request until `work` has settled; if it fails, so does the cell. */
  keepBusy?(work: Promise<unknown>): void;
  /** Asks the user for input. */
  readonly questions?: Questions;
  /**
   * Calls `handler` when an interrupt ends code started by the calling cell or comm message. Promises of that code may
   * then never settle. Returns a function that removes the handler.
   */
  atInterrupt?(handler: () => void): () => void;
  /** Calls `handler` when the running cell ends, before its status is published. */
  atEnd?(handler: (how: CellEnd) => void): void;
  /**
   * Calls `work` at the end of every cell that is not silent or interrupted, and before a shutdown. The cell's reply
   * waits for what it returns, for a second at most; a shutdown waits less.
   */
  beforeEnd?(work: () => Promise<unknown> | undefined): void;
  /** Removes the outputs of the running cell; with `wait`, only when the next one arrives. */
  clearOutput?(wait: boolean): void;
}

let current: KernelContext | undefined;

/** Called once by the kernel at startup. */
export function setKernelContext(context: KernelContext | undefined): void {
  current = context;
}

/** The kernel this code runs in, if any. */
export function currentKernel(): KernelContext | undefined {
  return current;
}

/**
 * The kernel this code runs in. `what` is the function that needs it. @throws {SamlabError} `environment` without one
 */
export function kernelContext(what: string): KernelContext {
  if (!current) {
    throw new SamlabError("environment", `${what} needs a running samlab kernel.`, {
      remedy: "Call it from a notebook cell with the TypeScript (samlab) kernel.",
    });
  }
  return current;
}
