import type { MessagePort } from "node:worker_threads";
import type { JsonObject } from "../comm/comm.js";
import type { ConnectionInfo } from "./connection.js";
import type { RawMessage } from "./message.js";

/** Start-up data of the wire thread. */
export interface WireThreadData {
  /**
   * Session id of all messages of the kernel: JupyterLab drops unhandled messages when one of another session arrives.
   */
  readonly session: string;
  readonly connection: ConnectionInfo;
  /** Content of kernel_info_reply. */
  readonly kernelInfo: JsonObject;
  /** Int32 counters shared by both threads, at the indices in {@link Shared}. */
  readonly shared: SharedArrayBuffer;
  /** Text printed by cells, see text-ring.ts. */
  readonly text: SharedArrayBuffer;
  /** Port for answers to input requests, each an {@link InputAnswer}. */
  readonly inputs: MessagePort;
  /** Heap size of the main thread, in bytes, at which Node ends the process. */
  readonly heapLimit: number;
  /** The kernel ends when this process ends. */
  readonly parentPid: number | undefined;
}

export const Shared = {
  /** Bytes handed to the wire thread and not yet sent. */
  bytesInFlight: 0,
  /** 1 once the sockets are closed. */
  closed: 1,
  /** Id of the last interrupt handled by the main thread. */
  interruptSeen: 2,
  /** Id of the last interrupt sent to the main thread. */
  interruptAsked: 3,
  /** Counts events that may wake a main thread waiting for input: answers and interrupts. */
  inputEvents: 4,
  /** Incremented as subscribers receive data. */
  progress: 5,
} as const;

export interface InputAnswer {
  readonly id: number;
  readonly value: string;
}

/** An input request to a front end. */
export interface InputRequest {
  readonly prompt: string;
  readonly password: boolean;
}

export type ReplyChannel = "shell" | "control";

/** From the wire thread to the main thread. */
export type ToMain =
  | { readonly kind: "bound" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "request"; readonly channel: ReplyChannel; readonly message: RawMessage }
  | { readonly kind: "interrupt"; readonly id: number }
  | { readonly kind: "fence"; readonly id: number }
  | { readonly kind: "exit" };

/**
 * From the main thread to the wire thread. `at` is the position in the text ring when the message was sent: text before
 * it is published first.
 */
export type ToThread =
  | {
      readonly kind: "send";
      readonly channel: ReplyChannel | "iopub";
      readonly message: RawMessage;
      readonly bytes: number;
      /** Replaces a queued message with the same key. */
      readonly replaces: string | undefined;
      readonly at: number;
    }
  /** The reply to a cell, sent after the output that precedes it. */
  | {
      readonly kind: "cell-reply";
      readonly channel: ReplyChannel;
      readonly message: RawMessage;
      readonly bytes: number;
      readonly at: number;
    }
  | {
      readonly kind: "status";
      readonly state: "busy" | "idle";
      readonly parent: string;
      readonly cell: boolean;
      /** Nobody waits for it. */
      readonly late: boolean;
      readonly at: number;
    }
  /** From here on, text belongs to this stream of this request. */
  | {
      readonly kind: "stream";
      readonly parent: string;
      readonly name: string;
      readonly bytes: number;
      readonly at: number;
    }
  /** A cell asks for input; `identities` and `parent` are those of its request. */
  | {
      readonly kind: "input";
      readonly id: number;
      readonly identities: readonly Uint8Array[];
      readonly parent: string;
      readonly request: InputRequest;
      readonly at: number;
    }
  | { readonly kind: "input-canceled"; readonly id: number }
  | { readonly kind: "close"; readonly at: number }
  /** There is text in the ring. */
  | { readonly kind: "text"; readonly much: boolean }
  | { readonly kind: "interrupted"; readonly id: number }
  /**
   * This thread starts waiting for a child process; `known` are its other children. Undefined when it stops waiting.
   */
  | { readonly kind: "child"; readonly known: readonly number[] | undefined }
  | { readonly kind: "fence"; readonly id: number };
