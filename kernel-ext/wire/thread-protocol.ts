import type { MessagePort } from "node:worker_threads";
import type { JsonObject } from "../comm/comm.js";
import type { ConnectionInfo } from "./connection.js";
import type { RawMessage } from "./message.js";

/** What the wire thread is started with. */
export interface WireThreadData {
  /** The id that all messages of the kernel carry: JupyterLab drops what it has not handled yet when a message of another session comes. */
  readonly session: string;
  readonly connection: ConnectionInfo;
  /** Content of kernel_info_reply. */
  readonly kernelInfo: JsonObject;
  /** Int32 counters that both threads see, at the places of {@link Shared}. */
  readonly shared: SharedArrayBuffer;
  /** What cells print, see text-ring.ts. */
  readonly text: SharedArrayBuffer;
  /** Where answers to requests for input go, each an {@link InputAnswer}. */
  readonly inputs: MessagePort;
  /** Bytes that the heap of the main thread may grow to before Node ends the process. */
  readonly heapLimit: number;
  /** Process whose end ends the kernel. */
  readonly parentPid: number | undefined;
}

export const Shared = {
  /** Bytes handed to the wire thread and not yet sent. */
  bytesInFlight: 0,
  /** 1 when the sockets are closed. */
  closed: 1,
  /** Id of the last interrupt that the main thread has dealt with. */
  interruptSeen: 2,
  /** Id of the last interrupt that the main thread has been asked for. */
  interruptAsked: 3,
  /** Counts what may wake a main thread that waits for input: answers and interrupts. */
  inputEvents: 4,
  /** Grows while subscribers take what is sent to them. */
  progress: 5,
} as const;

export interface InputAnswer {
  readonly id: number;
  readonly value: string;
}

/** What a front end is asked for. */
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
 * From the main thread to the wire thread. `at` is the position in the text ring when the message was sent: text before it is
 * published first.
 */
export type ToThread =
  | {
      readonly kind: "send";
      readonly channel: ReplyChannel | "iopub";
      readonly message: RawMessage;
      readonly bytes: number;
      /** A message that waits to be sent and has the same word here need not be sent any more. */
      readonly replaces: string | undefined;
      readonly at: number;
    }
  /** The reply to a cell, which leaves after the output before it. */
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
  /** From here on text belongs to this stream of this request. */
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
  | { readonly kind: "input-cancelled"; readonly id: number }
  | { readonly kind: "close"; readonly at: number }
  /** There is text in the ring. */
  | { readonly kind: "text"; readonly much: boolean }
  | { readonly kind: "interrupted"; readonly id: number }
  /** This thread waits for a child process from here on, and has `known` children beside it; undefined when it waits no more. */
  | { readonly kind: "child"; readonly known: readonly number[] | undefined }
  | { readonly kind: "fence"; readonly id: number };
