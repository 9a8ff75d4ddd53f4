import type { Provider } from "./provider.js";
import type { Feeds, HeldReference, Keep, Outputs, RunTensor } from "./tensor.js";

/** A model by file, or in memory where no file could be written. */
export type ModelSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** Requests to the inference thread. */
export type ThreadRequest =
  | {
      readonly kind: "create";
      readonly model: ModelSource;
      readonly provider: Provider;
      readonly threads: number;
      readonly planMemory: boolean;
    }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Feeds; readonly keep?: Keep | undefined }
  | {
      readonly kind: "runHeld";
      readonly session: number;
      readonly feeds: Feeds;
      /** Output name → where it stays. */
      readonly places: Readonly<Record<string, HeldReference>>;
    }
  | { readonly kind: "release"; readonly session: number }
  | { readonly kind: "hold"; readonly tensor: RunTensor; readonly held: number }
  | { readonly kind: "read"; readonly held: number }
  | { readonly kind: "drop"; readonly held: number };

export interface Replies {
  create: { readonly session: number; readonly outputNames: readonly string[] };
  run: { readonly outputs: Outputs; readonly milliseconds: number };
  runHeld: { readonly milliseconds: number };
  read: { readonly outputs: { readonly tensor: RunTensor } };
  release: null;
  hold: null;
  drop: null;
}

export interface RequestMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}

export type ReplyMessage =
  | { readonly id: number; readonly reply: Replies[keyof Replies] }
  | { readonly id: number; readonly error: string };
