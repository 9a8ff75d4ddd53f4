import { graphNames } from "../models/compile.js";
import type { Provider } from "../runtime/provider.js";
import type { Session } from "../runtime/session.js";
import type { StoredEmbedding } from "./embedding-store.js";
import type { PromptGroup } from "./prompt-groups.js";
import type { RunInfo } from "./work.js";

/** What makes masks of an image's embedding, ready to run. */
export interface MaskDecoder {
  readonly provider: Provider;
  /**
   * Runs the decoder on the prompts of one batch. A decoder of classes takes no prompts and has a batch size of 1.
   * @returns logits [batch, masks, side, side] and predicted IoU [batch, masks] of all masks
   * @throws {SamlabError} `run-failed`, `disposed`
   */
  run(prompts: PromptGroup, embedding: StoredEmbedding): Promise<DecoderResult>;
  /** Idempotent. */
  release(): Promise<void>;
}

export interface DecoderResult {
  readonly logits: Float32Array;
  readonly ious: Float32Array;
  readonly info: RunInfo;
}

/** What a run of a decoder's graph says. */
export function decoderResult(
  { outputs, milliseconds }: Awaited<ReturnType<Session["run"]>>,
  provider: Provider,
): DecoderResult {
  return {
    logits: outputs[graphNames.lowResLogits].data as Float32Array,
    ious: outputs[graphNames.predictedIou].data as Float32Array,
    info: { provider, milliseconds },
  };
}
